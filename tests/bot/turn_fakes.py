"""An assistant that needs no model, and a worker around it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from rasa.shared.core.events import BotUttered, Event, UserUttered
from sqlalchemy import select

from bot.assistant import TurnResult
from bot.worker import Worker
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.dialogue import tracker_events
from foundation.executor import Executor
from foundation.inbox import DONE, Inbox, Incoming, inbox
from foundation.outbox import Reply, after
from foundation.settings import Settings, load_settings
from knowledge_base.records import answer_records, new_number

KEY = "5a" * 32
CIPHER = Cipher(bytes.fromhex(KEY))
LIBRARY = SimpleNamespace(snapshot=SimpleNamespace(release=3), lacks=None)
"""Stands where the worker asks which release it serves."""


class FakeAssistant:
    """Echoes after `seconds`; `failures` says how often a text fails, with `error`, before it is answered."""

    def __init__(
        self,
        seconds: float = 0.0,
        failures: Mapping[str, int] | None = None,
        error: Exception = RuntimeError("the model is out of order"),
    ) -> None:
        self.seconds, self.error = seconds, error
        self.failures = Counter(failures or {})
        self.turns: list[tuple[str, str]] = []
        """Conversation and text of every turn that was begun."""
        self.asked: list[tuple[Any, ...]] = []
        self.under_way: Counter[str] = Counter()
        self.most_side_by_side = 0
        self.overlapping: list[str] = []
        """Conversations of which two turns ran at once."""

    def mood(self, text: str) -> str:
        return "distressed" if "急" in text else "calm"

    async def turn(
        self,
        conversation: str,
        channel: str,
        text: str,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        before: Sequence[Event] | None = None,
    ) -> TurnResult:
        self.turns.append((conversation, text))
        self.asked.append((conversation, channel, text, message_id, metadata))
        self.under_way[conversation] += 1
        if self.under_way[conversation] > 1:
            self.overlapping.append(conversation)
        self.most_side_by_side = max(self.most_side_by_side, sum(self.under_way.values()))
        try:
            await asyncio.sleep(self.seconds)
            if self.failures[text] > 0:
                self.failures[text] -= 1
                raise self.error
        finally:
            self.under_way[conversation] -= 1
        return echo(text)


def echo(text: str) -> TurnResult:
    """Two replies, the last one with an answer, and what the tracker would keep."""
    answer = {"kind": "item", "id": "passport", "aspect": "fee", "release": 3, "record": new_number()}
    replies = [{"text": "请稍等。"}, {"text": f"答：{text}", "custom": {"answer": answer}}]
    return TurnResult(replies, [], [UserUttered(text), BotUttered(f"答：{text}")])


def worker_of(
    assistant: Any, database: Database, executor: Executor, name: str = "worker-1", lease: float = 20, **changes: Any
) -> Worker:
    settings: Settings = load_settings(_env_file=None, secret_key=KEY, lease_seconds=lease, **changes)
    return Worker(assistant, database, Inbox(CIPHER), executor, SystemClock(), settings, name)


@asynccontextmanager
async def working(
    assistant: Any, database: Database, name: str = "worker-1", lease: float = 20
) -> AsyncIterator[Worker]:
    """A worker that serves until the end of the block."""
    executor = Executor("database", 4)
    worker = worker_of(assistant, database, executor, name, lease)
    serving = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(serving, 20)
        executor.close()


def put(database: Database, conversation: str, *texts: str, metadata: dict[str, Any] | None = None) -> list[int]:
    """Messages as the gateway accepts them; their inbox ids."""
    ids = []
    for text in texts:
        with database.write() as tx:
            message = Incoming(conversation, "rest", text, metadata=metadata or {})
            ids.append(Inbox(CIPHER).accept(tx, message, datetime.now(timezone.utc)).id)
    return ids


def replies(database: Database, conversation: str) -> list[Reply]:
    with database.read() as tx:
        return after(tx, conversation, 0)


def answers(database: Database, conversation: str) -> list[str]:
    """What a conversation's turns ended with, in order."""
    return [reply.body["text"] for reply in replies(database, conversation) if reply.last]


def states(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(inbox.c.state).order_by(inbox.c.id)).scalars())


def left_behind(database: Database) -> tuple[int, int, int]:
    """How many replies, tracker events and answer records there are."""
    with database.read() as tx:
        found = [tx.execute(select(table)).all() for table in (_outbox(), tracker_events, answer_records)]
    return len(found[0]), len(found[1]), len(found[2])


def _outbox() -> Any:
    from foundation.outbox import outbox

    return outbox


async def all_done(database: Database, seconds: float = 20) -> None:
    """Wait until every message is done."""
    await until(lambda: set(states(database)) <= {DONE}, seconds)


async def until(true: Any, seconds: float = 20) -> None:
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")
