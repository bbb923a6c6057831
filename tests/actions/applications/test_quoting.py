"""A portal's texts, fit to be quoted: its own words, without what programs and hurried hands leave around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.applications.quoting import LONGEST, named, office_phone, quoted, shown_number, tracking

NUMBER = "SLS2026-110412-0087"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("租房合同已经过期。", "租房合同已经过期"),
        ("  租房合同已经过期。。 ", "租房合同已经过期"),
        ("：租房合同已经过期；", "租房合同已经过期"),
        ("缺少材料：，请补正", "缺少材料：请补正"),
        ("合同过期，。请重签", "合同过期。请重签"),
        ("1.合同过期\r\n2.照片不清\n", "1.合同过期；2.照片不清"),
        ("合同过期<br/>照片<b>不清</b>", "合同过期；照片；不清"),
        ("居 住 证", "居住证"),
        ("EMS 邮政 速递", "EMS 邮政速递"),
        ("费用1.5元", "费用1.5元"),
        ("面积<60平方米", "面积〈60平方米"),
        ("{reason}", "（reason）"),
        ("原因null", "原因"),
        ("合同\u200b过期\u0000", "合同过期"),
        ("等通知……", "等通知……"),
        ("“不予许可”", "“不予许可”"),
    ],
)
def test_the_portals_own_words(text: str, said: str) -> None:
    assert quoted(text) == said


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "。",
        "null",
        "NULL",
        "None",
        "undefined",
        "N/A",
        "n/a",
        "-",
        "——",
        "无",
        "暂无。",
        "<br>",
        "\u200b",
    ],
)
def test_nothing_is_nothing(text: str | None) -> None:
    assert quoted(text) is None
    assert named(text) is None


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("申请人身份证号11010519491231002X与户籍不符", "11010519491231002X"),
        ("已短信通知13800138000", "13800138000"),
        ("收件人11010519491231002X13800138000", "11010519491231002X"),
        ("138<b>00138000</b>，13800138000", "13800138000"),
        ("已发送至zhang.san@example.com", "zhang.san@example.com"),
        (f"您的办件{NUMBER}已受理", NUMBER),
    ],
)
def test_what_identifies_somebody_is_not_repeated(text: str, hidden: str) -> None:
    said = quoted(text, NUMBER)
    assert said is not None and hidden not in said and "****" in said


def test_an_offices_landline_may_be_said() -> None:
    assert quoted("请打0999-5550123预约") == "请打0999-5550123预约"


def test_what_is_long_is_cut_and_that_is_said() -> None:
    said = quoted("合同过期，" * 100)
    assert said is not None and said.endswith("（没有说完，全文请看通知书）") and len(said) <= LONGEST + 20
    assert quoted("合同过期" * 50, most=400) == "合同过期" * 50
    assert (named("很长的名字" * 20) or "").endswith("…")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (NUMBER, "SLS2****0087"),
        ("110412", "1****2"),
        ("12", "****"),
        ("", "****"),
        ("市监许字〔2026〕第0087号", "市监许字****087号"),
        ("{x}\n<b>0123456789", "x****6789"),
    ],
)
def test_a_number_is_never_whole(number: str, shown: str) -> None:
    assert shown_number(number) == shown


@pytest.mark.parametrize(
    "phone", ["12345", "0999-5550123", "（0999）5550123", "0999-5550123转8", "0999-5550123、5550124"]
)
def test_an_offices_phone(phone: str) -> None:
    assert office_phone(phone)


@pytest.mark.parametrize(
    "phone", [None, "", "null", "无", "13800138000", "请到窗口", "1", "110105194912310021", "{phone}"]
)
def test_no_phone_to_call_an_office_at(phone: str | None) -> None:
    assert office_phone(phone) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EX0000000001", "EX0000000001"),
        ("ＳＦ１２３ ４５", "SF12345"),
        ("单号:123-4。", "123-4"),
        ("", None),
        ("—", None),
        (None, None),
        ("None", None),
        ("暂无", None),
        ("11010519491231002X", None),
        ("单号 13800138000", None),
    ],
)
def test_a_parcels_number(text: str | None, number: str | None) -> None:
    assert tracking(text) == number


@given(st.text(max_size=300))
def test_any_text_is_quoted_or_left_out(text: str) -> None:
    for said in (quoted(text, NUMBER), named(text, NUMBER)):
        if said is not None:
            assert said.strip() == said and said and not set("{}<>\n\r") & set(said)
            assert said[-1] not in "，。；：、！？,.;:!?" and said[0] not in "，。；：、！？"
