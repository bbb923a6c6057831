"""What a form says, made a unit or told what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from knowledge_units import item, steady, units

from knowledge_base.editing.faults import checked
from knowledge_base.model import KINDS, Unit, UnitKey
from knowledge_base.store import codec

KEY = UnitKey("item", "id-card")
SHORT: dict[str, dict[str, Any]] = {
    "item": {"name": "身份证换领"},
    "faq": {"question": "要多久？", "answer": "三天。"},
    "referral": {"name": "欠薪", "body": "劳动监察"},
    "package": {"name": "开店", "steps": [{"item": "licence"}]},
    "office": {"name": "大厅", "address": "一号"},
}


def faults(key: UnitKey, body: dict[str, Any]) -> dict[str, str]:
    found = checked(key, body)
    assert isinstance(found, list), found
    return dict(found)


@steady
@given(units())
def test_what_a_unit_says_is_that_unit_again(unit: Unit) -> None:
    assert checked(unit.key, codec.dump(unit)) == unit


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_and_what_must_be_there_is_asked_for(kind: str) -> None:
    key = UnitKey(kind, "x")
    assert isinstance(checked(key, SHORT[kind]), Unit)
    missing = faults(key, {})
    assert missing and set(missing) <= set(SHORT[kind]) and set(missing.values()) == {"请填写。"}


def test_the_address_says_what_is_edited_and_not_the_form() -> None:
    other = {"kind": "faq", "id": "other", "name": "身份证换领"}
    assert checked(KEY, other) == item(name="身份证换领")


@pytest.mark.parametrize(
    ("body", "path", "says"),
    [
        ({"materials": [{"name": "照片", "count": "两"}]}, "aspects.materials.dated.0.value.0.count", "整数"),
        ({"materials": [{"name": "照片"}, {"name": " "}]}, "aspects.materials.dated.0.value.1.name", "填写"),
        ({"fee": [{"amount": "二十"}]}, "aspects.fee.dated.0.value.0.amount", "数字"),
        ({"fee": [{"amount": "-1"}]}, "aspects.fee.dated.0.value.0.amount", "小于"),
        ({"fee": [{"amount": "NaN"}]}, "aspects.fee.dated.0.value.0.amount", "数字"),
        ({"fee": {"dated": [{"since": "明天", "value": []}]}}, "aspects.fee.dated.0.since", "日期"),
        ({"fee": {"dated": [{"value": []}, {"value": []}]}}, "aspects.fee.dated", "从早到晚"),
        ({"fee": {"dated": [{}]}}, "aspects.fee", "填写内容"),
        ({"fee": {"dated": [3]}}, "aspects.fee", "填写内容"),
        ({"fee": {"dated": 3}}, "aspects.fee", "检查"),
        ({"fee": [{"amount": "1", "when": {"age": ["old"]}}]}, "", "什么情形"),
        ({"fees": []}, "aspects.fees", "不认识"),
    ],
)
def test_a_fault_is_told_at_its_field(body: dict[str, Any], path: str, says: str) -> None:
    found = faults(KEY, {"name": "身份证换领", "aspects": body})
    assert list(found) == [path] and says in found[path]


@pytest.mark.parametrize("hours", ["九点到十二点", "12:00-09:00", "09:00"])
def test_hours_are_told_how_to_be_written(hours: str) -> None:
    found = faults(UnitKey("office", "hall"), {"name": "大厅", "address": "一号", "hours": {"mon": [hours]}})
    assert "09:00-12:00" in found["hours"] or "结束时间" in found["hours"]


@pytest.mark.parametrize("text", ["身份证\x00", "身份证\ud800"])
def test_what_no_database_keeps_is_refused(text: str) -> None:
    assert "字符" in faults(KEY, {"name": text})[""]


@pytest.mark.parametrize("kind", ["", "unit", "../etc", "script"])
def test_an_unknown_kind_is_no_unit(kind: str) -> None:
    assert isinstance(checked(UnitKey(kind, "x"), {"name": "x"}), list)
