"""Shows citizens that an answer is being written, while their turn takes long.

WeChat lets us do so for 15 seconds at a time, not again meanwhile, and ends it when a message is sent
(/cgi-bin/message/custom/typing).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.inbox import UNDONE, inbox

AFTER, UNTIL = timedelta(seconds=1.5), timedelta(seconds=60)
"""A turn takes long from then on; one that takes longer is not going to be answered soon."""
SHOWN = 15.0
MOST = 50
"""Shown at once; when more citizens wait, the platform is better spent on answers."""


def slow_turns(tx: Connection, channel: str, now: datetime) -> list[str]:
    """Conversations that have waited long for an answer, oldest first."""
    query = (
        select(inbox.c.conversation)
        .where(
            inbox.c.state.in_(UNDONE),
            inbox.c.channel == channel,
            inbox.c.received_at <= now - AFTER,
            inbox.c.received_at > now - UNTIL,
        )
        .order_by(inbox.c.id)
        .limit(MOST)
    )
    return list(dict.fromkeys(tx.execute(query).scalars()))


class Shown:
    """To whom it is shown now."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._since: dict[str, float] = {}

    def first(self, conversations: list[str]) -> list[str]:
        """Those of them to whom it is not shown; from now on it is."""
        now = self._now()
        self._since = {name: since for name, since in self._since.items() if now - since < SHOWN}
        fresh = [name for name in conversations if name not in self._since]
        self._since.update(dict.fromkeys(fresh, now))
        return fresh
