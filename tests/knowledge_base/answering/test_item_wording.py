"""What a citizen reads of a service item, from its structured values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from knowledge_units import item_fields
from small_town import MONDAY, item, units

from knowledge_base.answering.aspect_wording import has_aspect
from knowledge_base.answering.item_wording import word_aspect
from knowledge_base.model import Office, ServiceItem
from knowledge_base.model.item import ASPECTS

SITUATIONS = [
    {
        "id": "age",
        "question": "多大年纪？",
        "options": [
            {"id": "child", "title": "未满16岁"},
            {"id": "adult", "title": "成年人"},
            {"id": "old", "title": "老人"},
        ],
    },
    {
        "id": "home",
        "question": "哪里人？",
        "options": [{"id": "here", "title": "本地"}, {"id": "away", "title": "外地"}],
    },
]


def body(aspect: str, value: Any, day: date = MONDAY) -> str:
    """The wording of one aspect without its heading."""
    text = word_aspect(item(**{aspect: value}), aspect, day, lambda id: None)
    return text.partition("\n")[2]


def test_the_heading_names_item_and_aspect() -> None:
    assert word_aspect(item(fee={"amount": 1}), "fee", MONDAY, lambda id: None).startswith("【某事项】收费\n")


@pytest.mark.parametrize(
    ("material", "said"),
    [
        ("身份证", "身份证"),
        ({"name": "身份证", "form": "原件", "count": 1}, "身份证（原件1份）"),
        ({"name": "照片", "count": 2}, "照片（2份）"),
        ({"name": "照片", "count": 0}, "照片"),
        ({"name": "委托书", "required": False}, "委托书（不是必需）"),
        ({"name": "证明", "deferrable": True}, "证明（可以容缺后补）"),
        ({"name": "证明", "pledge": True}, "证明（可以用告知承诺代替）"),
        ({"name": "证明", "shared": True}, "证明（能查到数据的可以不交）"),
        ({"name": "证明", "e_licence": True}, "证明（可以用电子证照）"),
        ({"name": "表", "form": "原件", "e_licence": True, "note": "窗口领取"}, "表（原件，可以用电子证照）。窗口领取"),
        ({"name": "表", "note": "窗口领取"}, "表。窗口领取"),
    ],
)
def test_materials(material: Any, said: str) -> None:
    assert body("materials", [material]) == said


def test_several_are_numbered() -> None:
    assert body("materials", ["甲", "乙"]) == "1. 甲\n2. 乙"
    assert body("process", ["甲", "乙", "丙"]).splitlines()[-3:] == ["1. 甲", "2. 乙", "3. 丙"]


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ({"promised": {"days": 5, "unit": "工作日"}}, "承诺5个工作日。"),
        ({"legal": {"days": 60, "unit": "自然日"}}, "法定60日。"),
        (
            {"legal": {"days": 20, "unit": "工作日"}, "promised": {"days": 3, "unit": "自然日"}},
            "承诺3日，法定20个工作日。",
        ),
        ({"promised": {"days": 0, "unit": "工作日"}, "text": "当场办结。"}, "承诺0个工作日。当场办结。"),
        ({"promised": {"days": 5, "unit": "工作日"}, "counts_from": "受理当天"}, "承诺5个工作日，从受理当天起算。"),
        ({"text": "当场办结。"}, "当场办结。"),
        ({"name": "加急", "text": "当天"}, "加急：当天。"),
    ],
)
def test_durations(duration: Any, said: str) -> None:
    assert body("duration", duration) == said


@pytest.mark.parametrize(
    ("fee", "said"),
    [
        ({"amount": 0}, "不收费。"),
        ({"amount": 0, "per": "本"}, "不收费。"),
        ({"amount": 40}, "40元。"),
        ({"amount": 100}, "100元。"),
        ({"amount": "0.50", "per": "页"}, "0.5元/页。"),
        ({"name": "工本费", "amount": 40, "per": "证", "basis": "某号文"}, "工本费：40元/证（某号文）。"),
        ({"text": "按面积收取。"}, "按面积收取。"),
        ({"name": "工本费", "text": "按面积收取"}, "按面积收取。"),
        ({"amount": 10, "text": "学生减半"}, "10元。学生减半。"),
    ],
)
def test_fees(fee: Any, said: str) -> None:
    assert body("fee", fee) == said


@pytest.mark.parametrize(
    ("aspect", "value"),
    [("fee", {"name": "工本费"}), ("duration", {"name": "加急"}), ("online", {}), ("proxy", {}), ("materials", [])],
)
def test_a_value_that_says_nothing_gives_no_answer(aspect: str, value: Any) -> None:
    assert word_aspect(item(**{aspect: value}), aspect, MONDAY, lambda id: None) == ""


@pytest.mark.parametrize(
    ("aspect", "value", "said"),
    [
        ("online", {"available": True}, "可以网上办理。"),
        ("online", {"available": False, "text": "要按指纹。"}, "不能网上办理，需要到窗口办。要按指纹。"),
        ("online", {"text": "登录平台办。"}, "登录平台办。"),
        ("proxy", {"allowed": True}, "可以请别人代办。"),
        ("proxy", {"allowed": False}, "需要本人办理，不能代办。"),
        ("contact", "12345678", "咨询电话：12345678"),
        ("contact", {"phone": "1", "complaint_phone": "2", "text": "工作日"}, "咨询电话：1\n投诉电话：2\n工作日"),
        ("validity", "一年有效。", "一年有效。"),
    ],
)
def test_other_aspects(aspect: str, value: Any, said: str) -> None:
    assert body(aspect, value) == said


FEE = {"dated": [{"value": {"amount": 40}}, {"since": "2027-01-01", "value": {"amount": 0}}]}


def test_a_dated_value_says_what_holds_and_what_comes() -> None:
    assert body("fee", FEE) == "40元。\n从2027年1月1日起有变化：不收费。"
    assert body("fee", FEE, date(2026, 12, 31)).startswith("40元。")
    assert body("fee", FEE, date(2027, 1, 1)) == "不收费。"


def test_a_coming_value_of_several_lines_stands_in_one() -> None:
    coming = {"dated": [{"value": "甲"}, {"since": "2027-01-01", "value": ["乙。", "丙。"]}]}
    assert body("conditions", coming) == "甲\n从2027年1月1日起有变化：1. 乙；2. 丙。"


def test_a_value_that_has_not_begun() -> None:
    coming = {"dated": [{"since": "2027-01-01", "value": ["甲", "乙"]}]}
    assert body("conditions", coming) == "从2027年1月1日起有变化：1. 甲；2. 乙"


def situated(**aspects: Any) -> ServiceItem:
    return ServiceItem(id="one", name="某事项", situations=SITUATIONS, aspects=aspects)


def test_situations_stand_side_by_side() -> None:
    materials = [
        {"name": "出生证", "when": {"age": "child"}},
        "身份证",
        {"name": "退休证", "when": {"age": ["adult", "old"], "home": "away"}},
        {"name": "监护人身份证", "when": {"age": "child"}},
    ]
    text = word_aspect(situated(materials=materials), "materials", MONDAY, lambda id: None)
    assert text.splitlines() == [
        "【某事项】申请材料",
        "身份证",
        "【未满16岁】",
        "1. 出生证",
        "2. 监护人身份证",
        "【成年人或老人、外地】",
        "退休证",
    ]


def test_the_overview_has_what_is_needed_first() -> None:
    text = word_aspect(units()["dog-registration"], "overview", MONDAY, lambda id: None)  # type: ignore[arg-type]
    assert text.startswith("【养犬登记】怎么办理\n养犬的人应当为犬只登记。\n办理流程：\n1. 带犬到窗口")
    for part in (
        "要带的材料：",
        "【大型犬】",
        "围栏照片",
        "承诺5日",
        "25元/块",
        "小镇政务大厅3号窗口",
        "您还可以接着问：",
    ):
        assert part in text


def test_the_basis_may_be_the_sources() -> None:
    dog = units()["dog-registration"]
    assert isinstance(dog, ServiceItem) and has_aspect(dog, "basis")
    text = word_aspect(dog, "basis", MONDAY, lambda id: None)
    assert text.endswith("《小镇养犬管理办法》，第六条，镇政发〔2020〕1号")


def test_hours_of_the_place() -> None:
    dog, hall = units()["dog-registration"], units()["town-hall"]
    assert isinstance(dog, ServiceItem) and isinstance(hall, Office)
    text = word_aspect(dog, "hours", MONDAY, {"town-hall": hall}.get)
    assert "小镇政务大厅：周一至周四 9:00–12:00，13:30–17:00；周五 9:00–12:00；周六 9:00–11:00" in text
    assert word_aspect(dog, "hours", MONDAY, lambda id: None) == "", "an office that is not published says nothing"


@pytest.mark.parametrize("out", [{"effective_to": "2025-12-31"}, {"effective_from": "2030-01-01"}])
@pytest.mark.parametrize("aspect", ["place", "hours"])
def test_nothing_is_told_of_a_hall_that_has_closed_or_is_not_open_yet(aspect: str, out: dict[str, str]) -> None:
    dog, hall = units()["dog-registration"], units()["town-hall"]
    assert isinstance(dog, ServiceItem)
    out_of_force = Office.parse_obj({**hall.dict(), **out})
    text = word_aspect(dog, aspect, MONDAY, {"town-hall": out_of_force}.get)
    assert not any(part in text for part in ("中心街", "5555555", "13:30"))


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(item_fields())
def test_any_item_can_be_worded(fields: dict[str, Any]) -> None:
    unit = ServiceItem(id="any", **fields)
    for aspect in ASPECTS:
        for day in (MONDAY, date(1999, 1, 1), date(2051, 1, 1)):
            text = word_aspect(unit, aspect, day, lambda id: None)
            assert not text or has_aspect(unit, aspect) or aspect in ("overview", "process")
            assert text == "" or text.partition("\n")[2].strip(), "a heading alone is no answer"
