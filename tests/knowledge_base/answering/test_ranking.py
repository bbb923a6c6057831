from __future__ import annotations

from small_town import units

from knowledge_base.answering.ranking import SURE, rank
from knowledge_base.search.ranker import DEFAULT, Features, Ranker
from knowledge_base.search.snapshot import Hit

NEVER = Ranker(DEFAULT.weights, (0.0,) * 12, -9.0)
"""Believes in nothing."""


def hit(id: str, near: float, like: float = 0.3) -> Hit:
    return Hit(units()[id], Features(near, near, near, like, like, near, near, near, 0.0))


def test_the_best_evidence_comes_first() -> None:
    ranked = rank([hit("boat-licence", 0.5), hit("dog-registration", 0.9)], DEFAULT)
    assert [one.key.id for one in ranked] == ["dog-registration", "boat-licence"]
    assert ranked[0].confidence > ranked[1].confidence


def test_near_ties_go_to_the_topic() -> None:
    hits = [hit("boat-licence", 0.9), hit("dog-registration", 0.899)]
    assert rank(hits, DEFAULT)[0].key.id == "boat-licence"
    assert rank(hits, DEFAULT, topic=units()["dog-registration"].key)[0].key.id == "dog-registration"


def test_what_was_offered_is_mostly_meant() -> None:
    hits = [hit("boat-licence", 0.9), hit("dog-registration", 0.86)]
    assert rank(hits, DEFAULT, offered=[units()["dog-registration"].key])[0].key.id == "dog-registration"


def test_an_item_and_its_faq_are_no_rivals() -> None:
    alone = rank([hit("dog-registration", 0.9)], DEFAULT)[0].confidence
    with_faq = rank([hit("dog-registration", 0.9), hit("dog-vaccine", 0.9)], DEFAULT)
    with_rival = rank([hit("dog-registration", 0.9), hit("boat-licence", 0.9)], DEFAULT)
    assert with_faq[0].family == with_faq[1].family
    assert with_faq[0].confidence == alone > with_rival[0].confidence


def test_a_question_that_stands_there_word_for_word() -> None:
    assert rank([hit("library-card", 0.9, like=1.0), hit("boat-licence", 0.8)], NEVER)[0].confidence >= SURE
    two = rank([hit("library-card", 0.9, like=1.0), hit("boat-licence", 0.9, like=1.0)], NEVER)
    assert all(one.confidence < 0.1 for one in two), "where two have it, neither is sure"


def test_nothing_found() -> None:
    assert rank([], DEFAULT) == []
