"""Mutes: of a subject nobody wants to hear until a moment. What goes on already stays; nothing new is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from foundation import audit
from insights.warning.series import Series
from insights.warning.tables import alert_mutes


@dataclass(frozen=True)
class Mute:
    subject: str
    until: datetime
    remark: str
    account: str
    at: datetime

    @property
    def series(self) -> Series:
        return Series.parse(self.subject)


def mute(tx: Connection, subject: str, until: datetime, remark: str, by: str, now: datetime) -> None:
    """Keep quiet about a subject, in place of what was said of it before."""
    tx.execute(delete(alert_mutes).where(alert_mutes.c.subject == subject))
    tx.execute(insert(alert_mutes).values(subject=subject, until=until, remark=remark, account=by, at=now))
    audit.record(tx, by, "alert.mute", f"mute:{subject}"[:200], {"until": until.isoformat()}, now)


def unmute(tx: Connection, subject: str, by: str, now: datetime) -> bool:
    """Take a mute back; False: there was none."""
    if not tx.execute(delete(alert_mutes).where(alert_mutes.c.subject == subject)).rowcount:
        return False
    audit.record(tx, by, "alert.unmute", f"mute:{subject}"[:200], None, now)
    return True


def is_muted(tx: Connection, subject: str, now: datetime) -> bool:
    """Whether a subject is muted: a topic that is, is so in each region."""
    series = Series.parse(subject)
    wider = {subject, str(Series(series.kind, series.name))} if series.name else {subject}
    mine = alert_mutes.c.subject.in_(wider) & (alert_mutes.c.until > now)
    return tx.execute(select(alert_mutes.c.subject).where(mine)).first() is not None


def in_force(tx: Connection, now: datetime) -> list[Mute]:
    """Those that have not ended, the first to end first."""
    query = select(alert_mutes).where(alert_mutes.c.until > now).order_by(alert_mutes.c.until)
    return [Mute(**row) for row in tx.execute(query).mappings()]
