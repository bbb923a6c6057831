"""Bringing content in: YAML, CSV, XLSX and JSONL files become drafts (`pipeline.import_files`)."""
