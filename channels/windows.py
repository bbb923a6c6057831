"""How many messages the platform lets us send to a citizen before the citizen does something again.

A message opens five for 48 hours; clicking a menu, following or scanning opens three for a minute, entering a
mini-program's chat two. They do not add up: the larger counts (customer service messages of official accounts and
mini-programs, doc/service/guide/product/message/Customer_Service_Messages). A conversation
without a window is not limited by us; the platform will tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, func, select, update
from sqlalchemy.engine import Connection

from channels.tables import put, reply_windows
from foundation.outbox import HELD, PENDING, outbox

Window = Literal["message", "action", "entry", "none"]
"""What the platform lets us send after something a citizen did."""

MESSAGES, MESSAGE_SPAN = 5, timedelta(hours=48)
ACTIONS, ACTION_SPAN = {"action": 3, "entry": 2}, timedelta(minutes=1)


@dataclass(frozen=True)
class Rest:
    """What may still be sent to a citizen: so many messages, until then."""

    messages: int
    until: datetime


def open_window(tx: Connection, conversation: str, window: Window, now: datetime) -> None:
    """The citizen did something: what was held may be sent now."""
    if window == "none":
        return
    values: dict[str, Any] = {"opened_at": now, "waiting_told": 0}
    if window == "message":
        values |= {"message_left": MESSAGES, "message_until": now + MESSAGE_SPAN}
    else:
        values |= {"action_left": ACTIONS[window], "action_until": now + ACTION_SPAN}
    none = {"message_left": 0, "message_until": now, "action_left": 0, "action_until": now}
    put(tx, reply_windows, conversation, values, none)
    held = (outbox.c.conversation == conversation) & (outbox.c.state == HELD)
    tx.execute(update(outbox).where(held).values(state=PENDING))


def left(tx: Connection, conversation: str, now: datetime, *, lock: bool = False) -> int | None:
    """How many messages may be sent now; None where nobody counts.

    `lock`: nobody opens the window until this transaction ends.
    """
    query = select(reply_windows).where(reply_windows.c.conversation == conversation)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else _rest(row, now).messages


def rests(tx: Connection, conversations: Any, now: datetime) -> dict[str, Rest]:
    """The same of several conversations, a list or a query of their names; those where nobody counts are left out."""
    query = select(reply_windows).where(reply_windows.c.conversation.in_(conversations))
    return {row["conversation"]: _rest(row, now) for row in tx.execute(query).mappings()}


def may_be_said(tx: Connection, conversations: Any, now: datetime) -> dict[str, Rest]:
    """The same for whoever wants to add a message: less those that are on their way already."""
    found = rests(tx, conversations, now)
    waiting = (outbox.c.conversation.in_(list(found))) & (outbox.c.state == PENDING)
    query = select(outbox.c.conversation, func.count()).where(waiting).group_by(outbox.c.conversation)
    unsent: dict[str, int] = dict(tx.execute(query).all()) if found else {}
    return {name: replace(one, messages=max(0, one.messages - unsent.get(name, 0))) for name, one in found.items()}


def _rest(row: Mapping[str, Any], now: datetime) -> Rest:
    by_message = Rest(int(row["message_left"]) if now < row["message_until"] else 0, row["message_until"])
    by_action = Rest(int(row["action_left"]) if now < row["action_until"] else 0, row["action_until"])
    return by_action if by_action.messages > by_message.messages else by_message


def spend(tx: Connection, conversation: str) -> None:
    """One message is about to be sent."""
    less = {name: reply_windows.c[name] - 1 for name in ("message_left", "action_left")}
    values = {name: case((value < 0, 0), else_=value) for name, value in less.items()}
    tx.execute(update(reply_windows).where(reply_windows.c.conversation == conversation).values(values))


def close(tx: Connection, conversation: str, called_at: datetime) -> None:
    """The platform refused a message sent at that time; a window opened since then stays open."""
    mine = reply_windows.c.conversation == conversation
    values = {"message_left": 0, "action_left": 0}
    closed = update(reply_windows).where(mine, reply_windows.c.opened_at <= called_at)
    if not tx.execute(closed.values(values)).rowcount and left(tx, conversation, called_at) is None:
        times = {"message_until": called_at, "action_until": called_at, "opened_at": called_at}
        put(tx, reply_windows, conversation, values, times)
