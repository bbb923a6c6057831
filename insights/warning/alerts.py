"""Alerts: one for each incident, kept up to date while it goes on, and what people make of it.

going on ── recovered ─┐   (seen again within AGAIN of that: the same incident goes on)
    └──────────────────┴── resolved, as real or as a false alarm
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.engine import Connection

from foundation import audit
from insights.warning import alike, messages, mutes
from insights.warning.series import ALL, CHANNEL, Series
from insights.warning.tables import alert_events, alerts
from insights.warning.watching import SILENCE, SURGE, Finding

NOTICE, SERIOUS, URGENT = "notice", "serious", "urgent"
REAL, FALSE = "real", "false"
AGAIN = timedelta(hours=2)
CALM_FOR = timedelta(minutes=20)
"""An incident that was not seen for so long has recovered."""
MOST_SAMPLES = 8
WORSE = 1.5
"""So many times as strong is worth an event of its own."""


@dataclass(frozen=True)
class Alert:
    id: int
    what: str
    subject: str
    severity: str
    opened_at: datetime
    seen_at: datetime
    recovered_at: datetime | None
    since: datetime
    until: datetime
    people: int
    asked: int
    expected: float
    low: int
    high: int
    samples: Sequence[int]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    verdict: str | None
    remark: str

    @property
    def series(self) -> Series:
        return Series.parse(self.subject)

    @property
    def going_on(self) -> bool:
        return self.recovered_at is None and self.resolved_at is None

    @property
    def waits(self) -> bool:
        """Nobody has looked at it yet."""
        return self.acknowledged_at is None and self.resolved_at is None


@dataclass(frozen=True)
class Event:
    at: datetime
    kind: str
    account: str
    detail: dict[str, Any]


def report(
    tx: Connection, finding: Finding, samples: Sequence[int], addresses: Collection[str], now: datetime
) -> int | None:
    """Open the alert of a finding, or bring the one that it belongs to up to date.

    Args:
        samples: ids of turns that show what it is about.
        addresses: where a new alert is to be sent.

    Returns: the alert that was opened or that got worse; None: nothing that anybody need look at again.
    """
    subject = str(finding.series)
    known = _latest(tx, finding, samples, now)
    if known is not None:
        return _go_on(tx, known, finding, samples, now)
    if mutes.is_muted(tx, subject, now):
        return None
    values = {**_numbers(finding), "what": finding.what, "subject": subject, "going_on": f"{finding.what} {subject}"}
    values |= {"severity": severity(finding), "opened_at": now, "seen_at": now, "remark": ""}
    values |= {"samples": list(samples)[-MOST_SAMPLES:]}
    id = int(tx.execute(insert(alerts).values(values)).inserted_primary_key[0])
    note(tx, id, "opened", now, "", {"people": finding.people})
    messages.add(tx, id, addresses, now)
    return id


def recover(tx: Connection, now: datetime) -> list[int]:
    """Note of incidents that have not been seen for a while that they are over; returns the alerts."""
    over = alerts.c.recovered_at.is_(None) & alerts.c.resolved_at.is_(None) & (alerts.c.seen_at <= now - CALM_FOR)
    found = list(tx.execute(select(alerts.c.id).where(over)).scalars())
    for id in found:
        tx.execute(update(alerts).where(alerts.c.id == id).values(recovered_at=now, going_on=None))
        note(tx, id, "recovered", now)
    return found


def acknowledge(tx: Connection, id: int, by: str, now: datetime) -> bool:
    """Say that somebody looks after it. False: somebody does already."""
    mine = (alerts.c.id == id) & alerts.c.acknowledged_at.is_(None) & alerts.c.resolved_at.is_(None)
    if not tx.execute(update(alerts).where(mine).values(acknowledged_at=now, acknowledged_by=by)).rowcount:
        return False
    note(tx, id, "acknowledged", now, by)
    audit.record(tx, by, "alert.acknowledge", f"alert:{id}", None, now)
    return True


def resolve(tx: Connection, id: int, verdict: str, remark: str, by: str, now: datetime) -> bool:
    """Close it, as real or as a false alarm. False: it is closed already."""
    values = {"resolved_at": now, "resolved_by": by, "verdict": verdict, "remark": remark, "going_on": None}
    open_one = (alerts.c.id == id) & alerts.c.resolved_at.is_(None)
    if not tx.execute(update(alerts).where(open_one).values(values)).rowcount:
        return False
    note(tx, id, "resolved", now, by, {"verdict": verdict})
    audit.record(tx, by, "alert.resolve", f"alert:{id}", {"verdict": verdict}, now)
    return True


def note(tx: Connection, id: int, kind: str, now: datetime, by: str = "", detail: dict[str, Any] | None = None) -> None:
    """Add to an alert's history."""
    tx.execute(insert(alert_events).values(alert=id, at=now, kind=kind, account=by, detail=detail or {}))


def find(tx: Connection, id: int) -> Alert | None:
    row = tx.execute(select(alerts).where(alerts.c.id == id)).mappings().first()
    return None if row is None else _alert(row)


def listing(tx: Connection, most: int = 200) -> list[Alert]:
    """What goes on and is not closed first, then the newest."""
    closed = alerts.c.resolved_at.is_not(None)
    query = select(alerts).order_by(closed, alerts.c.opened_at.desc(), alerts.c.id.desc()).limit(most)
    return [_alert(row) for row in tx.execute(query).mappings()]


def waiting(tx: Connection) -> list[Alert]:
    """Those that nobody has looked at yet, newest first."""
    query = select(alerts).where(alerts.c.acknowledged_at.is_(None), alerts.c.resolved_at.is_(None))
    return [_alert(row) for row in tx.execute(query.order_by(alerts.c.id.desc()).limit(50)).mappings()]


def history(tx: Connection, id: int) -> list[Event]:
    query = select(alert_events).where(alert_events.c.alert == id).order_by(alert_events.c.id)
    return [Event(row["at"], row["kind"], row["account"], row["detail"]) for row in tx.execute(query).mappings()]


def verdicts(tx: Connection, since: datetime) -> dict[str, int]:
    """How many alerts since then were found to be what, by verdict."""
    query = select(alerts.c.verdict, func.count()).where(alerts.c.opened_at >= since, alerts.c.verdict.is_not(None))
    return {str(verdict): int(count) for verdict, count in tx.execute(query.group_by(alerts.c.verdict))}


def severity(finding: Finding) -> str:
    """How much it matters."""
    wide = finding.series.kind in (ALL, CHANNEL)
    if finding.what == "failing" or (finding.what == SILENCE and wide):
        return URGENT
    if finding.what == SURGE and finding.people >= 60 and finding.people >= 5 * finding.expected:
        return URGENT
    return SERIOUS if finding.what != SURGE or wide or finding.people >= 20 else NOTICE


def _latest(tx: Connection, finding: Finding, samples: Sequence[int], now: datetime) -> Alert | None:
    """The alert that an incident belongs to; one that a person has closed stays closed for as long as it is seen."""
    fresh = or_(alerts.c.going_on.is_not(None), alerts.c.seen_at > now - AGAIN)
    query = select(alerts).where(alerts.c.what == finding.what, fresh).order_by(alerts.c.id.desc())
    found = [_alert(row) for row in tx.execute(query).mappings()]
    return next((one for one in found if _same(tx, one, finding, samples)), None)


def _same(tx: Connection, known: Alert, finding: Finding, samples: Sequence[int]) -> bool:
    """A topic is one incident in whatever region; questions alike are by their texts."""
    if finding.what == "alike":
        return alike.same(tx, known.samples, samples)
    mine, its = known.series, finding.series
    return mine == its or (bool(mine.name) and (mine.kind, mine.name) == (its.kind, its.name))


def _go_on(tx: Connection, known: Alert, finding: Finding, samples: Sequence[int], now: datetime) -> int | None:
    values: dict[str, Any] = {"seen_at": now}
    if known.resolved_at is not None:
        tx.execute(update(alerts).where(alerts.c.id == known.id).values(values))
        return None
    changed = False
    if known.recovered_at is not None:
        values |= {"recovered_at": None, "going_on": f"{known.what} {known.subject}"}
        note(tx, known.id, "again", now)
        changed = True
    if _strength(finding) > _strength(known):
        values |= {**_numbers(finding), "subject": str(finding.series), "going_on": f"{known.what} {finding.series}"}
        if samples:
            values["samples"] = list(samples)[-MOST_SAMPLES:]
        if _strength(finding) > WORSE * max(1.0, _told(tx, known)):
            note(tx, known.id, "worse", now, "", {"people": finding.people})
            values["severity"] = max(known.severity, severity(finding), key=(NOTICE, SERIOUS, URGENT).index)
            changed = True
    tx.execute(update(alerts).where(alerts.c.id == known.id).values(values))
    return known.id if changed else None


def _strength(one: Finding | Alert) -> float:
    """How far it is from what is usual."""
    return one.expected - one.people if one.what == SILENCE else float(one.people)


def _told(tx: Connection, known: Alert) -> float:
    """The people of the last event that told of a number."""
    told = [event.detail["people"] for event in history(tx, known.id) if "people" in event.detail]
    return float(known.expected - told[-1] if known.what == SILENCE else told[-1]) if told else 0.0


def _numbers(finding: Finding) -> dict[str, Any]:
    names = ("since", "until", "people", "asked", "expected", "low", "high")
    return {name: getattr(finding, name) for name in names}


def _alert(row: Any) -> Alert:
    return Alert(**{name: row[name] for name in Alert.__dataclass_fields__})
