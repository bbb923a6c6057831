from __future__ import annotations

from small_town import units

from knowledge_base.answering.ranking import SURE, rank, surest
from knowledge_base.model import ServiceItem
from knowledge_base.search.ranker import DEFAULT, Features, Odds, Ranker, Signs
from knowledge_base.search.snapshot import Hit
from knowledge_base.search.words import grams

NOTHING = (0.0,) * len(Signs._fields)
NEVER = Ranker(DEFAULT.weights, Odds(NOTHING, -9.0), Odds(NOTHING, -9.0))
"""Believes in nothing."""


def licence(id: str, name: str, near: float, question: str) -> Hit:
    return Hit(
        ServiceItem(id=id, name=name), Features(near, near, 0.3, near, near, near, 0.0), frozenset(grams(question))
    )


def hit(id: str, near: float, like: float = 0.3) -> Hit:
    return Hit(units()[id], Features(near, near, like, near, near, near, 0.0))


def test_the_best_evidence_comes_first() -> None:
    ranked = rank([hit("boat-licence", 0.5), hit("dog-registration", 0.9)], DEFAULT)
    assert [one.key.id for one in ranked] == ["dog-registration", "boat-licence"]
    assert ranked[0].confidence > ranked[1].confidence


def test_the_surest_is_the_first_candidate() -> None:
    for hits in (
        [hit("boat-licence", 0.5), hit("dog-registration", 0.9), hit("dog-vaccine", 0.8)],
        [hit("boat-licence", 0.9), hit("dog-registration", 0.5, like=1.0)],
        [hit("boat-licence", 0.9, like=1.0), hit("dog-registration", 0.9, like=1.0)],
        [
            licence("a", "农药经营许可", 0.4, "食品经营许可怎么办"),
            licence("b", "种子经营许可", 0.4, "食品经营许可怎么办"),
        ],
    ):
        for ranker in (DEFAULT, NEVER):
            assert surest(hits, ranker) == rank(hits, ranker)[0].confidence
    assert surest([], DEFAULT) == 0.0


def test_near_ties_go_to_the_topic() -> None:
    hits = [hit("boat-licence", 0.9), hit("dog-registration", 0.899)]
    assert rank(hits, DEFAULT)[0].key.id == "boat-licence"
    assert rank(hits, DEFAULT, topic=units()["dog-registration"].key)[0].key.id == "dog-registration"


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


def test_siblings_that_the_question_does_not_tell_apart() -> None:
    renewed, lost = ("renewed", "拾贝证到期换发"), ("lost", "拾贝证遗失补发")
    both = [licence(*renewed, 0.9, "拾贝证多少钱"), licence(*lost, 0.899, "拾贝证多少钱")]
    assert [one.undecided for one in rank(both, DEFAULT)] == [True, False]
    told = [licence(*lost, 0.9, "拾贝证遗失多少钱"), licence(*renewed, 0.899, "拾贝证遗失多少钱")]
    assert not rank(told, DEFAULT)[0].undecided
    far = [licence(*renewed, 0.9, "拾贝证多少钱"), licence(*lost, 0.5, "拾贝证多少钱")]
    assert not rank(far, DEFAULT)[0].undecided


def test_services_of_one_name_are_offered_unless_they_are_of_different_places() -> None:
    same = [licence(id, "拾贝人登记", near, "拾贝人登记要带什么") for id, near in (("a", 0.9), ("b", 0.899))]
    assert [one.undecided for one in rank(same, DEFAULT)] == [True, False]
    elsewhere = same[1].unit.copy(update={"region": "110000"})
    assert not rank([same[0], same[1]._replace(unit=elsewhere)], DEFAULT)[0].undecided


def test_a_service_that_looks_up_gives_way_where_nobody_asks_to_see() -> None:
    def first(question: str) -> str:
        looks_up = licence("looks-up", "拾贝人等级查询", 0.9, question)
        grants = licence("grants", "拾贝人等级评定", 0.89, question)
        return rank([looks_up, grants], DEFAULT)[0].key.id

    assert first("想评个一级拾贝人，交什么资料") == "grants"
    assert first("拾贝人等级在哪里能查到") == "looks-up"


def test_the_only_unit_is_not_meant_by_whatever_is_asked() -> None:
    sure = Ranker(DEFAULT.weights, Odds(NOTHING, 9.0), Odds(NOTHING, 9.0))
    unlike = Hit(units()["boat-licence"], Features(0.86, 0.86, 0.0, 0.0, 0.0, 1.0, 0.0))
    like = unlike._replace(features=unlike.features._replace(covered=0.5))
    assert rank([unlike], sure)[0].confidence <= 0.1 and rank([unlike], sure)[0].among <= 0.1
    assert rank([like], sure)[0].confidence > 0.9
