"""Which hall is told of: the one that is meant, else the largest that is open to the citizen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dialogues import published
from small_town import UNSURE, on, said, spoken_of, town

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import respond
from knowledge_base.answering.understanding import Understanding
from knowledge_base.model import Unit, parse_unit
from knowledge_base.regions import SAMPLE, read_regions
from knowledge_base.search.snapshot import Snapshot

CITY, EAST, WEST = "990100", "990101", "990102"
HOME = read_regions(SAMPLE, CITY, strict=True)
OPEN = said("今天开门吗", "ask_office", aspect="hours")


def hall(id: str, services: int, **fields: Any) -> Unit:
    named = {"name": f"{id}大厅", "address": f"{id}街", "services": [str(number) for number in range(services)]}
    return parse_unit({"kind": "office", "id": id, **named, **fields})


def told(message: Understanding, *halls: Unit, region: str | None = None) -> Answer:
    return told_from(message, published(halls), Context(region=region))


def told_from(message: Understanding, snapshot: Snapshot, context: Context) -> Answer:
    return respond(message, context, snapshot, replace(on(), regions=HOME)).answer


def unnamed(message: Understanding) -> Understanding:
    """The same, as if no candidate's name stood in it literally: 西山办事厅 for 西山便民服务中心."""
    found = (one._replace(features=one.features._replace(named=0.0)) for one in message.candidates)
    return replace(message, candidates=tuple(found))


def test_a_hall_that_has_closed_or_is_to_come_is_not_told_of() -> None:
    closed, coming = hall("closed", 9, effective_to="2025-12-31"), hall("coming", 8, effective_from="2030-01-01")
    assert told(OPEN, closed, coming, hall("small", 1)).id == "small"
    assert told(OPEN, closed, coming).kind != "office"


def test_another_districts_hall_is_not_told_of() -> None:
    halls = hall("east", 9, region=EAST), hall("city", 1, region=CITY)
    assert told(OPEN, *halls, region=WEST).id == "city"
    assert told(OPEN, *halls, region=EAST).id == "east"
    assert told(OPEN, *halls).id == "city", "nor is anybody asked for a district"


def test_a_hall_that_is_surely_meant_needs_no_name() -> None:
    message = unnamed(said("港口办事处几点下班", "ask_office", "harbour-office", aspect="hours"))
    assert told_from(message, town(), Context()).id == "harbour-office"
    assert told_from(message, town(), spoken_of("dog-registration")).id == "harbour-office"


def test_one_that_is_not_surely_meant_does() -> None:
    asked = ("港口办事处几点下班", "ask_office", "harbour-office")
    assert told_from(unnamed(said(*asked, sure=UNSURE, aspect="hours")), town(), Context()).id == "town-hall"
    open_question = unnamed(said(*asked, aspect="hours"))
    candidates = tuple(one._replace(undecided=True) for one in open_question.candidates)
    assert told_from(replace(open_question, candidates=candidates), town(), Context()).id == "town-hall"


def test_a_bank_is_no_hall() -> None:
    message = unnamed(said("渔港银行几点下班", "ask_office", "harbour-office", aspect="hours"))
    assert told_from(message, town(), Context()).kind == "fallback"


def test_of_two_halls_of_one_name_the_one_in_force() -> None:
    old = hall("town-hall", 1, name="小镇政务大厅", effective_to="2025-12-31")
    new = hall("harbour-office", 1, name="小镇政务大厅")
    message = said("小镇政务大厅几点下班", "ask_office", "town-hall", "harbour-office", aspect="hours")
    assert told(message, old, new).id == "harbour-office"
    gone = told(message, old, hall("harbour-office", 1))
    assert gone.kind == "fallback" and "已于2025年12月31日到期" in gone.text
