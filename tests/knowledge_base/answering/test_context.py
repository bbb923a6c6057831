from __future__ import annotations

from json import dumps, loads
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.answering.answer import Option
from knowledge_base.answering.context import Context

texts = st.text(max_size=10)
some = st.one_of(st.none(), texts.filter(bool))
options = st.builds(Option, texts, texts, texts, st.lists(texts, max_size=2).map(tuple))
contexts = st.builds(
    Context,
    topic_kind=some,
    topic_id=some,
    topic_title=some,
    aspect=some,
    question=some,
    age=st.integers(0, 9),
    earlier=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    offered=st.lists(st.builds(Option, texts, texts, texts, st.lists(texts, max_size=2).map(tuple)), max_size=4).map(
        tuple
    ),
    misses=st.integers(0, 5),
    choices=st.dictionaries(texts, texts, max_size=3),
    region=some,
    last_text=some,
)


@given(contexts)
def test_round_trip(context: Context) -> None:
    assert Context.from_slots(loads(dumps(context.to_slots()))) == context


def test_a_fresh_conversation_sets_nothing() -> None:
    assert set(Context().to_slots().values()) == {None}
    assert Context.from_slots({}) == Context()


@pytest.mark.parametrize(
    "slots",
    [
        {"offered": "第一个"},
        {"offered": [{"title": "护照"}]},
        {"offered": [None, 3]},
        {"offered": 5},
        {"choices": "house=owner"},
        {"choices": {"house": 3}},
        {"misses": "many"},
        {"age": "old", "earlier": ["faq", ["one"], [1, 2]]},
        {"misses": None, "offered": None},
        {"unknown": 1},
    ],
)
def test_malformed_slots_count_as_not_set(slots: dict[str, Any]) -> None:
    assert Context.from_slots(slots) == Context()
