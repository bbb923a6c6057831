"""What was said in a conversation, as the agents' page shows it: who said it, on what it rests, whether it arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from console.desk_words import entry, named
from desk.case_confidence import transcript
from desk.sent import Sent
from desk.tables import agent_messages
from foundation.dialogue import Line
from foundation.outbox import outbox
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.store.status import changed_since

PAGE = 60
"""Lines that are shown at first, and so many more each time."""
SOURCE = ("title", "article", "number", "date", "url")


def lines(tx: Connection, conversation: str, before: int | None = None, limit: int = PAGE) -> dict[str, Any]:
    """The last lines, or those before the one with that id; `more`: there are earlier ones. Four queries at most."""
    found = transcript(tx, conversation, limit + 1, before)
    shown = found[-limit:]
    states = _deliveries(tx, [one.metadata["outbox"] for one in shown if one.metadata.get("outbox")])
    outdated = changed_since(tx, [told for one in shown if (told := _told(one))])
    return {"more": len(found) > limit, "lines": [_shown(one, states, _told(one) in outdated) for one in shown]}


def _told(line: Line) -> tuple[UnitKey, int] | None:
    """The unit that an answer rests on, and the release from which it was read."""
    kind, id, release = (line.answer.get(name) for name in ("kind", "id", "release"))
    return (UnitKey(kind, id), int(release)) if kind in KINDS and id and release else None


def _shown(line: Line, states: Mapping[int, Mapping[str, Any]], outdated: bool) -> dict[str, Any]:
    sent = states.get(line.metadata.get("outbox") or 0)
    return {
        "id": line.id,
        "at": line.at.isoformat(),
        "who": line.who,
        "text": line.text,
        "name": line.name,
        "picture": bool((sent_by := Sent.of(line.metadata)) and sent_by.media_id),
        "choices": list(line.choices),
        "answer": _answer(line.answer, outdated) if line.answer else None,
        "key": sent["key"] if sent else None,
        "delivery": _delivery(sent["state"]) if sent and line.who == "person" else None,
    }


def _answer(answer: Mapping[str, Any], outdated: bool) -> dict[str, Any]:
    known = answer.get("kind") in KINDS and answer.get("id")
    return {
        "kind": answer.get("kind"),
        "kind_name": named("units", answer["kind"]) if known else None,
        "id": answer.get("id") if known else None,
        "aspect": answer.get("aspect"),
        "title": answer.get("title"),
        "record": answer.get("record"),
        "verified_on": answer.get("verified_on"),
        "sources": [{name: one.get(name) for name in SOURCE} for one in answer.get("sources") or ()],
        "outdated": outdated,
    }


def _delivery(state: str) -> dict[str, Any]:
    advice: dict[str, str] = entry("delivery.what_to_do")
    return {"state": state, "text": named("delivery", state), "advice": advice.get(state)}


def _deliveries(tx: Connection, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """State of each row of the outbox, and the key under which an agent's page sent it, if one did."""
    if not ids:
        return {}
    joined = outbox.outerjoin(agent_messages, agent_messages.c.outbox_id == outbox.c.id)
    query = select(outbox.c.id, outbox.c.state, agent_messages.c.key).select_from(joined)
    return {row["id"]: row for row in tx.execute(query.where(outbox.c.id.in_(ids))).mappings()}
