"""Who sits at the desk: their page tells so every few seconds; whether they take conversations, they say themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import Malformed, NotFound
from desk.handover import WITH_AGENT
from desk.tables import agents, handovers
from foundation import accounts, audit
from foundation.accounts import Account
from foundation.errors import AccountError
from foundation.settings import get_settings

PRESENT_WITHIN = timedelta(seconds=45)
"""A page that was not heard of for so long is closed."""
BEAT_EVERY = timedelta(seconds=15)
CAPACITIES = range(1, 51)


@dataclass(frozen=True)
class Agent:
    """A member of staff as the desk knows them. `departments` are their skills; `load` the conversations they have."""

    account: str
    name: str
    departments: tuple[str, ...]
    available: bool
    capacity: int
    load: int
    seen_at: datetime | None
    present: bool
    own_capacity: int | None = None
    own_departments: tuple[str, ...] | None = None
    """As a supervisor has set them for this agent; None: as the setting, and the account, say."""

    @property
    def takes(self) -> bool:
        """Whether they are there, and take conversations."""
        return self.present and self.available

    @property
    def free(self) -> int:
        """How many more conversations they may have."""
        return max(0, self.capacity - self.load)


def beat(tx: Connection, account: str, now: datetime) -> None:
    """An agent's page is open. Call every BEAT_EVERY."""
    row = _locked(tx, account)
    tx.execute(update(agents).where(agents.c.account == account).values(seen_at=now))
    if row.seen_at is None or abs(now - row.seen_at) > PRESENT_WITHIN:
        changes.touch(tx, changes.PRESENCE)


def leave(tx: Connection, account: str, now: datetime) -> None:
    """An agent signed out."""
    tx.execute(update(agents).where(agents.c.account == account).values(seen_at=None))
    changes.touch(tx, changes.PRESENCE)


def set_available(tx: Connection, account: str, available: bool, now: datetime) -> None:
    """Take conversations, or have a break; those one has, one keeps."""
    _set(tx, account, account, now, available=available)


def set_capacity(tx: Connection, account: str, capacity: int | None, by: str, now: datetime) -> None:
    """How many conversations an agent has at a time; None is the setting's. Raises Malformed."""
    if capacity is not None and capacity not in CAPACITIES:
        raise Malformed("form.capacity")
    _set(tx, account, by, now, capacity=capacity)


def set_departments(tx: Connection, account: str, departments: Sequence[str] | None, by: str, now: datetime) -> None:
    """Whose questions an agent can answer; None is the account's own department."""
    kept = None if departments is None else sorted({one.strip() for one in departments} - {""})
    _set(tx, account, by, now, departments=kept)


def agent(tx: Connection, account: str, now: datetime, lock: bool = False) -> Agent:
    """One agent; with a lock, their load is theirs alone to change. Raises NotFound: no such account, or disabled."""
    try:
        owner = accounts.get(tx, account)
    except AccountError as error:
        raise NotFound("not_found.agent", name=account) from error
    if owner.disabled_at is not None:
        raise NotFound("not_found.agent", name=owner.display_name)
    query = select(agents).where(agents.c.account == owner.name)
    row = _locked(tx, owner.name) if lock else tx.execute(query).first()
    return _agent(owner, row, _loads(tx).get(owner.name, 0), now)


def everyone(tx: Connection, now: datetime) -> list[Agent]:
    """All agents and supervisors by name, those who are away too."""
    rows, loads = {row.account: row for row in tx.execute(select(agents))}, _loads(tx)
    staff = [one for one in accounts.everyone(tx) if one.disabled_at is None]
    staff = [one for one in staff if {"agent", "supervisor"} & set(one.roles) or one.name in rows]
    return [_agent(one, rows.get(one.name), loads.get(one.name, 0), now) for one in staff]


def available(tx: Connection, now: datetime) -> list[Agent]:
    """Those who are there and take conversations, whether they have room or not."""
    return [one for one in everyone(tx, now) if one.takes]


def _locked(tx: Connection, account: str) -> Any:
    """The agent's row, made when it is not there, and nobody else's to change before this transaction ends."""
    made = (postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert)(agents)
    tx.execute(made.values(account=account, available=True).on_conflict_do_nothing(index_elements=["account"]))
    return tx.execute(select(agents).where(agents.c.account == account).with_for_update()).one()


def _set(tx: Connection, account: str, by: str, now: datetime, **values: object) -> None:
    _locked(tx, account)
    tx.execute(update(agents).where(agents.c.account == account).values(values))
    audit.record(tx, by, "desk.agent", f"account:{account}", values, now)
    changes.touch(tx, changes.PRESENCE)


def _loads(tx: Connection) -> dict[str, int]:
    query = select(handovers.c.assigned_to, func.count()).where(handovers.c.state == WITH_AGENT)
    return {row[0]: row[1] for row in tx.execute(query.group_by(handovers.c.assigned_to))}


def _agent(owner: Account, row: Any, load: int, now: datetime) -> Agent:
    seen = getattr(row, "seen_at", None)
    own = (owner.department,) if owner.department else ()
    capacity, departments = getattr(row, "capacity", None), getattr(row, "departments", None)
    return Agent(
        account=owner.name,
        name=owner.display_name,
        departments=own if departments is None else tuple(departments),
        available=bool(getattr(row, "available", True)),
        capacity=capacity or get_settings().desk_capacity,
        load=load,
        seen_at=seen,
        present=seen is not None and abs(now - seen) <= PRESENT_WITHIN,
        own_capacity=capacity,
        own_departments=None if departments is None else tuple(departments),
    )
