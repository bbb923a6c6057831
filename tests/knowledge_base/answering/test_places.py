"""Rules that hold in one district only: the nearest is told, or the district is asked once, and never another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dialogues import Dialogue, item, published

from knowledge_base.answering.models import LanguageModels
from knowledge_base.model import Unit, parse_unit
from knowledge_base.regions import SAMPLE, Regions, read_regions

CITY, EAST, WEST, SOUTH = "990100", "990101", "990102", "990103"
FOREIGN = "880101"


def rule(id: str, region: str | None, answer: str, **fields: str) -> Unit:
    question = "垃圾桶坏了找谁修"
    return parse_unit({"kind": "faq", "id": id, "question": question, "answer": answer, "region": region, **fields})


DISTRICTS = [rule("east", EAST, "东湖的规定。"), rule("west", WEST, "西山的规定。")]
OTHERS = [item("dog", "养犬登记", "养狗要办什么证"), item("boat", "渔船登记", "渔船下水要办什么")]
HOME = read_regions(SAMPLE, CITY, strict=True)

Talk = Callable[..., Dialogue]


@pytest.fixture
def talk(models: LanguageModels) -> Talk:
    def begin(*units: Unit, regions: Regions = HOME) -> Dialogue:
        return Dialogue(published([*units, *OTHERS]), models, regions)

    return begin


def test_the_district_is_asked_once(talk: Talk) -> None:
    conversation = talk(*DISTRICTS)
    asked = conversation.say("垃圾桶坏了找谁修")
    assert (asked.kind, asked.id, asked.text.count("规定。")) == ("form", "region", 0)
    assert [(one.title, one.id, one.kind) for one in asked.options] == [
        ("东湖区", EAST, "region"),
        ("西山区", WEST, "region"),
    ]
    assert conversation.say("2").text.startswith("西山的规定")
    assert conversation.say("垃圾桶坏了找谁修").text.startswith("西山的规定")


@pytest.mark.parametrize("reply", ["西山", "西山区", "我在西山", "西山区的", "第二个"])
def test_the_district_by_name(talk: Talk, reply: str) -> None:
    conversation = talk(*DISTRICTS)
    conversation.say("垃圾桶坏了找谁修")
    assert conversation.say(reply).text.startswith("西山的规定")


def test_a_district_in_the_question(talk: Talk) -> None:
    assert talk(*DISTRICTS).say("东湖区垃圾桶坏了找谁修").text.startswith("东湖的规定")


def test_a_district_that_came_with_the_message(talk: Talk) -> None:
    assert talk(*DISTRICTS).say("垃圾桶坏了找谁修", region=WEST).text.startswith("西山的规定")
    assert talk(*DISTRICTS).say("垃圾桶坏了找谁修", region=f"{WEST}001").text.startswith("西山的规定")


def test_the_nearest_rule_wins(talk: Talk) -> None:
    units = [*DISTRICTS, rule("city", CITY, "全市的规定。"), rule("all", None, "各地的规定。")]
    for region, told in ((EAST, "东湖"), (WEST, "西山"), (SOUTH, "全市"), (CITY, "全市"), ("770000", "各地")):
        assert talk(*units).say("垃圾桶坏了找谁修", region=region).text.startswith(f"{told}的规定")


def test_what_holds_in_the_rest_of_the_city_can_be_chosen(talk: Talk) -> None:
    conversation = talk(*DISTRICTS, rule("city", CITY, "全市的规定。"))
    asked = conversation.say("垃圾桶坏了找谁修")
    assert asked.options[-1].id == CITY
    assert conversation.say("3").text.startswith("全市的规定")


@pytest.mark.parametrize("out", [{"effective_to": "2025-12-31"}, {"effective_from": "2030-01-01"}])
def test_no_question_for_a_districts_rule_that_is_out_of_force(talk: Talk, out: dict[str, str]) -> None:
    conversation = talk(rule("city", CITY, "全市的规定。"), rule("east", EAST, "东湖的规定。", **out))
    assert conversation.say("垃圾桶坏了找谁修").text.startswith("全市的规定")


def test_a_rule_for_the_whole_city_needs_no_question(talk: Talk) -> None:
    for region in (CITY, "990000", None):
        assert talk(rule("one", region, "一样的规定。")).say("垃圾桶坏了找谁修").text.startswith("一样的规定")


@pytest.mark.parametrize("units", [DISTRICTS, DISTRICTS[:1]])
def test_another_districts_rule_is_never_told(talk: Talk, units: list[Unit]) -> None:
    answer = talk(*units).say("垃圾桶坏了找谁修", region=SOUTH)
    assert answer.kind == "fallback" and "规定。" not in answer.text and "您所在的地方" in answer.text


def test_nor_anything_else_in_its_stead(talk: Talk) -> None:
    other = parse_unit({"kind": "faq", "id": "lid", "question": "垃圾桶盖子丢了找谁", "answer": "盖子的规定。"})
    answer = talk(*DISTRICTS, other).say("垃圾桶坏了找谁修", region=SOUTH)
    assert answer.kind == "fallback" and "您所在的地方" in answer.text


def test_a_rule_of_one_district_is_not_told_to_all(talk: Talk) -> None:
    conversation = talk(DISTRICTS[0])
    assert conversation.say("垃圾桶坏了找谁修").id == "region"
    said = conversation.say("我在南浦区")
    assert said.kind == "fallback" and "东湖的规定" not in said.text


def test_a_foreign_citys_rule_is_left_out(talk: Talk) -> None:
    answer = talk(rule("far", FOREIGN, "远方的规定。")).say("垃圾桶坏了找谁修")
    assert answer.kind == "fallback" and "远方" not in answer.text
    units = [rule("far", FOREIGN, "远方的规定。"), rule("city", CITY, "全市的规定。")]
    assert talk(*units).say("垃圾桶坏了找谁修").text.startswith("全市的规定")


def test_an_office_that_set_no_region_asks(talk: Talk) -> None:
    lax = read_regions(SAMPLE, CITY)
    assert talk(rule("far", FOREIGN, "远方的规定。"), regions=lax).say("垃圾桶坏了找谁修").id == "region"


def test_a_form_says_what_it_was_asked_for(talk: Talk) -> None:
    units = [item("east", "摆摊登记", region=EAST), item("west", "摆摊登记", region=WEST)]
    conversation = talk(*units)
    asked = conversation.say("摆摊登记多少钱")
    assert (asked.kind, asked.id, asked.aspect) == ("form", "region", "fee")
    assert asked.item_id in ("east", "west")
    told = conversation.say("东湖")
    assert (told.kind, told.id, told.aspect) == ("item", "east", "fee")
    assert conversation.say("要几天").id == "east"


def test_units_named_after_their_district_are_twins(talk: Talk) -> None:
    units = [
        item("east", "东湖区摆摊登记", department="东湖区城管局", region="440101"),
        item("west", "西关区摆摊登记", department="西关区城管局", region="440102"),
    ]
    home = Regions(home="440100", strict=True)
    conversation = talk(*units, regions=home)
    asked = conversation.say("摆摊登记要什么材料")
    assert [one.title for one in asked.options] == ["东湖区", "西关区"]
    assert conversation.say("西关").id == "west"


def test_a_new_question_instead_of_a_district(talk: Talk) -> None:
    conversation = talk(*DISTRICTS)
    conversation.say("垃圾桶坏了找谁修")
    assert conversation.say("养犬登记多少钱").id == "dog"
