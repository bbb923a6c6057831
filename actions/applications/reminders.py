"""Who wants to hear of an application: offered by a look-up, turned on, told, ended. Each step is one change of a row.

A look-up is the proof that a reminder needs, for half an hour; what it opened waits encrypted for that long. Whoever
changes a row that is on names it as he knows it, so that of two processes only one has its way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from actions.applications.attempts import number_fingerprint
from actions.applications.numbers import number_in
from actions.applications.wording import title_of
from actions.portal.application import Application, State
from actions.surroundings import surroundings
from actions.tables import reminders
from foundation.cipher import Cipher
from foundation.deadlines import over
from foundation.errors import VaultError
from foundation.text import squash

FRESH = timedelta(minutes=30)
"""For so long after a look-up what it opened may be watched."""
LONGEST = timedelta(days=90)
"""A reminder ends so long after it was turned on."""
PAUSE = timedelta(days=2)
"""More than an application is ever left alone."""
KEPT = timedelta(days=30)
"""For so long it is known how a reminder ended."""
OFFERED, TOLD, STOPPED, EXPIRED, UNREACHABLE = "offered", "told", "stopped", "expired", "unreachable"

columns = reminders.c
_on = columns.next_at.is_not(None)


class Result(Enum):
    """What came of 办好了告诉我."""

    ON = "on"
    ALREADY = "already"
    OVER = "over"
    """Nothing more will happen to it."""
    NOTHING = "nothing"
    """No application was looked up just now."""
    NOT_OFFERED = "not_offered"
    """The portal does not let anybody ask again."""


@dataclass(frozen=True)
class Reminder:
    """A reminder as it was read. Without a token the portal cannot be asked again."""

    id: int
    conversation: str
    channel: str
    state: State
    """The one last told of."""
    failures: int
    """Times in a row that the portal did not say."""
    created_at: datetime
    next_at: datetime | None
    number: str = field(default="", repr=False)
    title: str = ""
    token: str | None = field(default=None, repr=False)


class Subscription(NamedTuple):
    result: Result
    reminder: Reminder | None = None


def offer(tx: Connection, conversation: str, channel: str, application: Application, now: datetime) -> bool:
    """The citizen has just proved that an application is theirs, and was told its state.

    Returns:
        Whether 办好了告诉我 would turn something on. Not where it is on, or over, or the portal cannot be asked again.
    """
    here = surroundings()
    token = application.watch_token if here.portal.offers("watched") else None
    fingerprint = number_fingerprint(here.cipher, application.number)
    values: dict[str, Any] = {
        "channel": channel,
        "access": _access(here.cipher, conversation, application, token),
        "state": application.state.value,
        "failures": 0,
        "created_at": now,
    }
    mine = and_(columns.conversation == conversation, columns.fingerprint == fingerprint)
    row = tx.execute(select(reminders).where(mine).with_for_update()).mappings().first()
    if row is not None and row["next_at"] is not None and not application.state.over:
        if token is not None:
            tx.execute(update(reminders).where(columns.id == row["id"]).values(values))
        return False
    values |= {"next_at": None, "ended_at": None, "outcome": OFFERED}
    if row is not None:
        tx.execute(update(reminders).where(columns.id == row["id"]).values(values))
    else:
        tx.execute(insert(reminders).values(conversation=conversation, fingerprint=fingerprint, **values))
    return token is not None and not application.state.over


def subscribe(tx: Connection, cipher: Cipher, conversation: str, now: datetime, next_at: datetime) -> Subscription:
    """Turn on what was looked up last, to be asked for at `next_at`."""
    fresh = and_(columns.outcome == OFFERED, columns.created_at > now - FRESH)
    query = select(reminders).where(columns.conversation == conversation, or_(_on, fresh))
    row = tx.execute(query.order_by(columns.created_at.desc(), columns.id.desc()).with_for_update()).mappings().first()
    if row is None:
        return Subscription(Result.NOTHING)
    reminder = _read(row, cipher)
    if reminder.next_at is not None:
        return Subscription(Result.ALREADY, reminder)
    if reminder.state.over:
        return Subscription(Result.OVER, reminder)
    if reminder.token is None:
        return Subscription(Result.NOT_OFFERED, reminder)
    values = {"next_at": next_at, "created_at": now, "outcome": None}
    tx.execute(update(reminders).where(columns.id == reminder.id).values(values))
    return Subscription(Result.ON, reminder)


def stop(tx: Connection, cipher: Cipher, conversation: str, said: str, now: datetime) -> int:
    """Turn off what a message names by number or title, or else all that the conversation has; returns how many."""
    query = select(reminders).where(columns.conversation == conversation, _on)
    rows = tx.execute(query.with_for_update()).mappings().all()
    number, words = number_in(said), squash(said)
    fingerprint = number_fingerprint(cipher, number) if number else None
    titles = {row["id"]: squash(_read(row, cipher).title) for row in rows}
    named = [row["id"] for row in rows if row["fingerprint"] == fingerprint or (titles[row["id"]] or "\0") in words]
    chosen = named or list(titles)
    values = {"next_at": None, "ended_at": now, "outcome": STOPPED, "access": b""}
    tx.execute(update(reminders).where(columns.id.in_(chosen)).values(values))
    return len(chosen)


def due(tx: Connection, cipher: Cipher, now: datetime) -> Reminder | None:
    """What has waited longest to be asked for."""
    query = select(reminders).where(over(columns.next_at, now, PAUSE)).order_by(columns.next_at, columns.id).limit(1)
    row = tx.execute(query).mappings().first()
    return _read(row, cipher) if row is not None else None


def seen(tx: Connection, cipher: Cipher, reminder: Reminder, application: Application, next_at: datetime) -> bool:
    """The portal has said in which state it is; ask again at `next_at`. False: somebody else has gone on with it."""
    values: dict[str, Any] = {"state": application.state.value, "failures": 0, "next_at": next_at}
    if application.watch_token and application.watch_token != reminder.token:
        values["access"] = _access(cipher, reminder.conversation, application, application.watch_token)
    return _change(tx, reminder, **values)


def failed(tx: Connection, reminder: Reminder, next_at: datetime) -> bool:
    """The portal has not said. False as above."""
    return _change(tx, reminder, failures=reminder.failures + 1, next_at=next_at)


def end(tx: Connection, reminder: Reminder, outcome: str, now: datetime, state: State | None = None) -> bool:
    """Nothing more is told of it, and nobody can ask for it any more. False as above."""
    values = {"state": (state or reminder.state).value, "next_at": None, "ended_at": now, "outcome": outcome}
    return _change(tx, reminder, **values, access=b"")


def purge(tx: Connection, now: datetime) -> int:
    """Delete offers that were not taken, and what ended long ago; returns how many."""
    lapsed = and_(columns.outcome == OFFERED, columns.created_at <= now - FRESH)
    return int(tx.execute(delete(reminders).where(or_(lapsed, columns.ended_at <= now - KEPT))).rowcount)


def _change(tx: Connection, reminder: Reminder, **values: Any) -> bool:
    as_known = and_(
        columns.id == reminder.id, columns.state == reminder.state.value, columns.next_at == reminder.next_at
    )
    return bool(tx.execute(update(reminders).where(as_known).values(values)).rowcount)


def _access(cipher: Cipher, conversation: str, application: Application, token: str | None) -> bytes:
    access = {"number": application.number, "title": title_of(application), "token": token}
    return cipher.encrypt(json.dumps(access, ensure_ascii=False), _context(conversation))


def _read(row: Any, cipher: Cipher) -> Reminder:
    try:
        access = json.loads(cipher.decrypt(row["access"], _context(row["conversation"])))
    except VaultError:  # another key; nobody can ask for it any more
        access = {}
    return Reminder(
        id=row["id"],
        conversation=row["conversation"],
        channel=row["channel"],
        state=State(row["state"]),
        failures=row["failures"],
        created_at=row["created_at"],
        next_at=row["next_at"],
        number=access.get("number", ""),
        title=access.get("title", ""),
        token=access.get("token"),
    )


def _context(conversation: str) -> str:
    return f"reminders:{conversation}"
