"""A worker that keeps what it was told, and what is left of messages."""

from __future__ import annotations

from typing import Any

from channel_helpers import FakeWorker
from sqlalchemy import select

from foundation.database import Database
from foundation.inbox import Claim, inbox


class Worker(FakeWorker):
    """Keeps the metadata of what it answers, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metadata: list[dict[str, Any]] = []

    def _answer(self, claim: Claim) -> None:
        self.metadata.append(claim.message.metadata)
        super()._answer(claim)


def brief(text: str) -> list[dict[str, Any]]:
    return [{"text": f"答：{text}"}]


def stored(database: Database) -> int:
    """How many messages are kept."""
    with database.read() as tx:
        return len(tx.execute(select(inbox.c.id)).all())
