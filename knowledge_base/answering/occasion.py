"""When, for whom and to what words an answer is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from foundation.calendar import work_calendar
from foundation.settings import Settings
from knowledge_base.regions import NOWHERE, Regions, open_regions

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
    at: str | None = None
    """The citizen's division, once it is known: a package's steps and the halls named hold there."""
    asks_back: bool = True
    """Whether a situation may be asked; False where the message has further questions to answer."""
    here: Here | None = None
    """Where the citizen is, when the message says so: then the nearest halls are meant."""
    site: str = ""
    """Where citizens' browsers reach the gateway, for the files of an answer; empty: not known."""
    asked: str = ""
    """The question, normalised: its words may name a day or the citizen's situation."""

    def fill(self) -> dict[str, str]:
        """What the assistant's own sentences may name."""
        return {"hotline": self.hotline, "office": self.office_name, "hours": self.office_hours}


def occasion_at(settings: Settings, day: date, now: time | None = None) -> Occasion:
    """A day at the office that the settings describe, with its calendar and the divisions it knows."""
    calendar = work_calendar()
    return Occasion(
        day=day,
        is_workday=calendar.is_workday,
        hotline=settings.hotline,
        office_name=settings.office_name,
        office_hours=settings.office_hours,
        now=now,
        holiday_name=calendar.holiday_name,
        regions=open_regions(),
        site=settings.public_url,
    )
