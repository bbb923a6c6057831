"""How the help desk stands at this moment: whether somebody could take over, or when somebody can again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from actions.handing_over.sentences import sentence
from desk import handovers, presence
from desk.hours import desk_hours
from desk.notices import moment, where
from foundation.settings import Settings


@dataclass(frozen=True)
class DeskNow:
    is_open: bool
    opens_at: datetime | None
    """When it opens next; None where the calendar does not say."""
    staffed: bool
    """Whether anybody sits there."""
    ahead: int = 0
    minutes: int | None = None
    """How long it may take, where anybody can tell."""

    @property
    def takes(self) -> bool:
        """Whether somebody who joins the queue now will be served."""
        return self.is_open and self.staffed

    def said(self, now: datetime, hotline: str) -> str:
        """Where the citizen would stand; or why nobody takes over now, and what to do instead."""
        if self.takes:
            return sentence("waiting", where=where(self.ahead + 1, self.minutes))
        return f"{self._why(now, hotline)}\n{sentence('leave_word')}"

    def _why(self, now: datetime, hotline: str) -> str:
        if self.is_open:
            return sentence("nobody", hotline=hotline)
        if self.opens_at is None:
            return sentence("closed_unknown", hotline=hotline)
        return sentence("closed", opens=moment(self.opens_at, now), hotline=hotline)


def desk_now(tx: Connection, settings: Settings, now: datetime) -> DeskNow:
    """Look at the desk."""
    hours = desk_hours(tx, settings)
    is_open = hours.is_open(now)
    place = handovers.place_of_next(tx, now, hours)
    return DeskNow(
        is_open=is_open,
        opens_at=None if is_open else hours.opens_next(now),
        staffed=bool(presence.available(tx, now)),
        ahead=place.position - 1,
        minutes=place.minutes,
    )
