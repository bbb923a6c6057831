"""A second question of a message is told, too, when the first one had to be asked back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dialogues import Dialogue, item, published
from small_town import UNSURE, answer, said

from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import Turn
from knowledge_base.answering.models import LanguageModels
from knowledge_base.regions import SAMPLE, read_regions

EAST, WEST = "990101", "990102"
HOME = read_regions(SAMPLE, "990100", strict=True)
FEE, DAYS = "10元", "5个工作日"


@pytest.fixture
def talk(models: LanguageModels) -> Dialogue:
    """Rules of two districts, of which neither is known to be the citizen's."""
    stalls = item("east", "摆摊登记", region=EAST), item("west", "摆摊登记", region=WEST)
    return Dialogue(published([*stalls, item("dog", "养犬登记", "养狗要办什么证")]), models, HOME)


def test_both_are_told_once_the_district_is_known(talk: Dialogue) -> None:
    assert talk.say("摆摊登记多少钱，几天能拿到").id == "region"
    told = talk.say("东湖")
    assert (told.kind, told.id, told.aspect) == ("item", "east", "fee")
    assert FEE in told.text and DAYS in told.text
    assert {"kind": "item", "id": "east", "title": "摆摊登记", "aspect": "duration"} in told.also
    assert DAYS not in talk.say("那网上能办吗").text


@pytest.mark.parametrize("between", ["谢谢", "第9个", "再说一遍"])
def test_what_comes_in_between_makes_nothing_forgotten(talk: Dialogue, between: str) -> None:
    talk.say("摆摊登记多少钱，几天能拿到")
    talk.say(between)
    told = talk.say("2").text
    assert FEE in told and DAYS in told


def test_a_new_question_is_answered_alone(talk: Dialogue) -> None:
    talk.say("摆摊登记多少钱，几天能拿到")
    assert DAYS not in talk.say("养犬登记多少钱").text
    assert talk.say("摆摊登记多少钱").id == "region"
    assert DAYS not in talk.say("1").text


def unsure() -> Turn:
    message = said("登记多少钱，几天能办好", "ask", "dog-registration", "boat-licence", sure=UNSURE, aspect="fee")
    return answer(replace(message, further=(("duration", ()),)))


def test_both_are_told_of_the_service_that_is_chosen() -> None:
    asked = unsure()
    assert asked.answer.kind == "options"
    assert all(set(option) == {"title", "id", "kind"} for option in asked.answer.payload()["options"])
    context = Context.from_slots(asked.context.to_slots())
    dog = next(option for option in context.offered if option.id == "dog-registration")
    told = answer(said("1", "choose", chosen=dog, has_topic=False), context)
    assert (told.answer.id, told.answer.aspect) == ("dog-registration", "fee")
    assert "25元" in told.answer.text and "承诺5日" in told.answer.text
    assert not any(option.further for option in told.context.offered)
