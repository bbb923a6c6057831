"""Dirty cells, headings, time limits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.importing.cells import clean, join, split, text_of
from knowledge_base.importing.columns import recognise
from knowledge_base.importing.entries import lines
from knowledge_base.importing.rows import unit_of
from knowledge_base.importing.values import as_date, span


@pytest.mark.parametrize(
    ("dirty", "plain"),
    [
        ("  带身份证。 ", "带身份证。"),
        ("<p>第一步&nbsp;申请</p><p>第二步</p>", "第一步 申请\n第二步"),
        ("甲<br/>乙<BR>丙", "甲\n乙\n丙"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        ("<ol><li>甲</li><li>乙</li></ol>", "1. 甲\n2. 乙"),
        ("&lt;p&gt;双重&amp;nbsp;转义&lt;/p&gt;", "双重 转义"),
        ('<span style="color:red">红</span><!-- 注 --><script>alert(1)</script>字', "红字"),
        ("关于印发<管理办法>的通知，a<b 且 c>d", "关于印发<管理办法>的通知，a<b 且 c>d"),
        ("http://a.cn/?x=1&region=2&copy=3", "http://a.cn/?x=1&region=2&copy=3"),
        ("１２３４５　ＡＢｃ（全角括号）", "12345 ABc（全角括号）"),
        ("一\r\n二\r三\n\n\n\n四", "一\n二\n三\n\n四"),
        ("零\u200b宽\ufeff\x07\x00字\ud800", "零宽字"),
    ],
)
def test_dirty_text_becomes_plain(dirty: str, plain: str) -> None:
    assert clean(dirty) == plain


@given(st.text())
def test_cleaning_never_fails_and_leaves_nothing_unstorable(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert cleaned == cleaned.strip()


@given(st.lists(st.text(st.sampled_from("甲乙|｜\\,;"), min_size=1)))
def test_lists_in_a_cell_come_back(values: list[str]) -> None:
    assert split(join(values)) == values


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (30.0, "30"),
        (0.5, "0.5"),
        (13800000000, "13800000000"),
        (True, "true"),
        (None, ""),
        (datetime(2026, 11, 1), "2026-11-01"),
        (date(2026, 11, 1), "2026-11-01"),
        (["甲", "乙|丙"], "甲|乙\\|丙"),
    ],
)
def test_what_a_cell_shows(cell: Any, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize("text", ["2026-11-01", "2026/11/1", "2026年11月1日", "20261101", "2026-11-01 00:00:00"])
def test_days_in_all_spellings(text: str) -> None:
    assert as_date(text) == "2026-11-01"


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "长期", "2026年11月"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="not a day"):
        as_date(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20", (20, "工作日")),
        ("20个工作日", (20, "工作日")),
        ("20 个 工作日内", (20, "工作日")),
        ("30日", (30, "自然日")),
        ("60个自然日", (60, "自然日")),
        ("即办", None),
        ("15-20个工作日", None),
        ("20个工作日（不含公示）", None),
    ],
)
def test_time_limits(text: str, expected: tuple[int, str] | None) -> None:
    assert span(text) == (expected and {"days": expected[0], "unit": expected[1]})


def test_numbering_that_every_line_carries_is_taken_off() -> None:
    assert lines("1、申请\n2、受理") == ["申请", "受理"]
    assert lines("（一）申请|（二）受理") == ["申请", "受理"]
    assert lines("1.5倍\n2.3倍") == ["1.5倍", "2.3倍"]
    assert lines("申请\n2、受理") == ["申请", "2、受理"]


def test_a_row_of_a_service_item() -> None:
    row = {
        "id": "x",
        "name": "某事",
        "materials": "甲|乙",
        "legal_days": "20",
        "promised_days": "即办",
        "phone": "0000-1",
    }
    row |= {"fee": "免费", "online": "是", "proxy": "须公证", "basis": "某法第一条", "source": "https://a.cn/x"}
    raw = unit_of("item", row, "t.csv")
    assert raw["sources"] == [{"title": "a.cn", "url": "https://a.cn/x"}]
    assert raw["aspects"] == {
        "materials": [{"name": "甲"}, {"name": "乙"}],
        "duration": [{"legal": {"days": 20, "unit": "工作日"}, "text": "承诺办结时限：即办"}],
        "fee": [{"amount": 0}],
        "online": [{"available": True}],
        "proxy": [{"text": "须公证"}],
        "basis": ["某法第一条"],
        "contact": {"phone": "0000-1"},
    }


@pytest.mark.parametrize(
    ("fee", "expected"), [("40元", {"amount": "40"}), ("每证20元", {"text": "每证20元"}), ("0", {"amount": "0"})]
)
def test_fees(fee: str, expected: dict[str, Any]) -> None:
    assert unit_of("item", {"name": "某事", "fee": fee}, "t.csv")["aspects"]["fee"] == [expected]


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["id", "question", "answer"], "faq"),
        (["序号", "标准问题", "相似问法", "答案", "所属事项"], "faq"),
        (["\ufeff事项名称*", "受理条件（必填）", " 申请 材料 ", "承诺办结时限(工作日)"], "item"),
        (["NAME", "Materials"], "item"),
        (["姓名", "电话"], None),
        ([], None),
    ],
)
def test_kinds_are_recognised_from_the_header(headings: list[str], kind: str | None) -> None:
    header = recognise(headings)
    assert (header.kind if header else None) == kind
