"""A portal that answers what a test says, and reminders of what it watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sample_applications import NUMBER, application, city, on
from sqlalchemy import select

from actions.applications import reminders
from actions.applications.watching import Watching
from actions.portal.access import WatchToken
from actions.portal.application import Application, State
from actions.portal.errors import AccessExpired, PortalError
from actions.surroundings import Surroundings, use
from actions.tables import reminders as table
from foundation import outbox
from foundation.clock import Clock
from foundation.database import Database
from foundation.outbox import Reply
from foundation.settings import Settings
from knowledge_base.records import answer_records

TOKEN = "watch-token-1"
CONVERSATION = "wechat:oA"
Answer = Application | PortalError | Exception | Callable[[], Application]


class WatchedPortal:
    """`says` has what it tells of each token; `seconds` is how long it takes."""

    def __init__(self, *operations: str, seconds: float = 0.0) -> None:
        self.operations = operations or ("with_last_four", "watched")
        self.says: dict[str, Answer] = {}
        self.seconds = seconds
        self.asked: list[tuple[str, float]] = []

    def offers(self, operation: str) -> bool:
        return operation in self.operations

    async def watched(self, token: WatchToken) -> Application:
        self.asked.append((token.value, time.monotonic()))
        await asyncio.sleep(self.seconds)
        answer = self.says.get(token.value, AccessExpired("unknown"))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Application) else answer()


def around(portal: Any, database: Database, clock: Clock, settings: Settings) -> Surroundings:
    """What the abilities of the test use, from now on."""
    given = Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)
    use(given)
    return given


def watched(state: State, number: str = NUMBER, token: str | None = TOKEN, **fields: Any) -> Application:
    return application(state, number=number, watch_token=token, **fields)


def looked_up(here: Surroundings, found: Application, conversation: str = CONVERSATION) -> bool:
    """The citizen has shown that it is theirs; whether a reminder may be offered."""
    channel = conversation.partition(":")[0]
    with here.database.write() as tx:
        return reminders.offer(tx, conversation, channel, found, here.clock.now())


def turned_on(here: Surroundings, conversation: str = CONVERSATION, next_at: datetime | None = None) -> Any:
    now = here.clock.now()
    with here.database.write() as tx:
        return reminders.subscribe(tx, here.cipher, conversation, now, next_at or now)


def waits_for(here: Surroundings, found: Application, conversation: str = CONVERSATION) -> None:
    """A reminder that is due now."""
    assert looked_up(here, found, conversation)
    assert turned_on(here, conversation).result is reminders.Result.ON


def watching(here: Surroundings, holder: str | None = None) -> Watching:
    return Watching(here, city, on, holder)


def rows(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return [dict(row) for row in tx.execute(select(table).order_by(table.c.id)).mappings()]


def told(database: Database, conversation: str = CONVERSATION) -> list[Reply]:
    with database.read() as tx:
        return outbox.after(tx, conversation, 0)


def recorded(database: Database) -> list[Any]:
    with database.read() as tx:
        return list(tx.execute(select(answer_records)))
