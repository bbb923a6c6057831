"""Sentences that are too long, words of the trade, flags that only the text names."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge_base.model import Faq, ServiceItem
from knowledge_base.quality.gaps import gaps
from knowledge_base.quality.wording import wording


def faq(answer: str) -> Faq:
    return Faq(id="q", question="怎么办", answer=answer)


def test_a_long_sentence_is_cut_where_a_new_one_may_begin() -> None:
    before, after = "材料" * 18, "请您" + "再来" * 15
    [found] = wording(faq(f"短句。{before}，{after}。"))
    assert (found.sort, found.severity, found.field) == ("long", "note", "answer")
    assert isinstance(found.repair, Faq) and found.repair.answer == f"短句。{before}。{after}。"
    [found] = wording(faq("长" * 61))
    assert found.repair is None
    assert list(wording(faq("长" * 60 + "。" + "长" * 60))) == []


def test_words_of_the_trade_are_put_plainly() -> None:
    [found] = wording(faq("材料不全的，要补正材料。"))
    assert (found.sort, found.severity) == ("jargon", "note")
    assert isinstance(found.repair, Faq) and found.repair.answer == "材料不全的，要补齐材料。"


def test_titles_and_what_the_basis_quotes_keep_their_words() -> None:
    assert list(wording(faq("您会收到《补正通知书》。"))) == []
    assert list(wording(ServiceItem(id="i", name="名称", aspects={"basis": ["申请人应当补正。"]}))) == []
    [found] = wording(faq("收到《补正通知书》后，请补正。"))
    assert isinstance(found.repair, Faq) and found.repair.answer == "收到《补正通知书》后，请补齐材料。"


def material(**fields: Any) -> ServiceItem:
    entry = {"name": "营业执照", "form": "原件", **fields}
    return ServiceItem(id="i", name="名称", aspects={"materials": [entry, {"name": "申请表", "form": "原件"}]})


@pytest.mark.parametrize(
    ("note", "flag", "value"),
    [
        ("可以容缺，以后再补", "deferrable", True),
        ("实行告知承诺的不用交", "pledge", True),
        ("通过数据共享取得", "shared", True),
        ("可以用电子证照", "e_licence", True),
        ("如有，请一起带来", "required", False),
    ],
)
def test_a_flag_that_only_the_text_names_is_proposed(note: str, flag: str, value: bool) -> None:
    [found] = gaps(material(note=note))
    assert (found.sort, found.severity) == ("gap", "note")
    assert isinstance(found.repair, ServiceItem) and found.repair.aspects.materials is not None
    first, second = found.repair.aspects.materials.dated[0].value
    assert getattr(first, flag) == value and getattr(second, flag) != value
    assert list(gaps(found.repair)) == []


@pytest.mark.parametrize("note", ["不能容缺", "没有电子证照", "带原件来"])
def test_a_text_that_denies_a_flag_does_not_name_it(note: str) -> None:
    assert list(gaps(material(note=note))) == []


def test_materials_that_leave_open_whether_an_original_is_meant_are_named_once() -> None:
    item = ServiceItem(id="i", name="名称", aspects={"materials": ["户口簿", "照片"]})
    [found] = gaps(item)
    assert "户口簿”“照片" in found.problem
