from __future__ import annotations

from datetime import date

import pytest
from small_town import MONDAY, units

from knowledge_base.answering.office_wording import shifts_on, today, weekly_hours, word_office, word_shifts
from knowledge_base.model import Office
from knowledge_base.model.office import WEEKDAYS

HOLIDAY, MADE_UP_SATURDAY, UNKNOWN = date(2026, 12, 1), date(2026, 12, 12), date(2029, 1, 8)


def calendar(day: date) -> bool | None:
    """One holiday, one Saturday that makes up for it, and nothing known of 2029."""
    if day.year >= 2029:
        return None
    return day == MADE_UP_SATURDAY or (day.weekday() < 5 and day != HOLIDAY)


def office(id: str = "town-hall") -> Office:
    found = units()[id]
    assert isinstance(found, Office)
    return found


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (MONDAY, "今天（11月23日，周一）开门，时间是9:00–12:00，13:30–17:00。"),
        (date(2026, 11, 28), "今天（11月28日，周六）开门，时间是9:00–11:00。"),
        (date(2026, 11, 29), "今天（11月29日，周日）不开门。"),
        (date(2026, 11, 26), "今天（11月26日，周四）不开门，线路检修。"),
        (date(2026, 11, 27), "今天（11月27日，周五）不开门，线路检修。"),
        (date(2026, 12, 5), "今天（12月5日，周六）开门，时间是10:00–11:00。"),
        (HOLIDAY, "今天（12月1日，周二）不开门。"),
        (MADE_UP_SATURDAY, "今天（12月12日，周六）开门，时间是9:00–12:00，13:30–17:00。"),
        (UNKNOWN, "今天（1月8日，周一）是否开门，以大厅通知为准，请先打电话问一下。"),
    ],
)
def test_today(day: date, said: str) -> None:
    assert today(office(), day, calendar) == said


def test_a_make_up_saturday_of_a_hall_that_is_closed_on_mondays() -> None:
    open_at = {day: ["09:00-17:00"] for day in ("tue", "wed", "thu", "fri")}
    late = Office(id="o", name="厅", address="街", hours={**open_at, "sat": ["10:00-15:00"]})
    assert "开门，时间是10:00–15:00" in today(late, MADE_UP_SATURDAY, calendar)
    assert "不开门" in today(Office(id="o", name="厅", address="街", hours=open_at), MADE_UP_SATURDAY, calendar)


def test_a_hall_that_is_open_day_and_night() -> None:
    hall = Office(id="o", name="厅", address="街", hours={"mon": "00:00-24:00"})
    assert weekly_hours(hall) == "周一 0:00–24:00"


def test_an_office_that_does_not_follow_the_calendar() -> None:
    harbour = office("harbour-office")
    assert "开门，时间是8:00–10:00" in today(harbour, date(2029, 1, 6), calendar)
    assert "不开门" in today(harbour, MONDAY, calendar)


def test_an_announcement_goes_before_the_calendar() -> None:
    assert shifts_on(office(), date(2026, 11, 26), lambda day: None) == ((), "线路检修")


def test_weekly_hours() -> None:
    assert weekly_hours(office()) == "周一至周四 9:00–12:00，13:30–17:00；周五 9:00–12:00；周六 9:00–11:00"
    assert weekly_hours(office("harbour-office")) == "周六至周日 8:00–10:00"
    apart = Office(id="o", name="厅", address="街", hours={"mon": ["09:00-10:00"], "wed": ["09:00-10:00"]})
    assert weekly_hours(apart) == "周一 9:00–10:00；周三 9:00–10:00"
    assert weekly_hours(units()["dog-vaccine"]) == ""
    assert word_shifts([]) == ""


def test_everything_a_visitor_needs() -> None:
    lines = word_office(office(), MONDAY, calendar).splitlines()
    assert lines[0] == "【小镇政务大厅】" and lines[1].startswith("今天")
    assert {"地址：小镇中心街1号", "电话：0990-5555555", "预约：拨打电话预约", "交通：1路公交到镇政府站"} <= set(lines)


def test_what_is_not_known_is_left_out() -> None:
    bare = word_office(Office(id="o", name="厅", address="街"), MONDAY, calendar)
    assert "None" not in bare and "电话" not in bare and "时间：" not in bare


@pytest.mark.parametrize(
    ("aspect", "first", "left_out"),
    [("hours", "今天", "交通"), ("place", "地址", "预约"), ("contact", "电话", "交通"), ("online", "今天", None)],
)
def test_what_was_asked_comes_first(aspect: str, first: str, left_out: str | None) -> None:
    lines = word_office(office(), MONDAY, calendar, aspect=aspect).splitlines()
    assert lines[1].startswith(first)
    assert left_out is None or not any(line.startswith(left_out) for line in lines)


def test_a_weekend_inside_a_holiday_is_closed() -> None:
    every_day = office().copy(update={"hours": dict.fromkeys(WEEKDAYS, office().hours["mon"])})
    saturday = date(2026, 10, 3)
    in_october = {date(2026, 10, day) for day in range(1, 8)}
    assert shifts_on(every_day, saturday, lambda day: day.weekday() < 5 and day not in in_october) == ((), None)
    assert shifts_on(every_day, saturday, lambda day: day.weekday() < 5)[0]
