"""An office 办事大厅: where it is, when it is open, what it does."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from pydantic import Field, validator

from knowledge_base.model.unit import Unit
from knowledge_base.model.values import Value

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(Value):
    """An opening from `start` to `end`, local time, written `"09:00-12:00"`."""

    start: dt.time
    end: dt.time

    @classmethod
    def parse(cls, text: str) -> Shift:
        start, _, end = text.partition("-")
        shift = cls(start=dt.time.fromisoformat(start.strip()), end=dt.time.fromisoformat(end.strip()))
        if shift.end <= shift.start:
            raise ValueError(f"shift {text!r} ends before it begins")
        return shift


class SpecialDays(Value):
    """Announced days with other hours; no shifts means closed."""

    first: dt.date
    last: dt.date
    shifts: tuple[Shift, ...] = ()
    reason: str | None = None

    @validator("shifts", pre=True)
    def _shifts(cls, value: Any) -> Any:
        return [Shift.parse(entry) if isinstance(entry, str) else entry for entry in value or ()]


class Location(Value):
    latitude: float
    longitude: float


class Office(Unit):
    kind: ClassVar[str] = "office"

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    similar_questions: tuple[str, ...] = ()
    address: str = Field(min_length=1)
    location: Location | None = None
    """GCJ-02, as Chinese maps and WeChat use it."""
    phone: str | None = None
    hours: dict[str, tuple[Shift, ...]] = Field(default_factory=dict)
    """Weekday (`mon` … `sun`) → shifts; a day that is missing is closed."""
    follows_calendar: bool = True
    """Closed on public holidays, open on make-up working days 调休 with Monday's hours."""
    exceptions: tuple[SpecialDays, ...] = ()
    services: tuple[str, ...] = ()
    """Departments or service item ids served here."""
    appointment: str | None = None
    transport: str | None = None

    @validator("hours", pre=True)
    def _hours(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if unknown := set(value) - set(WEEKDAYS):
            raise ValueError(f"unknown weekday {sorted(unknown)[0]!r}; use {' '.join(WEEKDAYS)}")
        return {
            day: [Shift.parse(entry) if isinstance(entry, str) else entry for entry in shifts]
            for day, shifts in value.items()
        }

    @property
    def title(self) -> str:
        return self.name

    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def questions(self) -> tuple[str, ...]:
        return self.similar_questions
