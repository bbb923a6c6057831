"""Whether a hall is open on the days asked for: yes or no first, then when it is open next."""

from __future__ import annotations

from datetime import date, time

import pytest
from small_town import MONDAY, units

from foundation.text import normalise, numerals
from knowledge_base.answering.days import asked_days
from knowledge_base.answering.opening_days import Opening
from knowledge_base.model import Office
from knowledge_base.model.office import SpecialDays

HOLIDAYS = {date(2026, 12, 1): "国庆节", date(2026, 12, 2): "国庆节", date(2026, 12, 24): "中秋"}


def is_workday(day: date) -> bool | None:
    """Nothing is announced for 2027."""
    return None if day.year > 2026 else day.weekday() < 5 and day not in HOLIDAYS


def lines(text: str, id: str = "town-hall", today: date = MONDAY, now: time | None = None) -> list[str]:
    office = units()[id]
    assert isinstance(office, Office)
    opening = Opening(office, today, is_workday, HOLIDAYS.get)
    return opening.lines(asked_days(numerals(normalise(text)), today), now)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("今天开门吗", ["今天（11月23日，周一）开门，时间是9:00–12:00，13:30–17:00。"]),
        ("明天呢", ["明天（11月24日，周二）开门，时间是9:00–12:00，13:30–17:00。"]),
        ("周六有人吗", ["11月28日（周六）开门，时间是9:00–11:00。"]),
        (
            "大后天开不开",
            ["大后天（11月26日，周四）不开门，线路检修。", "最近开门的是11月28日（周六），时间是9:00–11:00。"],
        ),
        (
            "周末上班吗",
            ["11月28日（周六）开门，时间是9:00–11:00。", "11月29日（周日）不开门。"],
        ),
        ("1月4号开吗", ["2027年1月4日（周一）是否开门，以大厅通知为准，请先打电话问一下。"]),
        ("元旦开不开门", ["元旦2027年1月1日（周五）是否开门，以大厅通知为准，请先打电话问一下。"]),
        ("春节开门吗", ["春节是否开门，以大厅通知为准，请先打电话问一下。"]),
        ("国庆上班吗", ["国庆节12月1日（周二）至12月2日（周三）不开门。"]),
        ("中秋节呢", ["中秋节12月24日（周四）不开门。"]),
        ("节假日开吗", ["国家法定节假日不开门，调休补班的日子开门。个别日子可能调整，以大厅通知为准。"]),
        ("中午休息吗", ["中午12:00至13:30休息，不办事。"]),
        ("怎么走", []),
    ],
)
def test_days(text: str, said: list[str]) -> None:
    assert lines(text) == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (time(8, 59), ["现在还没开门，今天9:00开门。"]),
        (time(9), ["现在开着，今天的时间是9:00–12:00，13:30–17:00。"]),
        (time(12), ["现在是中间休息时间，今天13:30再开门。"]),
        (time(13, 30), ["现在开着，今天的时间是9:00–12:00，13:30–17:00。"]),
        (time(17), ["今天已经下班了。", "最近开门的是明天（11月24日，周二），时间是9:00–12:00，13:30–17:00。"]),
        (None, ["今天（11月23日，周一）开门，时间是9:00–12:00，13:30–17:00。"]),
    ],
)
def test_now(now: time | None, said: list[str]) -> None:
    assert lines("现在开着吗", now=now) == said


def test_now_on_a_closed_day() -> None:
    sunday = date(2026, 11, 29)
    found = lines("现在开着吗", today=sunday, now=time(10))
    assert found[0] == "今天（11月29日，周日）不开门。" and found[1].startswith("最近开门的是明天（11月30日，周一）")


def test_an_announcement_names_the_holiday() -> None:
    office = units()["town-hall"]
    days = SpecialDays(first=date(2027, 2, 5), last=date(2027, 2, 11), reason="春节放假")
    announced = office.copy(update={"exceptions": (days,)})
    assert isinstance(announced, Office)
    found = Opening(announced, MONDAY, is_workday, HOLIDAYS.get).lines(asked_days("过年开门吗", MONDAY), None)
    assert found == ["春节2027年2月5日（周五）至2027年2月11日（周四）不开门。"]


def test_days_of_a_holiday_that_differ_are_told_one_by_one() -> None:
    found = lines("国庆开门吗", id="harbour-office", today=date(2026, 11, 23))
    assert found == ["国庆节12月1日（周二）至12月2日（周三）不开门。"]
    office = units()["town-hall"].copy(
        update={"exceptions": (SpecialDays(first=date(2026, 12, 1), last=date(2026, 12, 1), shifts=("10:00-11:00",)),)}
    )
    assert isinstance(office, Office)
    found = Opening(office, MONDAY, is_workday, HOLIDAYS.get).lines(asked_days("国庆开门吗", MONDAY), None)
    assert found == ["12月1日（周二）开门，时间是10:00–11:00。", "12月2日（周三）不开门。"]
