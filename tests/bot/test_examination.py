from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from bot.assistant import TurnResult
from bot.conversation import Rehearsal
from bot.examination import Examination
from knowledge_base.answering.mood import MOODS, Felt, MoodModel
from knowledge_base.library import Library
from knowledge_base.model import Unit, parse_unit

FAQ = parse_unit({"kind": "faq", "id": "photo", "question": "照片有什么要求", "answer": "白底。", "item": "passport"})
ANSWER = {"kind": "faq", "id": "photo"}


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
        ("photo", 0.5, "passport"),
        ("passport", 0.5, None),
    ]


async def test_lines_with_a_mood_get_one() -> None:
    assert (await examination().ask({"text": "烦死了", "mood": "calm"}))["mood"] == "annoyed"


def test_a_failed_turn_is_answered_with_an_apology() -> None:
    failed = examination().failed({"text": "护照", "mood": "calm"})
    assert failed["answer"] == {"kind": "fallback"} and failed["candidates"] == [] and failed["mood"] in MOODS
