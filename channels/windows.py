"""How many messages the platform lets us send to a citizen before the citizen does something again.

A message opens five for 48 hours; clicking a menu, following or scanning opens three for a minute, entering a
mini-program's chat two. They do not add up: the larger counts (customer service messages of official accounts and
mini-programs, doc/service/guide/product/message/Customer_Service_Messages). A conversation
without a window is not limited by us; the platform will tell.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import case, select, update
from sqlalchemy.engine import Connection

from channels.tables import put, reply_windows
from foundation.outbox import HELD, PENDING, outbox

Window = Literal["message", "action", "entry", "none"]
"""What the platform lets us send after something a citizen did."""

MESSAGES, MESSAGE_SPAN = 5, timedelta(hours=48)
ACTIONS, ACTION_SPAN = {"action": 3, "entry": 2}, timedelta(minutes=1)


def open_window(tx: Connection, conversation: str, window: Window, now: datetime) -> None:
    """The citizen did something: what was held may be sent now."""
    if window == "none":
        return
    values: dict[str, Any] = {"opened_at": now}
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
    if row is None:
        return None
    message = row["message_left"] if now < row["message_until"] else 0
    return int(max(message, row["action_left"] if now < row["action_until"] else 0))


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
