"""The answer that a unit gives, and what it says of where it comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from small_town import MONDAY, RELEASE, on, town, units

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.wording import answers_aspect, word
from knowledge_base.model import ServiceItem
from knowledge_base.model.item import ASPECTS

KEYS = {
    "kind", "id", "item_id", "aspect", "title", "confidence", "release", "record", "verified_on", "sources", "options",
    "also",
}  # fmt: skip


def answer(id: str, aspect: str | None = None, day: date = MONDAY) -> Answer:
    return word(units()[id], aspect, 0.93456, town(), on(day))


@pytest.mark.parametrize("id", sorted(units()))
@pytest.mark.parametrize("aspect", [None, *ASPECTS])
def test_every_unit_has_something_to_say(id: str, aspect: str | None) -> None:
    given = answer(id, aspect)
    payload = given.payload()
    assert payload.keys() >= KEYS
    assert given.text.strip() and "None" not in given.text and "{" not in given.text
    assert payload["release"] == RELEASE and payload["confidence"] == 0.9346
    assert payload["id"] == id and payload["title"] == units()[id].title


def test_provenance() -> None:
    payload = answer("dog-registration", "fee").payload()
    assert (payload["kind"], payload["aspect"], payload["item_id"]) == ("item", "fee", None)
    assert payload["verified_on"] == "2026-10-01"
    [source] = payload["sources"]
    assert source == {
        "title": "小镇养犬管理办法",
        "article": "第六条",
        "number": "镇政发〔2020〕1号",
        "url": None,
        "date": "2020-05-01",
    }


def test_a_faq_names_the_item_it_belongs_to() -> None:
    payload = answer("dog-vaccine").payload()
    assert (payload["kind"], payload["item_id"], payload["aspect"]) == ("faq", "dog-registration", None)
    assert answer("dog-vaccine").text == "在镇防疫站打，每天上午接种。"
    assert answer("library-card").payload()["item_id"] is None


def test_an_expired_unit_names_its_successor() -> None:
    given = answer("old-dog-registration")
    assert given.kind == "fallback"
    assert "2020年4月30日到期" in given.text and "养犬登记" in given.text
    assert [option.id for option in given.options] == ["dog-registration"]
    assert "旧的规定" not in given.text


def test_an_expired_unit_without_successor_offers_a_person() -> None:
    given = answer("cart-permit")
    assert given.kind == "fallback" and given.options == ()
    assert "12345" in given.text and "“0”" in given.text
    assert "马车不再上路" not in given.text


def test_a_unit_to_come_is_announced() -> None:
    given = answer("drone-licence")
    assert given.kind == "fallback"
    assert "2027年3月1日起施行" in given.text and "无人机要登记" not in given.text
    assert answer("drone-licence", day=date(2027, 3, 1)).kind == "item"


@pytest.mark.parametrize(("day", "kind"), [(date(2019, 12, 31), "item"), (date(2020, 1, 1), "fallback")])
def test_the_last_day_still_counts(day: date, kind: str) -> None:
    assert answer("cart-permit", day=day).kind == kind


def test_an_aspect_that_the_item_does_not_hold_gives_its_phone() -> None:
    given = answer("boat-licence", "materials")
    assert "还没有经过审核的内容" in given.text and "0990-3333333" in given.text


def test_without_a_phone_the_hotline() -> None:
    assert "12345" in answer("drone-licence", "materials", date(2027, 3, 1)).text


def test_a_referral_names_the_body() -> None:
    text = answer("noisy-neighbours").text
    for part in ("先留好录音", "小镇派出所", "0990-4444444", "全天", "当场报警"):
        assert part in text


def test_a_package_lists_its_items_in_order() -> None:
    text = answer("fishing-family").text
    assert text.index("开渔家乐要办两件事") < text.index("1. 渔船登记。先办") < text.index("2. 养犬登记")


def test_an_office_says_whether_it_is_open() -> None:
    assert "今天（11月23日，周一）开门" in answer("town-hall", "hours").text


def test_who_can_answer_an_aspect() -> None:
    boat = units()["boat-licence"]
    assert answers_aspect(boat, "fee") and answers_aspect(boat, None) and not answers_aspect(boat, "materials")
    assert answers_aspect(units()["dog-vaccine"], "materials")


@pytest.mark.parametrize(
    ("asked", "nature", "told"),
    [
        ("育蚕补贴多少钱", "行政给付", True),
        ("申请育蚕补贴收费吗", "行政给付", False),
        ("育蚕补贴多少钱", "行政许可", False),
    ],
)
def test_how_much_a_benefit_is_is_no_question_for_its_charge_alone(asked: str, nature: str, told: bool) -> None:
    benefit = ServiceItem(
        id="silk", name="育蚕补贴", nature=nature, aspects={"overview": "每亩补贴30元。", "fee": {"amount": 0}}
    )
    text = word(benefit, "fee", 0.9, town(), replace(on(MONDAY), asked=asked)).text
    assert "不收费" in text and ("30元" in text) is told
