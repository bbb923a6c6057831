"""An answer as a reply: text, buttons, payload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from knowledge_base.answering.answer import Answer


def reply(answer: Answer, choices: Sequence[str] = ()) -> dict[str, Any]:
    """An answer as the outbox holds it; without options it may have other `choices`."""
    titles = [option.title for option in answer.options] or choices
    buttons = [{"title": title, "payload": title} for title in titles]
    return {"text": answer.text, **({"buttons": buttons} if buttons else {}), "custom": {"answer": answer.payload()}}
