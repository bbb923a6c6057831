"""Switches: the bot silenced or a notice shown, altogether, on one channel or for one service item.

A turn reads them in its own transaction, so that they are in force for all processes once they are committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, Text, and_, bindparam, delete, insert, or_, select
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.database import Instant, metadata
from foundation.prepared import Prepared

switches = Table(
    "switches",
    metadata,
    # all, channel:<name>, item:<id>
    Column("scope", String(140), primary_key=True),
    # off (a person is offered instead), notice (the text goes before the answer)
    Column("mode", String(16), primary_key=True),
    Column("text", Text, nullable=False, default=""),
    Column("until", Instant),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

_on = or_(switches.c.until.is_(None), switches.c.until > bindparam("now", type_=Instant))
_IN_FORCE = select(switches).where(_on)
_IS_ONE = Prepared(select(switches.c.scope).where(_on).limit(1))

OFF, NOTICE = "off", "notice"
MODES = (OFF, NOTICE)
ALL = "all"
ORDER = ("all", "channel", "item")


@dataclass(frozen=True)
class Switch:
    """One switch that is on. `text` is for citizens, empty where the usual words will do; `until` None: for good."""

    scope: str
    mode: str
    text: str
    until: datetime | None
    account: str
    at: datetime

    @property
    def reach(self) -> str:
        """One of ORDER."""
        return self.scope.partition(":")[0]

    @property
    def name(self) -> str:
        """Of the channel, or the item's id."""
        return self.scope.partition(":")[2]


def of_channel(name: str) -> str:
    """The scope of a channel."""
    return f"channel:{name}"


def of_item(id: str) -> str:
    """The scope of a service item."""
    return f"item:{id}"


def turn_on(tx: Connection, scope: str, mode: str, text: str, until: datetime | None, by: str, now: datetime) -> None:
    """Set a switch, in place of the one with the same scope and mode."""
    tx.execute(delete(switches).where(_is(scope, mode)))
    tx.execute(insert(switches).values(scope=scope, mode=mode, text=text, until=until, account=by, at=now))
    detail = {"mode": mode, "text": text, "until": until.isoformat() if until else None}
    audit.record(tx, by, "switch.on", f"switch:{scope}", detail, now)


def turn_off(tx: Connection, scope: str, mode: str, by: str, now: datetime) -> bool:
    """Take a switch back; False: there was none."""
    if not tx.execute(delete(switches).where(_is(scope, mode))).rowcount:
        return False
    audit.record(tx, by, "switch.off", f"switch:{scope}", {"mode": mode}, now)
    return True


def in_force(tx: Connection, now: datetime) -> list[Switch]:
    """The switches that are on at a moment, the widest first."""
    if not _IS_ONE.rows(tx, {"now": now}):  # as on most days
        return []
    found = [Switch(**row) for row in tx.execute(_IN_FORCE, {"now": now}).mappings()]
    return sorted(found, key=lambda one: (ORDER.index(one.reach), one.scope, one.mode))


def _is(scope: str, mode: str) -> object:
    return and_(switches.c.scope == scope, switches.c.mode == mode)
