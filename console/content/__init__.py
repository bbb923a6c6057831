"""The content console: staff own the answers. Pages only; what they do is in knowledge_base/."""
