"""Conversations outside the inbox: for `zhengwu ask`, `zhengwu eval` and tests. Same assistant, nothing stored."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from bot.assistant import Assistant, TurnResult
from bot.trackers import MemoryTrackerStore
from foundation.masking import mask
from foundation.settings import Settings
from knowledge_base.library import Library


class Rehearsal:
    """Runs whole conversations through the assistant as citizens' messages run, without rate limits."""

    def __init__(self, settings: Settings) -> None:
        self._stores: list[MemoryTrackerStore] = []
        self._assistant = Assistant.load(settings, self._store)

    def _store(self, domain: Any) -> MemoryTrackerStore:
        self._stores.append(MemoryTrackerStore(domain))
        return self._stores[-1]

    async def converse(self, turns: Sequence[str], metadata: Mapping[str, Any] | None = None) -> list[TurnResult]:
        """A new conversation; one result a turn."""
        conversation = f"rehearsal:{uuid.uuid4().hex}"
        results = []
        for text in turns:
            masked = mask(text, lambda found: f"⟦{found.kind}:0000⟧")
            result = await self._assistant.turn(conversation, "rehearsal", masked, metadata=metadata)
            self._stores[-1].keep(conversation, result.events)
            results.append(result)
        self._stores[-1].forget(conversation)
        return results

    def apology(self) -> dict[str, Any]:
        """The answer payload of a turn that failed."""
        answer: dict[str, Any] = self._assistant.apology()["custom"]["answer"]
        return answer


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
