"""What will be said of a unit that is being written, on any day and at any place."""

from __future__ import annotations

from datetime import date
from typing import Any

from knowledge_units import faq, item

from knowledge_base.answering.occasion import Occasion
from knowledge_base.editing.previewing import Preview, body_of, preview
from knowledge_base.editing.shelf import Shelf
from knowledge_base.model import Office, Package, ServiceItem, Unit, parse_unit
from knowledge_base.regions import Regions

TODAY = date(2026, 11, 23)
REGIONS = Regions({"990100": "示例市", "990101": "东湖区", "990102": "西山区"}, {}, "990100")


def shelf(*units: Unit) -> Shelf:
    return Shelf(3, {unit.key: unit for unit in units})


def occasion(day: date = TODAY) -> Occasion:
    return Occasion(day, lambda day: day.weekday() < 5, "12345", "示例市政务服务中心", "工作日", regions=REGIONS)


def seen(unit: Unit, aspect: str | None = None, on: Shelf | None = None, day: date = TODAY, **more: Any) -> Preview:
    return preview(unit, aspect, on or shelf(), occasion(day), **more)


def with_fee(*changes: dict[str, Any]) -> ServiceItem:
    unit = parse_unit({"kind": "item", "id": "card", "name": "补领", "aspects": {"fee": {"dated": list(changes)}}})
    assert isinstance(unit, ServiceItem)
    return unit


def test_what_is_written_is_told_and_not_what_is_published() -> None:
    told = seen(faq(answer="新的答复。"), on=shelf(faq(answer="旧的答复。"))).answer
    assert (told.text, told.release) == ("新的答复。", 3)


def test_a_fee_from_next_month_is_told_by_its_day() -> None:
    unit = with_fee({"value": [{"amount": 20}]}, {"since": "2026-12-01", "value": [{"amount": 10}]})
    before, after = seen(unit, "fee").answer.text, seen(unit, "fee", day=date(2026, 12, 1)).answer.text
    assert "20元" in before and "从2026年12月1日起有变化：10元" in before
    assert "10元" in after and "20元" not in after


def test_a_place_named_is_found_among_what_is_published() -> None:
    hall = Office(id="hall", name="政务大厅", address="明镜路1号")
    unit = parse_unit(
        {"kind": "item", "id": "card", "name": "补领", "aspects": {"place": [{"text": "窗口", "office": "hall"}]}}
    )
    assert "明镜路1号" in seen(unit, "place", shelf(hall)).answer.text
    assert "明镜路1号" not in seen(unit, "place").answer.text


def test_a_package_names_its_items() -> None:
    package = Package(id="shop", name="开店一件事", steps=[{"item": "id-card"}, {"item": "gone"}])
    told = seen(package, on=shelf(item())).answer
    assert "1. 居民身份证换领" in told.text and [option.id for option in told.options] == ["id-card"]
    assert body_of(told)["buttons"] == [{"title": "居民身份证换领", "payload": "居民身份证换领"}]


def test_an_item_names_the_packages_that_it_is_a_step_of() -> None:
    package = Package(id="shop", name="开店一件事", steps=[{"item": "id-card"}])
    unit = item(aspects={"overview": "到派出所办。"})
    assert "开店一件事" in seen(unit, on=shelf(package)).answer.text


def test_the_rule_of_the_place_is_told() -> None:
    east = item("east", "申领补贴", region="990101", aspects={"fee": "东湖区不收费"})
    west = item("west", "申领补贴", region="990102", aspects={"fee": "西山区收十元"})
    at_home = seen(east, "fee", shelf(west)).answer
    assert at_home.kind == "form" and [option.title for option in at_home.options] == ["东湖区", "西山区"]
    here, there = seen(east, "fee", shelf(west), region="990101"), seen(east, "fee", shelf(west), region="990102")
    assert "东湖区不收费" in here.answer.text and here.told == east
    assert "西山区收十元" in there.answer.text and there.told == west
    nowhere = seen(east, "fee", region="990102")
    assert nowhere.answer.kind == "fallback" and nowhere.told is None and "东湖区" not in nowhere.answer.text


def test_what_is_not_in_force_is_not_told() -> None:
    told = seen(faq(answer="新规定。", effective_from="2027-01-01"))
    assert told.answer.kind == "fallback" and "新规定" not in told.answer.text
    assert seen(faq(answer="新规定。", effective_from="2027-01-01"), day=date(2027, 1, 1)).answer.text == "新规定。"


def test_the_tree_of_situations_can_be_tried() -> None:
    unit = item(
        situations=[
            {
                "id": "household",
                "question": "户口在哪里？",
                "options": [{"id": "local", "title": "本市"}, {"id": "other", "title": "外地"}],
            }
        ],
        aspects={
            "materials": [
                {"name": "户口簿", "when": {"household": "local"}},
                {"name": "居住证", "when": {"household": "other"}},
            ],
            "fee": [{"amount": 20}],
        },
    )
    tried = seen(unit, "materials", choices={"household": "other", "old": "gone"})
    assert [(one["aspect"], one["text"]) for one in tried.tried] == [("materials", "居住证"), ("fee", "20元。")]
    assert "居住证" in tried.answer.text and "户口簿" not in tried.answer.text
    everything = seen(unit, "materials").tried[0]["text"]
    assert "户口簿" in everything and "居住证" in everything
    assert seen(item(aspects={"fee": [{"amount": 20}]}), "fee").tried == ()
