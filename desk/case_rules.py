"""To which department a case goes, and by when it should be done; as case_rules.yml, or the office's own file, says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from foundation.calendar import WorkCalendar
from foundation.errors import ConfigError
from foundation.text import normalise

FILE = Path(__file__).with_name("case_rules.yml")
KINDS = ("complaint", "suggestion", "report", "help", "praise")
"""投诉, 建议, 举报, 求助, 表扬."""
REPORT = "report"
"""Whose reporter is kept from everybody whom it does not concern."""


@dataclass(frozen=True)
class Rules:
    general: str
    """The department that gets what no rule tells of, and what concerns the staff itself."""
    days: Mapping[str, int]
    """Kind → working days, for the staff only."""
    routes: tuple[tuple[str, tuple[str, ...]], ...]
    """Department and the words by which a case is its; the first that fits."""

    @property
    def departments(self) -> tuple[str, ...]:
        """All that are named, the general one first."""
        return tuple(dict.fromkeys((self.general, *sorted(name for name, _ in self.routes))))

    def department(self, text: str, topic: str | None = None) -> str:
        """Whose case it is.

        Args:
            text: what the citizen wrote.
            topic: the department of the service that was spoken of before.
        """
        said = normalise(text)
        for department, words in self.routes:
            if any(word in said for word in words):
                return department
        return topic or self.general

    def due_on(self, kind: str, filed: date, calendar: WorkCalendar) -> date | None:
        """The last day on which it should be done; None where none is set, or the calendar does not reach so far."""
        days = self.days.get(kind)
        return None if days is None else calendar.add_working_days(filed, days)


def load(file: Path | None = None) -> Rules:
    """Read the rules.

    Raises:
        ConfigError: the file cannot be read or is malformed.
    """
    path = file or FILE
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        days = {_kind(kind): int(count) for kind, count in (raw.get("days") or {}).items()}
        routes = tuple((_text(one["department"]), tuple(map(_word, one["words"]))) for one in raw.get("routes") or ())
        return Rules(_text(raw["general"]), days, routes)
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: {type(error).__name__}: {error}. It holds `general` (a department), `days` (kind: working days; "
            f"kinds are {', '.join(KINDS)}) and `routes` (a list of `department` and `words`). See docs/complaints.md."
        ) from error


@lru_cache(maxsize=4)
def rules(file: Path | None = None) -> Rules:
    """The rules of a file, read once; None is what comes with the program."""
    return load(file)


def _kind(name: Any) -> str:
    if name not in KINDS:
        raise ValueError(f"{name!r} is no kind")
    return str(name)


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not 0 < len(raw.strip()) <= 80:
        raise ValueError(f"{raw!r} is no name of a department")
    return raw.strip()


def _word(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError(f"{raw!r} is no word")
    return normalise(raw)
