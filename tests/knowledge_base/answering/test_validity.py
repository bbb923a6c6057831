"""Which unit holds on a day, and what is said of the others."""

from __future__ import annotations

from datetime import date

from dialogues import item, published
from small_town import MONDAY, on

from knowledge_base.answering.ranking import Candidate, family_of
from knowledge_base.answering.validity import current, predecessor, prefer_in_force, successor
from knowledge_base.answering.wording import word
from knowledge_base.model import Unit
from knowledge_base.search.ranker import Features

SOON = date(2027, 1, 1)
OLDEST = item("v1", "停车证", effective_to="2019-12-31", successor="v2")
OLDER = item("v2", "停车证", effective_to="2020-12-31", successor="v3")
NOW = item("v3", "停车证", effective_from="2021-01-01", effective_to="2026-12-31", successor="v4")
COMING = item("v4", "泊车证", effective_from="2027-01-01")
CITY = published([OLDEST, OLDER, NOW, COMING])


def candidate(unit: Unit, score: float) -> Candidate:
    return Candidate(unit.key, family_of(unit), score, Features(*[score] * len(Features._fields)), score)


def preferred(*scored: tuple[Unit, float]) -> list[tuple[str, float]]:
    found = prefer_in_force([candidate(*pair) for pair in scored], MONDAY, CITY)
    return [(one.key.id, one.confidence) for one in found]


def test_the_chain_of_successors() -> None:
    assert successor(OLDEST, MONDAY, CITY) == NOW
    assert successor(OLDEST, SOON, CITY) == COMING
    assert successor(COMING, MONDAY, CITY) is None
    assert predecessor(COMING, MONDAY, CITY) == NOW


def test_what_is_to_come_gives_way_to_what_holds() -> None:
    assert current(COMING, MONDAY, CITY) == NOW
    assert current(COMING, SOON, CITY) == COMING
    assert current(OLDEST, MONDAY, CITY) == OLDEST, "of an expired one is told that it is"


def test_a_circle_of_successors_ends() -> None:
    first = item("a", "甲证", effective_to="2020-01-01", successor="b")
    second = item("b", "乙证", effective_to="2020-01-01", successor="a")
    assert successor(first, MONDAY, published([first, second])) == second


def test_of_twins_the_one_in_force() -> None:
    assert preferred((OLDER, 0.6), (NOW, 0.1)) == [("v3", 0.6)]
    assert preferred((COMING, 0.6), (NOW, 0.5)) == [("v3", 0.6)]


def test_an_expired_one_that_is_clearly_meant_stays_first() -> None:
    other = item("v1", "旧版马路停放许可", effective_to="2019-12-31", successor="v3")
    city = published([other, NOW])
    found = prefer_in_force([candidate(other, 0.9), candidate(NOW, 0.2)], MONDAY, city)
    assert [one.key.id for one in found] == ["v1", "v3"]


def test_further_ones_out_of_force_are_not_offered() -> None:
    assert preferred((NOW, 0.5), (OLDER, 0.4), (COMING, 0.3)) == [("v3", 0.5)]
    assert preferred() == []


def test_a_rule_in_force_names_the_one_to_come() -> None:
    text = word(NOW, "fee", 1.0, CITY, on()).text
    assert "10元" in text and text.endswith("从2027年1月1日起，改按“泊车证”的新规定办。")
    assert "起，改按" not in word(COMING, "fee", 1.0, CITY, on(SOON)).text


def test_an_expired_one_offers_the_one_in_force_today() -> None:
    answer = word(OLDEST, "fee", 1.0, CITY, on())
    assert answer.kind == "fallback" and [option.id for option in answer.options] == ["v3"]
    assert "10元" not in answer.text


def test_a_gap_is_admitted() -> None:
    gone = item("old", "旧证", effective_to="2026-06-30", successor="new")
    new = item("new", "新证", effective_from="2027-01-01")
    answer = word(gone, None, 1.0, published([gone, new]), on())
    assert answer.options == () and "“新证”从2027年1月1日起施行" in answer.text and "12345" in answer.text
