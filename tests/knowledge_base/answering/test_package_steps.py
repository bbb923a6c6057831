"""A package's steps that do not hold today, or not where the citizen is: what holds instead, or why nothing is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dialogues import Dialogue, item, published
from small_town import on

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.package_wording import with_packages
from knowledge_base.answering.wording import word
from knowledge_base.model import Package, Unit, parse_unit
from knowledge_base.regions import SAMPLE, read_regions

CITY, EAST, WEST = "990100", "990101", "990102"
HOME = read_regions(SAMPLE, CITY, strict=True)
GONE = {"effective_to": "2025-12-31"}
COMING = {"effective_from": "2030-01-01"}
SHOP = Package(id="shop", name="开饭店一件事", steps=[{"item": "licence"}, {"item": "food", "note": "领照后办。"}])
LICENCE = item("licence", "营业执照")


def food(id: str = "food", fee: int = 77, **fields: Any) -> Unit:
    """A licence for food; its fee and days tell which one."""
    span = {"days": fee, "unit": "工作日"}
    aspects = {"materials": ["平面图"], "fee": {"amount": fee}, "duration": {"promised": span}}
    return parse_unit({"kind": "item", "id": id, "name": "食品经营许可", "aspects": aspects, **fields})


def told(aspect: str | None, *units: Unit, at: str | None = None) -> Answer:
    """The package's answer, its second step being one of the units."""
    occasion = replace(on(), regions=HOME, at=at)
    return word(SHOP, aspect, 1.0, published([SHOP, LICENCE, *units]), occasion)


@pytest.mark.parametrize(
    ("out", "notice"),
    [
        (GONE, "这一步的内容已于2025年12月31日到期，我不能再按它回答，请拨打12345核实最新规定。"),
        (COMING, "这一步的规定从2030年1月1日起施行，现在还没有生效。现在怎么办，请拨打12345核实。"),
        ({"region": EAST}, "您所在的地方这一步怎么规定，我还没有经过审核的内容，请拨打12345咨询。"),
    ],
)
def test_nothing_is_told_of_a_step_that_does_not_hold(out: dict[str, str], notice: str) -> None:
    for aspect in (None, "materials", "fee", "duration"):
        answer = told(aspect, food(**out), at=WEST)
        assert "平面图" not in answer.text and "77" not in answer.text
        assert answer.text.count(notice) == 1
        assert [one.id for one in answer.options] == ["licence", "food"], "the numbers are those of the text"
    assert f"2. 食品经营许可。领照后办。{notice}" in told(None, food(**out), at=WEST).text
    assert "营业执照申请表（第1步要）" in told("materials", food(**out), at=WEST).text


def test_a_step_that_has_expired_is_told_from_what_replaced_it() -> None:
    answer = told("fee", food(**GONE, successor="food-2"), food("food-2", 55))
    assert "2. 食品经营许可：55元" in answer.text and "77" not in answer.text
    assert [one.id for one in answer.options] == ["licence", "food-2"]


def test_a_step_that_is_to_come_is_told_from_what_it_will_replace() -> None:
    assert "2. 食品经营许可：55元" in told("fee", food(**COMING), food("old", 55, successor="food")).text


def test_what_replaced_it_elsewhere_only_is_not_told() -> None:
    units = food(**GONE, successor="food-2"), food("food-2", 55, region=EAST)
    assert "55元" in told("fee", *units, at=EAST).text
    assert "55" not in told("fee", *units, at=WEST).text


def test_a_step_is_told_from_the_rule_of_the_citizens_district() -> None:
    units = food(region=CITY), food("east", 55, region=EAST)
    assert "55元" in told("fee", *units, at=EAST).text
    assert "77元" in told("fee", *units, at=WEST).text
    unknown = told("fee", *units)
    assert "2. 食品经营许可：这一步各地规定不一样，请回复数字看您那里的。" in unknown.text
    assert "77" not in unknown.text and "55" not in unknown.text


def test_a_districts_rule_that_has_expired_stands_in_nobodys_way() -> None:
    assert "77元" in told("fee", food(region=CITY), food("east", 55, region=EAST, **GONE)).text


def test_where_no_step_that_holds_says_anything_the_steps_are_told() -> None:
    answer = told("proxy", food(**GONE))
    assert "1. 营业执照" in answer.text and "到期" in answer.text


def test_the_number_of_a_step_that_does_not_hold_says_why(models: LanguageModels) -> None:
    talk = Dialogue(published([SHOP, LICENCE, food(**GONE)]), models, HOME)
    assert talk.say("开饭店一件事要多少钱").kind == "package"
    answer = talk.say("2")
    assert answer.kind == "fallback" and "已于2025年12月31日到期" in answer.text and "77" not in answer.text


def test_the_number_of_a_step_that_depends_on_the_district_asks_for_it(models: LanguageModels) -> None:
    talk = Dialogue(published([SHOP, LICENCE, food(region=CITY), food("east", 55, region=EAST)]), models, HOME)
    assert talk.say("开饭店一件事要多少钱").kind == "package"
    assert talk.say("2").id == "region"
    assert "55元" in talk.say("东湖").text


@pytest.mark.parametrize("out", [GONE, COMING, {"region": EAST}])
def test_an_item_does_not_name_a_package_that_does_not_hold(out: dict[str, str]) -> None:
    package = Package(id="shop", name="开饭店一件事", steps=[{"item": "licence"}], **out)
    snapshot, occasion = published([package, LICENCE]), replace(on(), regions=HOME, at=WEST)
    answer = with_packages(word(LICENCE, None, 1.0, snapshot, occasion), LICENCE, snapshot, occasion)
    assert answer.also == () and "开饭店" not in answer.text
