"""The evaluation sets are well formed: what they expect exists, and no question is counted twice."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge_base.model import ASPECTS

SETS = Path(__file__).parent
CONTENT = SETS.parents[1] / "knowledge_base" / "content"
FOLDERS = {"item": "items", "office": "offices", "package": "packages", "referral": "referrals"}
IDS = {kind: {path.stem for path in (CONTENT / folder).glob("*.yaml")} for kind, folder in FOLDERS.items()}
WITHOUT_ID = {"options", "status", "complaint", "handover", "smalltalk", "emergency", "fallback"}


def read(name: str) -> list[dict[str, Any]]:
    """The lines of a set, parsed."""
    return [json.loads(line) for line in (SETS / name).read_text("utf-8").splitlines()]


CONVERSATIONS = read("conversations.jsonl")
UNANSWERABLE = read("unanswerable.jsonl")


def faults(line: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one line of conversations.jsonl."""
    expect, turns = line["expect"], line["turns"]
    kind, unit, aspect, any_of = (expect[key] for key in ("kind", "id", "aspect", "any_of"))
    if (kind in WITHOUT_ID) != (unit is None) or (unit is not None and unit not in IDS[kind]):
        yield f"{kind} {unit} does not exist"
    if unknown := set(any_of) - set().union(*IDS.values()):
        yield f"any_of names what does not exist: {unknown}"
    if unit in any_of or len(any_of) != len(set(any_of)):
        yield "an id stands there twice"
    if kind == "options" and len(any_of) < 2:
        yield "between what should be asked back?"
    if aspect not in ASPECTS and (aspect is not None or kind == "item"):
        yield f"no such aspect: {aspect}"
    if any(not turn or turn != turn.strip() for turn in turns):
        yield "an empty turn, or one with space around it"
    if line["style"].startswith("multi-") != (len(turns) > 1):
        yield "the style does not fit the number of turns"
    if line["style"] == "long" and not 60 <= len(turns[-1]) <= 120:
        yield f"long is 60 to 120 characters, this is {len(turns[-1])}"


def test_every_line_of_the_conversations_is_sound() -> None:
    found = [(line["turns"], fault) for line in CONVERSATIONS for fault in faults(line)]
    assert found == []


def test_no_question_is_counted_twice() -> None:
    asked = Counter(tuple(line["turns"]) for line in CONVERSATIONS)
    asked.update((line["text"],) for line in UNANSWERABLE)
    assert [turns for turns, count in asked.items() if count > 1] == []


def test_every_service_item_and_every_aspect_is_asked_for() -> None:
    expected = [line["expect"] for line in CONVERSATIONS if line["expect"]["kind"] == "item"]
    assert {expect["id"] for expect in expected} == IDS["item"]
    assert {expect["aspect"] for expect in expected} == set(ASPECTS)


def test_unanswerable_questions_expect_nothing_and_are_near_or_far() -> None:
    assert all(line["expect"] == [] and line["text"].strip() for line in UNANSWERABLE)
    assert Counter(line["style"] for line in UNANSWERABLE) == {"near": 55, "far": 25}
