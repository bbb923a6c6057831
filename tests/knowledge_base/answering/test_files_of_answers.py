"""Which files go along with which answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from knowledge_units import faq, item

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.further import together
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.wording import word
from knowledge_base.editing.shelf import Shelf
from knowledge_base.model import Unit

TODAY = Occasion(date(2026, 11, 23), lambda day: True, "12345", "政务中心", "工作日")
DIGEST = "ab" * 32
FORM = {"title": "补领申请表", "digest": DIGEST, "name": "申请表 1.pdf"}


def files(unit: Unit, aspect: str | None = None, site: str = "") -> Any:
    shelf = Shelf(1, {unit.key: unit})
    return word(unit, aspect, 1.0, shelf, replace(TODAY, site=site)).payload().get("attachments")


def test_a_file_is_named_with_its_address_at_the_gateway() -> None:
    path = f"/files/{DIGEST}/%E7%94%B3%E8%AF%B7%E8%A1%A8%201.pdf"
    listed = {"title": "补领申请表", "name": "申请表 1.pdf", "path": path}
    assert files(faq(attachments=[FORM])) == [{**listed, "url": None}]
    for site in ("https://zw.example.gov.cn", "https://zw.example.gov.cn/"):
        url = f"https://zw.example.gov.cn/files/{DIGEST}"
        assert files(faq(attachments=[FORM]), site=site) == [{**listed, "url": url}]
    assert files(faq()) is None


@pytest.mark.parametrize(
    ("aspect", "given"), [("overview", True), ("materials", True), ("process", True), ("fee", False), ("place", False)]
)
def test_a_form_goes_along_where_it_is_of_use(aspect: str, given: bool) -> None:
    aspects = {"materials": ["申请表"], "process": ["填表。"], "fee": "不收费", "place": "一楼"}
    assert (files(item(attachments=[FORM], aspects=aspects), aspect) is not None) is given


def test_nothing_goes_along_with_a_question_or_what_has_expired() -> None:
    options = [{"id": "a", "title": "成年人"}, {"id": "b", "title": "未成年人"}]
    many = [{"name": f"很长很长的第{n}样材料的名称", "when": {"who": "a" if n % 2 else "b"}} for n in range(40)]
    situations = [{"id": "who", "question": "给谁办？", "options": options}]
    assert files(item(attachments=[FORM], situations=situations, aspects={"materials": many}), "materials") is None
    assert files(faq(attachments=[FORM], effective_to="2026-01-01")) is None


def test_two_answers_in_one_give_the_files_of_both_once() -> None:
    one, other = {"title": "甲"}, {"title": "乙"}
    first = Answer("faq", "甲。", extra={"attachments": [one]})
    second = Answer("faq", "乙。", extra={"attachments": [one, other]})
    assert together(first, second).payload()["attachments"] == [one, other]
    assert "attachments" not in together(Answer("faq", "甲。"), Answer("faq", "乙。")).payload()
