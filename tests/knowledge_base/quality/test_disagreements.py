"""Facts in texts against what is filled in, within an item and between it and its FAQs; and false alarms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.training import sample_units
from knowledge_base.findings import Finding
from knowledge_base.model import Faq, ServiceItem, Unit
from knowledge_base.quality.matters import between
from knowledge_base.quality.report import findings


def permit(id: str = "permit", name: str = "通行证办理", **aspects: Any) -> ServiceItem:
    return ServiceItem(id=id, name=name, aspects=aspects)


def answer(text: str, question: str = "怎么办", item: str | None = "permit", id: str = "q", **fields: Any) -> Faq:
    return Faq(id=id, question=question, answer=text, item=item, **fields)


FEE = {"fee": [{"name": "工本费", "amount": 10}]}
DAYS = {"duration": [{"promised": {"days": 20, "unit": "工作日"}, "legal": {"days": 30, "unit": "工作日"}}]}
LATER = {"fee": {"dated": [{"value": [{"amount": 10}]}, {"since": "2027-01-01", "value": [{"amount": 20}]}]}}
PHONE = {"contact": {"phone": "0000-8800101"}}


def rules(*units: Unit) -> list[Finding]:
    return list(between(units))


@pytest.mark.parametrize(
    ("aspects", "faq"),
    [
        (FEE, answer("工本费20元。")),
        (FEE, answer("20元。", question="办通行证多少钱")),
        (FEE, answer("要交二十元手续费，微信也能付。")),
        (FEE, answer("不收费。", question="办通行证要钱吗")),
        (FEE, answer("20元", question="通行证办理收费多少", item=None)),
        (DAYS, answer("受理后15个工作日内办结。")),
        (DAYS, answer("十五个工作日。", question="通行证多久能办好")),
        (DAYS, answer("二十个自然日内发证。")),
        (PHONE, answer("请打0000-8899999问一问。")),
    ],
)
def test_an_answer_that_says_otherwise_than_its_item_is_found(aspects: dict[str, Any], faq: Faq) -> None:
    found = rules(permit(**aspects), faq)
    assert [(one.sort, one.unit, one.other) for one in found] == [("between", faq.key, permit().key)]


@pytest.mark.parametrize(
    ("aspects", "faq"),
    [
        (FEE, answer("工本费10元。")),
        (FEE, answer("逾期不办的，处200元以下罚款。")),
        (FEE, answer("每人每月补贴300元，不收费。")),
        (FEE, answer("换领身份证另收20元。")),
        ({"fee": [{"amount": 10}, {"amount": 20, "when": {}}]}, answer("收费20元。")),
        (LATER, answer("收费20元。")),
        (DAYS, answer("20个工作日办好，法定是三十个工作日。")),
        (DAYS, answer("批准加急的，5个工作日内办好。")),
        (DAYS, answer("公示5个工作日。请在30日内申请。")),
        (DAYS, answer("从2025年1月8日起可以办理。")),
        (PHONE, answer("咨询请打0000-8800101。")),
        (FEE, answer("收费20元。", region="990101")),
    ],
)
def test_what_may_well_be_right_is_left_alone(aspects: dict[str, Any], faq: Faq) -> None:
    held = permit(**aspects)
    if faq.region:
        held = held.copy(update={"region": "990102"})
    assert rules(held, faq) == []


def test_the_text_beside_a_number_must_say_the_same() -> None:
    span = {"days": 20, "unit": "工作日"}
    item = permit(duration=[{"promised": span, "text": "自受理之日起15个工作日内办结"}])
    [found] = rules(item)
    assert (found.sort, found.severity, found.field) == ("disagreement", "warning", "aspects.duration")
    assert isinstance(found.repair, ServiceItem) and found.repair.aspects.duration is not None
    assert found.repair.aspects.duration.dated[0].value[0].text == "自受理之日起20个工作日内办结"
    assert rules(permit(duration=[{"promised": span, "text": "情况复杂的，可以再延长3个工作日"}])) == []


def test_another_aspect_that_names_another_fee_is_found_with_a_repair() -> None:
    [found] = rules(permit(**FEE, process=["交工本费20元，领凭证。"]))
    assert (found.sort, found.field) == ("disagreement", "aspects.process")
    assert isinstance(found.repair, ServiceItem) and found.repair.aspects.process is not None
    assert found.repair.aspects.process.dated[0].value[0].text == "交工本费10元，领凭证。"


def test_a_number_in_characters_is_mended_in_digits() -> None:
    [found] = rules(permit(**DAYS), answer("受理后，十五个工作日内办结。"))
    assert isinstance(found.repair, Faq) and found.repair.answer == "受理后，20个工作日内办结。"


def test_where_two_fees_are_filled_in_nobody_knows_which_is_meant() -> None:
    [found] = rules(permit(fee=[{"name": "首次", "amount": 10}, {"name": "补领", "amount": 30}]), answer("收费20元。"))
    assert found.repair is None and "10元或30元" in found.problem


def test_sentences_of_one_matter_that_differ_in_one_number_are_found() -> None:
    units = [permit(validity=["证件有效期是五年。"]), answer("证件有效期是10年。"), answer("证件有效期是10年", id="r")]
    found = rules(*units)
    assert {(one.unit.id, one.other and one.other.id) for one in found} == {("q", "permit"), ("r", "permit")}
    assert isinstance(found[0].repair, Faq) and found[0].repair.answer == "证件有效期是五年。"
    table = permit(validity=["80岁至89岁每月领取100元。", "90岁至99岁每月领取200元。"])
    assert rules(table) == []


def test_namesakes_of_two_departments_with_other_values_are_found() -> None:
    ours = permit("a", "养犬登记", **FEE, **DAYS, **PHONE)
    other = {"fee": [{"amount": 30}], "duration": DAYS["duration"], "contact": {"phone": "0000-8800109"}}
    theirs = permit("b", "犬只登记", **other).copy(update={"aliases": ("养犬登记",)})
    assert [one.field for one in rules(ours, theirs)] == ["aspects.fee", "aspects.contact"]
    apart = theirs.copy(update={"region": "990101"}), ours.copy(update={"region": "990102"})
    assert rules(*apart) == []


def test_the_sample_city_raises_no_alarm() -> None:
    found = findings(sample_units(), date(2026, 11, 27), {})
    assert [str(one) for one in found if one.severity != "note"] == []
    assert len(found) < 20
