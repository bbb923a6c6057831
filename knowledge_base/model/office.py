"""An office 办事大厅: where it is, when it is open, what it does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from unicodedata import normalize

from pydantic import Field, validator

from knowledge_base.model.unit import Unit
from knowledge_base.model.values import Value

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END_OF_DAY = dt.time(23, 59)
"""What 24:00 is kept as."""
CLOCK = r"(\d{1,2})(?::(\d\d)(?::(\d\d))?)?[点时]?"
SHIFT = re.compile(rf"{CLOCK}\s*[-–—−~至到]+\s*{CLOCK}")
BETWEEN_SHIFTS = re.compile("[,、;|]")


class Shift(Value):
    """An opening from `start` to `end`, local time, written `"09:00-12:00"`."""

    start: dt.time
    end: dt.time

    @classmethod
    def parse(cls, text: str) -> Shift:
        """A shift as people write it: `9:00-12:00`, `9点-12点`, `09：00–12：00`, `09:00至24:00`.

        Raises:
            ValueError: it is not one, or ends before it begins.
        """
        found = SHIFT.fullmatch(normalize("NFKC", text).strip())
        if found is None:
            raise not_a_shift(text)
        numbers = [int(part or 0) for part in found.groups()]
        shift = cls(start=clock(numbers[:3], text), end=clock(numbers[3:], text))
        if shift.end <= shift.start:
            raise ValueError(f"shift {text!r} ends before it begins")
        return shift


def clock(numbers: Sequence[int], text: str) -> dt.time:
    """The moment with these hours, minutes and seconds, written in `text`."""
    hour, minute, second = numbers
    if (hour, minute, second) == (24, 0, 0):
        return END_OF_DAY
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        raise not_a_shift(text) from None


def not_a_shift(written: object) -> ValueError:
    return ValueError(f"{written!r} is not a shift such as 09:00-12:00")


def shifts_of(written: Any) -> list[Any]:
    """The shifts of a day that is written as a list, as one text, or left empty: closed.

    Raises:
        ValueError: something in it is not a shift.
    """
    if isinstance(written, str):
        written = [written] if written.strip() else []
    if written is None:
        return []
    if not isinstance(written, list | tuple):
        raise not_a_shift(written)
    found: list[Any] = []
    for entry in written:
        found += [entry] if isinstance(entry, Shift | Mapping) else map(Shift.parse, parts_of(str(entry)))
    return found


def parts_of(text: str) -> list[str]:
    return [part for part in BETWEEN_SHIFTS.split(normalize("NFKC", text)) if part.strip()] or [text]


class SpecialDays(Value):
    """Announced days with other hours; no shifts means closed."""

    first: dt.date
    last: dt.date
    shifts: tuple[Shift, ...] = ()
    reason: str | None = None

    @validator("shifts", pre=True)
    def _shifts(cls, value: Any) -> Any:
        return shifts_of(value)


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
    """Weekday (`mon` … `sun`) → shifts; a day that is missing or empty is closed."""
    follows_calendar: bool = True
    """Closed on public holidays, open on make-up working days 调休 with Monday's hours; where it is closed on Mondays,
    with those of the weekday that it is."""
    exceptions: tuple[SpecialDays, ...] = ()
    services: tuple[str, ...] = ()
    """Departments or service item ids served here."""
    appointment: str | None = None
    transport: str | None = None

    @validator("hours", pre=True)
    def _hours(cls, value: Any) -> Any:
        if value is None:
            return value
        if not isinstance(value, Mapping):
            raise ValueError("hours are written by weekday, as mon: [09:00-12:00]")
        if unknown := [day for day in value if day not in WEEKDAYS]:
            raise ValueError(f"unknown weekday {str(unknown[0])!r}; use {' '.join(WEEKDAYS)}")
        return {day: shifts_of(shifts) for day, shifts in value.items()}

    @property
    def title(self) -> str:
        return self.name

    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def questions(self) -> tuple[str, ...]:
        return self.similar_questions
