"""The first answer to 怎么办: of the sample city's items, and of items that hold too much for a phone."""

from __future__ import annotations

from datetime import date

import pytest
from small_town import item

from bot.training import sample_units
from knowledge_base.answering.item_wording import word_aspect
from knowledge_base.model import ServiceItem

TODAY = date(2026, 11, 24)
PHONE = 600
LONG = "这是一句写得很长的话，一位老人在手机上要看好一会儿才能看完"


def told(unit: ServiceItem, aspect: str = "overview") -> str:
    return word_aspect(unit, aspect, TODAY, lambda id: None)


def test_every_sample_item_fits_a_phone() -> None:
    items = [unit for unit in sample_units() if isinstance(unit, ServiceItem)]
    assert len(items) >= 70
    assert [unit.id for unit in items if not 40 < len(told(unit)) <= PHONE] == []


@pytest.mark.parametrize("count", [1, 5, 20, 60])
def test_what_does_not_fit_is_named_to_be_asked_next(count: int) -> None:
    lines = [f"{LONG}{number}" for number in range(count)]
    unit = item(overview=lines[:3], process=lines, materials=lines, fee={"amount": 10}, place="大厅")
    text = told(unit)
    assert len(text) <= PHONE and "10元" in text
    last = text.splitlines()[-1]
    assert ("申请材料" in last) == (f"{LONG}{count - 1}（" not in text and "要带的材料" not in text)


def test_materials_are_first_shortened_to_their_names() -> None:
    materials = [{"name": f"证明{number}", "form": "原件", "count": 1, "note": LONG} for number in range(16)]
    text = told(item(overview="要办。", materials=materials))
    assert "证明0、证明1、" in text and LONG not in text


def test_one_endless_value_is_cut_by_whole_lines() -> None:
    text = told(item(overview=[LONG] * 50))
    assert len(text) <= PHONE and text.endswith("看完")


def test_steps_are_all_told_when_they_are_asked_for() -> None:
    lines = [f"{LONG}{number}" for number in range(30)]
    text = told(item(overview=[LONG] * 3, process=lines), "process")
    assert f"{LONG}29" in text
