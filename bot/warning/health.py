"""How the parts around the assistant do: plain numbers from what is counted anyway, for insights.warning.failing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from desk.case_deliveries import DEAD
from desk.case_tables import case_deliveries
from foundation import heartbeat
from foundation.counts import COUNTS
from foundation.inbox import WAITING, inbox
from foundation.outbox import DELIVERED, FAILED, UNKNOWN, outbox
from insights.warning.failing import Health
from insights.warning.looking import FAILING_MINUTES

WINDOW = timedelta(minutes=FAILING_MINUTES)
ALIVE = timedelta(seconds=30)
PORTAL_CALLS, PORTAL_BREAKER = "zhengwu_portal_calls_total", "zhengwu_portal_breaker"
PORTAL_FAULTS = frozenset({"error", "unavailable", "timeout", "paused", "malformed", "misconfigured"})
"""Outcomes of a look-up that are the portal's fault or ours, not the citizen's."""
REFUSES = 2
"""The breaker's state in which nobody is asked."""
LATE = timedelta(minutes=3)
"""A message that waits for longer is not being worked on."""
LOOKED_BACK = 5000
"""Replies, by their numbers, that are looked at."""
OF_LATE = timedelta(hours=1)


@dataclass
class Meter:
    """Counters of processes only grow; this remembers what they were a while ago."""

    before: dict[str, tuple[float, float]] = field(default_factory=dict)
    grown: deque[tuple[datetime, float, float]] = field(default_factory=deque)
    """When, failures, look-ups."""

    def measure(self, tx: Connection, now: datetime) -> list[Health]:
        """Each part's last minutes."""
        return [self._portal(tx, now), *_channels(tx, now), _waiting(tx, now), _cases(tx, now)]

    def _portal(self, tx: Connection, now: datetime) -> Health:
        down, seen = False, {}
        for process in heartbeat.alive(tx, COUNTS, now, ALIVE):
            failed, tried, refuses = _portal_of(process.detail.get("metrics") or [])
            down, seen[process.name] = down or refuses, (failed, tried)
        for name, (failed, tried) in seen.items():
            known = self.before.get(name)
            if known is not None:  # one that was never seen has counted since nobody knows when
                again = tried < known[1]  # and one that has started again counts from 0
                grown = (failed, tried) if again else (failed - known[0], tried - known[1])
                self.grown.append((now, *grown))
        self.before = seen
        while self.grown and self.grown[0][0] <= now - WINDOW:
            self.grown.popleft()
        failed, tried = int(sum(one[1] for one in self.grown)), int(sum(one[2] for one in self.grown))
        return Health("portal", failed, tried, down)


def _portal_of(metrics: list[dict[str, Any]]) -> tuple[float, float, bool]:
    """Failures, look-ups, and whether it is not asked at present."""
    failed = tried = 0.0
    refuses = False
    for name, labels, value in _samples(metrics):
        if name == PORTAL_CALLS:
            tried += value
            failed += value if labels.get("outcome") in PORTAL_FAULTS else 0
        elif name == PORTAL_BREAKER:
            refuses = refuses or value >= REFUSES
    return failed, tried, refuses


def _samples(metrics: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, str], float]]:
    for metric in metrics:
        yield from metric["samples"]


def _channels(tx: Connection, now: datetime) -> list[Health]:
    """What was written of late, and what of it the platforms did not take."""
    newest = tx.execute(select(func.max(outbox.c.id))).scalar() or 0
    recent = (outbox.c.id > newest - LOOKED_BACK) & (outbox.c.created_at > now - WINDOW)
    over = outbox.c.state.in_((DELIVERED, FAILED, UNKNOWN))
    query = select(outbox.c.channel, outbox.c.state, func.count()).where(recent, over)
    found: dict[str, list[int]] = {}
    for channel, state, count in tx.execute(query.group_by(outbox.c.channel, outbox.c.state)):
        counted = found.setdefault(channel, [0, 0])
        counted[0] += count if state != DELIVERED else 0
        counted[1] += count
    return [Health(f"channel:{name}", failed, tried) for name, (failed, tried) in sorted(found.items())]


def _waiting(tx: Connection, now: datetime) -> Health:
    late = (inbox.c.state == WAITING) & (inbox.c.received_at < now - LATE)
    count = int(tx.execute(select(func.count()).select_from(inbox).where(late)).scalar_one())
    return Health("inbox", count, 0)


def _cases(tx: Connection, now: datetime) -> Health:
    """What the outside system has not taken for good."""
    dead = (case_deliveries.c.state == DEAD) & (case_deliveries.c.next_at > now - OF_LATE)
    count = int(tx.execute(select(func.count()).select_from(case_deliveries).where(dead)).scalar_one())
    return Health("cases", count, 0)
