"""The words in a YAML file, by dotted name: sentences are kept in data, not in code."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import yaml


class Words:
    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def content(self) -> dict[str, Any]:
        """All that the file holds, read when it is first asked for."""
        content: dict[str, Any] = yaml.safe_load(self._file.read_text(encoding="utf-8"))
        return content

    def entry(self, name: str) -> Any:
        """What stands under a dotted name. Raises KeyError: nothing."""
        found: Any = self.content
        for part in name.split("."):
            found = found[part]
        return found

    def say(self, name: str, /, **values: object) -> str:
        """The sentence of a dotted name, its braces filled from `values`."""
        return str(self.entry(name)).format(**values)
