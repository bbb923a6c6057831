"""Which day a question is about, asked on Tuesday 24 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text import normalise, numerals
from knowledge_base.answering.days import AskedDays, asked_days, only_a_day

TUESDAY = date(2026, 11, 24)


def read(text: str, today: date = TUESDAY) -> AskedDays:
    return asked_days(numerals(normalise(text)), today)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天开门吗", ["2026-11-24"]),
        ("今儿开不开", ["2026-11-24"]),
        ("明天上午有人没", ["2026-11-25"]),
        ("聽日開唔開門", ["2026-11-25"]),
        ("后天呢", ["2026-11-26"]),
        ("大后天办公不", ["2026-11-27"]),
        ("星期三上班吗", ["2026-11-25"]),
        ("周二呢", ["2026-11-24"]),
        ("礼拜天有人吗", ["2026-11-29"]),
        ("週六開門嗎", ["2026-11-28"]),
        ("这周一", ["2026-11-23"]),
        ("下周一", ["2026-11-30"]),
        ("下下周三", ["2026-12-09"]),
        ("周末上班吗", ["2026-11-28", "2026-11-29"]),
        ("双休日呢", ["2026-11-28", "2026-11-29"]),
        ("下周末", ["2026-12-05", "2026-12-06"]),
        ("12月31号", ["2026-12-31"]),
        ("十二月三十一号开门不", ["2026-12-31"]),
        ("1月5日", ["2027-01-05"]),
        ("2027年2月1日", ["2027-02-01"]),
        ("31号开不开", ["2026-12-31"]),
        ("二十八号呢", ["2026-11-28"]),
        ("今天和明天", ["2026-11-24", "2026-11-25"]),
    ],
)
def test_days(text: str, days: list[str]) -> None:
    assert [day.isoformat() for day in read(text).days] == days


@pytest.mark.parametrize(
    "text",
    [
        "三号窗口在哪",
        "2号线怎么坐",
        "中心街3号",
        "以后天天来",
        "然后天黑了",
        "今后怎么办",
        "一周几天",
        "第二周",
        "2月30号",
        "明儿子的户口",
        "周日期",
        "要三天",
        "20个工作日",
    ],
)
def test_no_day(text: str) -> None:
    assert read(text) == AskedDays()


@pytest.mark.parametrize(
    ("text", "holidays"),
    [
        ("国庆开门吗", ("national",)),
        ("十一上班吗", ("national",)),
        ("十一岁的孩子", ()),
        ("过年期间有人吗", ("spring",)),
        ("五一放假吗", ("labour",)),
        ("节假日开不开", ("any",)),
        ("中秋国庆", ("moon", "national")),
    ],
)
def test_holidays(text: str, holidays: tuple[str, ...]) -> None:
    assert read(text).holidays == holidays


@pytest.mark.parametrize("text", ["现在开着吗", "这会儿有人没", "下班了没", "关门了吗"])
def test_now(text: str) -> None:
    assert read(text).now


def test_noon() -> None:
    assert read("中午休息吗").noon and not read("中国").noon


@pytest.mark.parametrize(
    "text", ["国庆呢", "那周末上班吗", "12月31号开不开门", "现在开着吗", "明天可以去办吗", "中午有人吗"]
)
def test_only_a_day(text: str) -> None:
    assert only_a_day(normalise(text))


@pytest.mark.parametrize(
    "text", ["春节前能办好身份证吗", "开门", "多少钱", "今天要带什么", "明天结婚", "国庆节放假规定", ""]
)
def test_more_than_a_day(text: str) -> None:
    assert not only_a_day(normalise(text))


@given(
    st.text("今明后天周星期礼拜一二三十日末号月下这个0123456789年", max_size=12),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_any_text(text: str, today: date) -> None:
    found = asked_days(text, today)
    assert len(found.days) <= 3 and len(set(found.days)) == len(found.days)
    only_a_day(text)


@pytest.mark.parametrize("text", ["你们局长多大年纪", "多大年龄能办", "5年级能转学吗"])
def test_an_age_is_no_new_year(text: str) -> None:
    assert not asked_days(text, date(2026, 11, 24)).any
