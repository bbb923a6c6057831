from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from bot.assistant import TurnResult
from bot.conversation import Rehearsal
from bot.examination import Examination, chosen_first
from knowledge_base.answering.mood import MOODS, Felt, MoodModel
from knowledge_base.library import Library
from knowledge_base.model import Unit, parse_unit

FAQ = parse_unit({"kind": "faq", "id": "photo", "question": "照片有什么要求", "answer": "白底。", "item": "passport"})
ANSWER = {"kind": "faq", "id": "photo", "confidence": 0.9, "options": []}


class FakeRehearsal:
    """Answers every turn with its number."""

    async def converse(self, turns: list[str]) -> list[TurnResult]:
        found = [{"kind": kind, "id": id, "confidence": 0.5} for kind, id in (("faq", "photo"), ("item", "passport"))]
        return [TurnResult([{"custom": {"answer": {**ANSWER, "turn": n}}}], found, []) for n, _ in enumerate(turns)]

    def apology(self) -> dict[str, Any]:
        return {"kind": "fallback"}


class FakeSnapshot:
    def get(self, kind: str, id: str) -> Unit | None:
        return FAQ if (kind, id) == ("faq", "photo") else None


def examination() -> Examination:
    mood = MoodModel.learn([Felt("烦死了", "annoyed"), Felt("几点开门", "calm")])
    library = SimpleNamespace(snapshot=FakeSnapshot())
    return Examination(cast(Rehearsal, FakeRehearsal()), cast(Library, library), mood)


async def test_the_last_turn_counts() -> None:
    predicted = await examination().ask({"turns": ["护照", "照片呢"]})
    assert predicted["turns"] == ["护照", "照片呢"]
    assert predicted["answer"] == {**ANSWER, "turn": 1}
    assert predicted["latency_ms"] >= 0
    assert "mood" not in predicted


async def test_candidates_say_which_item_a_faq_belongs_to() -> None:
    predicted = await examination().ask({"text": "照片"})
    assert [(one["id"], one["confidence"], one["item_id"]) for one in predicted["candidates"]] == [
        ("photo", 0.9, "passport"),
        ("passport", 0.5, None),
    ]


async def test_lines_with_a_mood_get_one() -> None:
    assert (await examination().ask({"text": "烦死了", "mood": "calm"}))["mood"] == "annoyed"


def test_a_failed_turn_is_answered_with_an_apology() -> None:
    failed = examination().failed({"text": "护照", "mood": "calm"})
    assert failed["answer"] == {"kind": "fallback"} and failed["candidates"] == [] and failed["mood"] in MOODS


def candidate(id: str, confidence: float = 0.1) -> dict[str, Any]:
    return {"kind": "item", "id": id, "confidence": confidence}


def order(answer: dict[str, Any]) -> list[tuple[str, float]]:
    found = chosen_first(
        [candidate("visa"), candidate("passport")], {"id": None, "options": [], "confidence": 0.8, **answer}
    )
    return [(one["id"], one["confidence"]) for one in found]


def test_what_the_conversation_was_about_comes_first() -> None:
    assert order({"kind": "item", "id": "passport"}) == [("passport", 0.8), ("visa", 0.1)]
    assert order({"kind": "item", "id": "permit"}) == [("permit", 0.8), ("visa", 0.1), ("passport", 0.1)]
    assert order({"kind": "options", "id": "passport"})[0] == ("passport", 0.1)
    offered = [{"kind": "item", "id": id} for id in ("passport", "permit")]
    assert [id for id, _ in order({"kind": "options", "options": offered})] == ["passport", "permit", "visa"]


def test_a_refusal_leaves_the_order_as_it_is() -> None:
    offered = [{"kind": "item", "id": "passport"}]
    assert [id for id, _ in order({"kind": "fallback", "options": offered})] == ["visa", "passport"]
    assert [id for id, _ in order({"kind": "smalltalk"})] == ["visa", "passport"]
