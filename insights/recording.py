"""Writes the row of a turn, and lets go of it when the citizen's data is erased: docs/learning.md says what is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from foundation import erasure
from foundation.prepared import Prepared
from insights.turns import turns

Decision = Literal["answered", "options", "refused", "other"]
Candidate = dict[str, Any]
"""`{"kind", "id", "confidence"}`"""
ANSWERED = frozenset({"item", "faq", "package", "referral", "office", "status", "smalltalk", "emergency"})
UNTOLD = frozenset({"form", "complaint", "status"})
"""Kinds of answers to what may prove who somebody is, or accuse somebody: of such messages the text is not kept."""
MOST_CANDIDATES = 4
WORDS = re.compile(r"[^\W\d_]{2}")
"""Whoever asks something writes two letters; numbers and marks alone are for the system, or proofs."""
_INSERT = Prepared(insert(turns))
EXPORTED = (
    "at",
    "channel",
    "region",
    "question",
    "kind",
    "unit_kind",
    "unit_id",
    "department",
    "aspect",
    "decision",
    "record",
    "mood",
)


@dataclass(frozen=True)
class Turn:
    """One message of a citizen's to the robot, and what came of it. `question` is masked."""

    at: datetime
    conversation: str
    channel: str
    question: str | None
    kind: str
    """Of the answer."""
    decision: Decision
    region: str | None = None
    unit_kind: str | None = None
    unit_id: str | None = None
    department: str | None = None
    """That answers for the unit."""
    aspect: str | None = None
    confidence: float | None = None
    release: int | None = None
    record: str | None = None
    candidates: Sequence[Candidate] = ()
    """What was offered or might have been meant, best first."""
    mood: str | None = None
    handover: bool = False
    """Whether a person takes over, or would have if somebody had been there."""
    rating: int | None = None
    """1 … 5, where the message is a score for the robot."""
    milliseconds: int | None = None


def decision_of(kind: str, record: str | None) -> Decision:
    """How an answer of a kind is counted. A refusal without a record is a fault of ours, and no gap in the content."""
    if kind == "options":
        return "options"
    if kind == "fallback" and record:
        return "refused"
    return "answered" if kind in ANSWERED else "other"


def write(tx: Connection, turn: Turn) -> None:
    """Keep a turn, in the transaction that stores its replies."""
    kept = {**vars(turn), "candidates": list(turn.candidates)[:MOST_CANDIDATES], "question": _kept(turn)}
    _INSERT.insert(tx, kept)


def _kept(turn: Turn) -> str | None:
    """The text, where it is a question."""
    text = (turn.question or "").strip()
    return text if turn.kind not in UNTOLD and WORDS.search(text) else None


def _erase(tx: Connection, conversation: str) -> int:
    """Cut the turns of a conversation off from the person and forget what was typed: that somebody asked stays."""
    mine = update(turns).where(turns.c.conversation == conversation)
    return int(tx.execute(mine.values(conversation=None, question=None)).rowcount)


def _export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
    query = select(*(turns.c[name] for name in EXPORTED)).where(turns.c.conversation == conversation)
    return [{**row, "at": row["at"].isoformat()} for row in tx.execute(query.order_by(turns.c.id)).mappings()]


erasure.register("turns", _erase, _export)
