"""`make eval`: how good the answers are, beside simpler ways of finding them. See docs/answer-quality.md."""
