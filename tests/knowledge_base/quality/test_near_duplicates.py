"""Questions that are nearly the same."""

from __future__ import annotations

import time
from itertools import product

import pytest

from knowledge_base.model import Faq, Package, ServiceItem, Unit
from knowledge_base.quality.near_duplicates import near_duplicates


def faq(id: str, question: str, answer: str = "可以。", *similar: str, **fields: str) -> Faq:
    return Faq(id=id, question=question, answer=answer, similar_questions=similar, **fields)


def found(*units: Unit) -> list[tuple[str, str, str]]:
    return [(one.sort, one.unit.id, one.other.id if one.other else "") for one in near_duplicates(units)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("居住证丢失了怎么补办？", "请问居住证遗失了，如何补办呀"),
        ("办理居住证需要哪些材料", "居住证办理要带什么资料"),
        ("补办以后，原来的房产证又找到了，还能用吗", "原来的房产证又找到了，补办以后还能用吗"),
        ("捡到别人的身份证应该交到哪里", "捡到别人的份证应该交到哪里"),
    ],
)
def test_other_words_for_the_same_question_are_found(one: str, other: str) -> None:
    assert found(faq("a", one, department="公安"), faq("b", other, department="人社")) == [("alike", "b", "a")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("护照挂失以后又找到了，还能用吗", "社保卡挂失以后又找到了，还能用吗"),
        ("购房提取住房公积金怎么办理", "租房提取住房公积金怎么办理"),
        ("父母投靠子女落户", "子女投靠父母落户"),
        ("满60周岁的老人能领高龄津贴吗", "满80周岁的老人能领高龄津贴吗"),
        ("离婚以后能改孩子的姓名吗", "没离婚以后能改孩子的姓名吗"),
        ("居住证可以异地代办吗", "居住证可以异地办理吗"),
        ("办理港澳通行证有什么要求", "办理港澳通行证要带什么"),
        ("身份证", "身份证呢"),
    ],
)
def test_questions_about_other_things_are_left_alone(one: str, other: str) -> None:
    assert found(faq("a", one), faq("b", other)) == []


def test_nearly_the_same_question_with_another_fee_is_a_contradiction() -> None:
    one, other = faq("a", "居住证丢失怎么补办", "交10元。"), faq("b", "居住证遗失如何补办", "收20元。")
    assert found(one, other) == [("between", "b", "a")]
    assert found(one, faq("c", "居住证丢失怎么补办？", "收20元。")) == [("between", "c", "a")]


def test_items_and_their_faqs_and_events_do_not_compete_nor_do_districts() -> None:
    item = ServiceItem(id="dog", name="养犬登记证")
    event = Package(id="pets", name="养犬登记证办理", steps=[{"item": "dog"}])
    assert found(item, event, faq("q", "请问养犬登记证", item="dog")) == [("alike", "q", "pets")]
    assert found(faq("a", "居住证怎么办理", region="990101"), faq("b", "如何办理居住证", region="990102")) == []


def test_a_similar_question_that_another_unit_asks_may_be_taken_out() -> None:
    units = faq("a", "居住证丢了怎么办"), faq("b", "临时居住证明", "可以。", "居住证遗失了如何办理", "别的问法")
    [one] = near_duplicates(units)
    assert isinstance(one.repair, Faq) and one.repair.similar_questions == ("别的问法",)


def test_ten_times_as_many_take_about_ten_times_as_long() -> None:
    """All pairs would take a hundred times as long."""
    cities, things = [f"{a}{b}市" for a, b in product("东南西北中上下左右前", repeat=2)], "狗猫鸟鱼车船房田林山"

    def seconds(cities: list[str]) -> float:
        units = [
            faq(f"{n}", f"{city}的{a}和{b}怎么登记") for n, (city, a, b) in enumerate(product(cities, things, things))
        ]
        began = time.perf_counter()
        list(near_duplicates(units))
        return time.perf_counter() - began

    assert seconds(cities) < 40 * max(seconds(cities[:10]), 0.05)
