"""Shifts of a working day as they are written in a setting or a form: `09:00-12:00,13:30-17:00`."""

from __future__ import annotations

import re
from typing import NamedTuple

_SHIFT = re.compile(r"(\d{1,2})[:：](\d\d)\s*[-–—~至]\s*(\d{1,2})[:：](\d\d)")
DAY = 24 * 60


class Shift(NamedTuple):
    """From `start` until before `end`, in minutes since midnight at the office; `end` may be 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in self)


def parse_shifts(text: str) -> tuple[Shift, ...]:
    """The shifts of a day, in order; none of an empty text.

    Raises:
        ValueError: a shift is malformed, ends before it begins, or begins before the one before has ended.
    """
    found: list[Shift] = []
    for part in re.split(r"[,，、;；]", text) if text.strip() else ():
        match = _SHIFT.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()!r} is not a shift such as 09:00-12:00")
        hours = [int(number) for number in match.groups()]
        shift = Shift(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
        if max(hours[1], hours[3]) > 59 or not shift.start < shift.end <= DAY:
            raise ValueError(f"{part.strip()!r} does not end after it begins, on the same day")
        if found and shift.start < found[-1].end:
            raise ValueError(f"{part.strip()!r} begins before the shift before it has ended")
        found.append(shift)
    return tuple(found)
