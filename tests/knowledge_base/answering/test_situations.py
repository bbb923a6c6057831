"""The situation tree: what applies, and what is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knowledge_units import item_fields
from small_town import MONDAY

from knowledge_base.answering.answer import Option
from knowledge_base.answering.situation_words import known, mentioned, reply
from knowledge_base.answering.situations import (
    ALL,
    SITUATION,
    applicable,
    decided,
    entries_of,
    open_situation,
    options_of,
    with_choice,
)
from knowledge_base.model import ServiceItem
from knowledge_base.model.item import ASPECTS

SITUATIONS: list[dict[str, Any]] = [
    {
        "id": "house",
        "question": "您有房吗？",
        "options": [{"id": "owner", "title": "有房"}, {"id": "tenant", "title": "租房", "words": ["房东"]}],
    },
    {
        "id": "lease",
        "question": "租约备案了吗？",
        "when": {"house": "tenant"},
        "options": [{"id": "filed", "title": "已备案", "words": ["两年"]}, {"id": "unfiled", "title": "没有备案"}],
    },
    {
        "id": "age",
        "question": "多大年纪？",
        "options": [
            {"id": "child", "title": "未满16周岁", "words": ["小孩", "孩子"]},
            {"id": "adult", "title": "已满16周岁", "words": ["大人", "满十六岁"]},
        ],
    },
]


def flat(*materials: Any, name: str = "安居补贴") -> ServiceItem:
    return ServiceItem(id="one", name=name, situations=SITUATIONS, aspects={"materials": list(materials)})


def asked(item: ServiceItem, **choices: str) -> str | None:
    situation = open_situation(item, entries_of(item, "materials", MONDAY), choices)
    return situation.id if situation else None


def names(item: ServiceItem, **choices: str) -> list[str]:
    return [one.name for one in applicable(item, entries_of(item, "materials", MONDAY), choices)]  # type: ignore[attr-defined]


LEASE = flat(
    "申请表",
    {"name": "房产证", "when": {"house": "owner"}},
    {"name": "备案证明", "when": {"lease": "filed"}},
    {"name": "租赁合同", "when": {"lease": "unfiled"}},
)


def test_a_question_that_changes_nothing_is_not_asked() -> None:
    item = flat("申请表", {"name": "监护人身份证", "when": {"age": "child"}})
    assert asked(item) == "age"
    assert asked(item, age="child") is None
    assert asked(flat("申请表")) is None
    assert asked(flat({"name": "甲", "when": {"age": ["child", "adult"]}})) is None


def test_the_tree_is_followed() -> None:
    assert asked(LEASE) == "house"
    assert asked(LEASE, house="tenant") == "lease"
    assert asked(LEASE, house="owner") is None
    assert asked(LEASE, house="tenant", lease="filed") is None


def test_the_parent_is_asked_where_only_its_child_is_named() -> None:
    item = flat({"name": "备案证明", "when": {"lease": "filed"}})
    assert asked(item) == "house"
    assert names(item, house="owner") == []


def test_what_applies() -> None:
    assert names(LEASE) == ["申请表", "房产证", "备案证明", "租赁合同"]
    assert names(LEASE, house="owner") == ["申请表", "房产证"]
    assert names(LEASE, house="tenant") == ["申请表", "备案证明", "租赁合同"]
    assert names(LEASE, house="tenant", lease="unfiled") == ["申请表", "租赁合同"]


def test_only_what_narrowed_the_answer_is_named() -> None:
    entries = entries_of(LEASE, "materials", MONDAY)
    assert [one.id for one in decided(LEASE, entries, {"house": "owner", "age": "child"})] == ["house"]
    assert decided(LEASE, entries, {"age": "child"}) == []
    young = flat("申请表", {"name": "监护人身份证", "when": {"age": "child"}})
    assert [one.id for one in decided(young, entries_of(young, "materials", MONDAY), {"age": "child"})] == ["age"]


def test_all_side_by_side() -> None:
    everything = with_choice({"house": "owner"}, Option("全部", ALL, SITUATION))
    assert names(LEASE, **everything) == names(LEASE) and asked(LEASE, **everything) is None
    assert with_choice(everything, options_of(LEASE.situations[0])[1]) == {"house": "tenant"}


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(item_fields(), st.text(max_size=20))
def test_any_item_is_asked_to_the_end(fields: dict[str, Any], text: str) -> None:
    item = ServiceItem(id="any", **fields)
    for aspect in ASPECTS:
        choices: dict[str, str] = dict(mentioned(item, text))
        entries = entries_of(item, aspect, MONDAY)
        for _ in range(len(item.situations) + 1):
            if (situation := open_situation(item, entries, choices)) is None:
                break
            assert situation.id not in choices
            choices[situation.id] = situation.options[-1].id
        assert open_situation(item, entries, choices) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我租房住，要带什么", {"house": "tenant"}),
        ("房东不给合同", {"house": "tenant"}),
        ("没有房怎么申请", {"house": "tenant"}),
        ("不是租房，怎么办", {"house": "owner"}),
        ("是不是租房都行", {"house": "tenant"}),
        ("有房还是租房", {}),
        ("租约没有备案", {"lease": "unfiled"}),
        ("租约已备案", {"lease": "filed"}),
        ("孩子5岁", {"age": "child"}),
        ("我今年30岁", {"age": "adult"}),
        ("16岁了", {"age": "adult"}),
        ("我满16岁", {"age": "adult"}),
        ("租了2年", {"lease": "filed"}),
        ("租了12年", {}),
        ("16岁以上的呢", {}),
        ("未满16周岁", {"age": "child"}),
        ("小孩和大人", {}),
        ("20个工作日", {}),
    ],
)
def test_what_words_say(text: str, found: dict[str, str]) -> None:
    assert mentioned(LEASE, text) == found


def test_the_items_own_name_says_nothing() -> None:
    assert mentioned(flat(name="租房补贴"), "租房补贴怎么领") == {}


def test_a_correction_replaces_what_was_known() -> None:
    assert known(LEASE, {"house": "owner", "age": "child"}, "我是租房的") == {"house": "tenant", "age": "child"}
    assert known(LEASE, {"house": "gone", "left": "x"}, "多少钱") == {}
    assert known(LEASE, {ALL: ALL}, "多少钱") == {ALL: ALL}
    assert known(LEASE, {ALL: ALL}, "租房的多少钱") == {"house": "tenant"}


OFFERED = options_of(LEASE.situations[0])


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("租房", "house=tenant"),
        ("我是租房的", "house=tenant"),
        ("跟房东租的", "house=tenant"),
        ("全部", ALL),
        ("都说说吧", ALL),
        ("不知道", ALL),
        ("我也不清楚", ALL),
    ],
)
def test_replies(text: str, id: str) -> None:
    found = reply(LEASE, text, OFFERED)
    assert found is not None and (found.id, found.kind) == (id, SITUATION)


@pytest.mark.parametrize(
    "text", ["都不是", "都没有", "租房补贴怎么领", "租房要多少钱", "都要什么材料", "身份证丢了", "谢谢", ""]
)
def test_no_replies(text: str) -> None:
    assert reply(LEASE, text, OFFERED) is None


def test_a_situation_by_itself_without_being_asked() -> None:
    found = reply(LEASE, "如果是租房的呢", ())
    assert found is not None and found.id == "house=tenant" and found.title == "租房"
    assert reply(LEASE, "不知道", ()) is None
    assert reply(None, "租房", OFFERED) is None
