"""When, for whom and to what words an answer is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from knowledge_base.regions import NOWHERE, Regions

IsWorkday = Callable[[date], bool | None]
"""The official calendar: True, False, or None where it does not know the year."""
HolidayName = Callable[[date], str | None]
"""The public holiday that a day is off for, as the official calendar calls it."""


def no_holiday(day: date) -> str | None:
    """A calendar that names no holidays."""
    return None


class Here(NamedTuple):
    """A place: degrees, GCJ-02."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Occasion:
    """When and for whom an answer is worded."""

    day: date
    is_workday: IsWorkday
    hotline: str
    office_name: str
    office_hours: str
    now: time | None = None
    """The time of day, where it is known: for 现在开着吗."""
    holiday_name: HolidayName = no_holiday
    regions: Regions = NOWHERE
    """The divisions that the office knows, and its own."""
    asks_back: bool = True
    """Whether a situation may be asked; False where the message has further questions to answer."""
    here: Here | None = None
    """Where the citizen is, when the message says so: then the nearest halls are meant."""
    asked: str = ""
    """The question, normalised: its words may name a day or the citizen's situation."""

    def fill(self) -> dict[str, str]:
        """What the assistant's own sentences may name."""
        return {"hotline": self.hotline, "office": self.office_name, "hours": self.office_hours}
