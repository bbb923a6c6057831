"""Conversations outside the inbox: for `zhengwu ask`, `zhengwu eval` and tests. Same assistant, nothing stored.

What a conversation leaves behind (masked values, attempts) goes to a database of its own, which ends with the process.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from actions.surroundings import Surroundings, use
from bot.assistant import Assistant, TurnResult
from bot.trackers import MemoryTrackerStore
from foundation.database import Database, metadata
from foundation.errors import ConfigError
from foundation.settings import Settings
from knowledge_base.library import Library


class Rehearsal:
    """Runs whole conversations through the assistant as citizens' messages run, without rate limits."""

    def __init__(self, settings: Settings) -> None:
        folder = tempfile.mkdtemp(prefix="zhengwu-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        database = Database(f"sqlite:///{Path(folder) / 'rehearsal.db'}")
        self._surroundings = Surroundings.of_settings(with_key(settings), database=database)
        use(self._surroundings)
        self._stores: list[MemoryTrackerStore] = []
        self._assistant = Assistant.load(settings, self._store)
        metadata.create_all(database.engine)  # of what is loaded by now

    def _store(self, domain: Any) -> MemoryTrackerStore:
        self._stores.append(MemoryTrackerStore(domain))
        return self._stores[-1]

    async def converse(self, turns: Sequence[str], metadata: Mapping[str, Any] | None = None) -> list[TurnResult]:
        """A new conversation; one result a turn."""
        conversation = f"rehearsal:{uuid.uuid4().hex}"
        results = []
        for text in turns:
            masked = self._masked(text, conversation)
            result = await self._assistant.turn(conversation, "rehearsal", masked, metadata=metadata)
            self._stores[-1].keep(conversation, result.events)
            results.append(result)
        self._stores[-1].forget(conversation)
        return results

    def _masked(self, text: str, conversation: str) -> str:
        here = self._surroundings
        with here.database.write() as tx:
            return here.secrets.hide(tx, text, conversation, here.clock.now())

    def apology(self) -> dict[str, Any]:
        """The answer payload of a turn that failed."""
        answer: dict[str, Any] = self._assistant.apology()["custom"]["answer"]
        return answer


def with_key(settings: Settings) -> Settings:
    """The settings; where they have no key, with one for this process."""
    try:
        settings.key()
    except ConfigError:
        return settings.copy(update={"secret_key": SecretStr(os.urandom(32).hex())})
    return settings


@contextmanager
def with_portal(settings: Settings) -> Iterator[Settings]:
    """The settings, with a sandbox of our own for the block where the installation's is meant and does not run."""
    if not settings.portal_is_sandbox or settings.production or listens(settings.portal_port):
        yield settings
        return
    from actions.portal.sandbox import background, portal_secret

    settings = with_key(settings)
    with background(settings) as url:
        yield settings.copy(update={"portal_url": url, "portal_secret": SecretStr(portal_secret(settings))})


def listens(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answer_of(result: TurnResult) -> dict[str, Any]:
    """The answer payload of a turn."""
    answer: dict[str, Any] = result.replies[-1]["custom"]["answer"]
    return answer


def text_of(result: TurnResult) -> str:
    return "\n\n".join(reply["text"] for reply in result.replies if reply.get("text"))


def ready(library: Library) -> None:
    """Load the released knowledge, showing progress where vectors are missing."""
    from rich.console import Console
    from rich.progress import Progress

    # On standard error: standard output belongs to the answers.
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("补全内容向量 encoding content", total=None)
        library.refresh(lambda done, total: bar.update(task, completed=done, total=total))
