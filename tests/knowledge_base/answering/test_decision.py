from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_town import LOST, SURE, UNSURE, candidate, units

from knowledge_base.answering.decision import MOST_OPTIONS, decide
from knowledge_base.answering.ranking import Candidate

ranked = st.lists(
    st.tuples(st.sampled_from(sorted(units())), st.floats(0, 1)), max_size=8, unique_by=lambda pair: pair[0]
).map(lambda pairs: [candidate(id, sure) for id, sure in sorted(pairs, key=lambda pair: -pair[1])])


def test_the_three_outcomes() -> None:
    two = ("dog-registration", "boat-licence")
    assert decide([candidate(id, SURE) for id in two], None).outcome == "answer"
    assert decide([candidate(id, UNSURE) for id in two], None).outcome == "options"
    assert decide([candidate(id, LOST) for id in two], None).outcome == "fallback"
    assert decide([], None) == ("fallback", ())


@given(ranked, st.sampled_from([None, "fee"]))
def test_whatever_is_found(candidates: list[Candidate], aspect: str | None) -> None:
    decision = decide(candidates, aspect)
    families = [one.family for one in decision.candidates]
    assert len(families) == len(set(families)) <= MOST_OPTIONS
    if decision.outcome == "answer":
        assert len(decision.candidates) == 1
        assert decision.candidates[0].confidence == candidates[0].confidence


def test_an_aspect_goes_to_the_item_before_its_faq() -> None:
    faq, item = candidate("dog-vaccine", SURE), candidate("dog-registration", SURE)
    assert decide([faq, item], "fee").candidates[0].key.kind == "item"
    assert decide([faq, item], None).candidates[0].key.kind == "faq"


@pytest.mark.parametrize(
    ("faq", "item", "told"),
    [
        ({"asked": 0.97, "like_grams": 0.3}, {"asked": 0.9, "like_grams": 0.3}, "faq"),
        ({"asked": 0.91, "like_grams": 0.9}, {"asked": 0.9, "like_grams": 0.1}, "item"),
        ({"asked": 0.0, "like_grams": 0.8}, {"asked": 0.0, "like_grams": 0.2}, "faq"),
        ({"asked": 0.0, "like_grams": 0.25}, {"asked": 0.0, "like_grams": 0.2}, "item"),
    ],
    ids=["nearer in meaning", "hardly nearer in meaning", "its own words, meaning not compared", "hardly its words"],
)
def test_a_faq_goes_before_its_item_where_the_question_is_its_own(
    faq: dict[str, float], item: dict[str, float], told: str
) -> None:
    one, other = candidate("dog-vaccine", SURE), candidate("dog-registration", SURE)
    found = [
        one._replace(features=one.features._replace(**faq)),
        other._replace(features=other.features._replace(**item)),
    ]
    assert decide(found, "fee").candidates[0].key.kind == told
