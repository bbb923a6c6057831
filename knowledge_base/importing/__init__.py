"""Bringing content in: YAML, CSV, XLSX and JSONL files become drafts."""

from knowledge_base.importing.pipeline import import_files
from knowledge_base.importing.report import FileReport, Problem, Report

__all__ = ["FileReport", "Problem", "Report", "import_files"]
