"""What an agent is told that a conversation was about."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from actions.handing_over.topic import topic
from knowledge_base.answering.answer import Option
from knowledge_base.answering.context import Context
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.understanding import Understanding
from knowledge_base.model import UnitKey
from knowledge_base.search.ranker import Features

TITLES = {"passport-renewal": "普通护照换发", "resident-id": "居民身份证丢失补领"}
SNAPSHOT: Any = SimpleNamespace(
    get=lambda kind, id: SimpleNamespace(title=TITLES[id]) if id in TITLES else None,
)
OFFERED = (Option("普通护照首次申领", "passport-first", "item"), Option("普通护照换发", "passport-renewal", "item"))
ID_CARD = {"topic_kind": "item", "topic_id": "resident-id", "topic_title": "居民身份证丢失补领"}


def said(kind: str = "handover", named: str | None = None, sure: float = 0.95) -> Understanding:
    key = UnitKey("item", named or "unemployment")
    candidate = Candidate(key, "item", 1.0, Features(*[0.0] * len(Features._fields)), sure, sure)
    return Understanding("……", kind, 0.9, None, 0.0, bool(named), None, (candidate,), 1, named=bool(named))


def of(before: Context, message: Understanding | None = None, after: Context | None = None) -> Mapping[str, Any]:
    return topic(message or said(), before, after or before, SNAPSHOT)


def test_the_topic() -> None:
    assert of(Context(**ID_CARD)) == ID_CARD


def test_what_was_asked_back_about_and_never_chosen() -> None:
    """办护照要带什么, answered by 您想问的是哪一项, and 转人工."""
    found = of(Context(offered=OFFERED, question="办护照要带什么"))
    assert found == {"topic_kind": "item", "topic_id": "passport-first", "topic_title": "普通护照首次申领"}


def test_what_was_not_understood_is_no_topic_but_what_was_spoken_of_before_is() -> None:
    missed = Context(offered=OFFERED, misses=1, earlier=(("item", "resident-id"),))
    assert of(missed) == ID_CARD
    assert of(Context(offered=OFFERED, misses=1)) == dict.fromkeys(ID_CARD)


@pytest.mark.parametrize("kind", ["situation", "region"])
def test_a_situation_or_a_place_is_no_topic(kind: str) -> None:
    assert of(Context(offered=(Option("补领", "again", kind),)))["topic_id"] is None


def test_what_the_wish_itself_names_comes_first() -> None:
    wish = said(named="passport-renewal")
    assert of(Context(**ID_CARD), wish)["topic_id"] == "passport-renewal"
    assert of(Context(**ID_CARD), said(named="passport-renewal", sure=0.2)) == ID_CARD, "not surely enough"
    assert of(Context(**ID_CARD), said()) == ID_CARD, "转人工 names nothing, whatever it is most like"


def test_a_message_that_was_answered_has_made_its_topic() -> None:
    assert of(Context(), said("ask"), Context(**ID_CARD)) == ID_CARD
