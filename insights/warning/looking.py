"""One look at how things stand: what was asked of late, judged by what is usual, with turns that show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from foundation.calendar import WorkCalendar
from insights.warning import alike, counting, shares
from insights.warning.counting import ASKED, REFUSED, UNHAPPY, Seen
from insights.warning.failing import Health, failing
from insights.warning.incidents import incidents
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT, Series
from insights.warning.storing import Learned
from insights.warning.watching import SILENCE, SILENCE_MINUTES, SURGE_MINUTES, Finding, Watch

SHARE_MINUTES, FAILING_MINUTES = 60, 10
SAMPLES = 8
SHARES_PART = 0.3
"""Of the false alarms, those of shares and of questions alike may be this part, each."""


@dataclass(frozen=True)
class Shown:
    """A finding and the turns that show it."""

    finding: Finding
    samples: Sequence[int]


class Looking:
    """By one baseline. `a_week`: false alarms that a week may bring."""

    def __init__(self, learned: Learned, calendar: WorkCalendar, a_week: float) -> None:
        self._learned, self._a_week = learned, a_week
        self.watch = Watch(learned.baseline, calendar, a_week)
        self.at = learned.at

    def look(self, tx: Connection, now: datetime) -> list[Shown]:
        """What is remarkable now."""
        seen = counting.read(tx, now - timedelta(minutes=max(*SURGE_MINUTES, *SILENCE_MINUTES)), now)
        found: list[Finding] = []
        for minutes in SURGE_MINUTES:
            since = now - timedelta(minutes=minutes)
            asked = counting.people(seen, since, now)[ASKED]
            found += self.watch.surges(self.watch.vector(asked), since, now)
            found += self.watch.strangers(asked, since, now)
        for minutes in SILENCE_MINUTES:
            since = now - timedelta(minutes=minutes)
            asked = counting.people(seen, since, now)[ASKED]
            found += self.watch.silences(self.watch.vector(asked), since, now)
        found = incidents(found, counting.departments(seen))
        since = now - timedelta(minutes=SHARE_MINUTES)
        within = counting.people(seen, since, now)
        found += shares.jumps(within, self._learned.shares, since, now, self._a_week * SHARES_PART)
        shown = [Shown(one, _samples(one, seen)) for one in found]
        named = {id for one in shown if one.finding.what == REFUSED for id in one.samples}
        return shown + [one for one in together(tx, now, self._a_week) if named.isdisjoint(one.samples)]


def together(tx: Connection, now: datetime, a_week: float) -> list[Shown]:
    """Questions alike that find no answer; this needs no baseline."""
    found = alike.groups(tx, now - timedelta(minutes=SHARE_MINUTES), now, a_week * SHARES_PART)
    return [Shown(one, ids[-SAMPLES:]) for one, ids in found]


def broken(parts: Iterable[Health], now: datetime) -> list[Shown]:
    """The parts that fail; this needs no baseline."""
    return [Shown(one, ()) for one in failing(parts, now - timedelta(minutes=FAILING_MINUTES), now)]


def _samples(finding: Finding, seen: Sequence[Seen]) -> list[int]:
    """The newest turns of a finding, of different people."""
    if finding.what == SILENCE:
        return []
    found: dict[str, int] = {}
    for one in reversed(seen):
        wanted = {REFUSED: one.refused, UNHAPPY: one.unhappy}.get(finding.what, True)
        if wanted and one.at >= finding.since and _belongs(one, finding.series):
            found.setdefault(one.who, one.id)
        if len(found) == SAMPLES:
            break
    return sorted(found.values())


def _belongs(one: Seen, series: Series) -> bool:
    its = {UNIT: one.unit, DEPARTMENT: one.department, CHANNEL: one.channel}
    named = its[series.kind] == series.name if series.kind in its else series.kind in (ALL, REGION)
    return named and (not series.region or one.region == series.region)
