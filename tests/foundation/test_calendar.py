from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.calendar import WorkCalendar, add_natural_days
from foundation.errors import ConfigError

FILE = """
2027:
  holidays:
    元旦: [2027-01-01]
    春节: 2027-02-05..2027-02-11
  workdays: [2027-02-14]
2026:
  holidays:
    本地闭馆: [2026-11-25]
"""


@pytest.fixture
def extended(tmp_path: Path) -> WorkCalendar:
    file = tmp_path / "calendar.yml"
    file.write_text(FILE, encoding="utf-8")
    return WorkCalendar(file)


def test_announced_years() -> None:
    calendar = WorkCalendar()
    assert calendar.is_workday(date(2026, 11, 23)) is True
    assert calendar.is_workday(date(2026, 11, 22)) is False
    assert calendar.is_workday(date(2026, 10, 1)) is False
    assert calendar.is_workday(date(2026, 2, 14)) is True  # a Saturday that makes up for Spring Festival
    assert calendar.holiday_name(date(2026, 10, 1)) == "国庆节"
    assert calendar.holiday_name(date(2026, 2, 14)) is None
    assert calendar.holiday_name(date(2026, 11, 22)) is None


def test_years_not_announced_are_unknown() -> None:
    calendar = WorkCalendar()
    assert calendar.is_workday(date(2027, 3, 1)) is None
    assert calendar.holiday_name(date(2027, 1, 1)) is None
    assert calendar.add_working_days(date(2026, 12, 25), 4) == date(2026, 12, 31)
    assert calendar.add_working_days(date(2026, 12, 25), 5) is None


def test_the_operators_file_extends_and_overrides(extended: WorkCalendar) -> None:
    assert extended.is_workday(date(2027, 1, 1)) is False
    assert extended.is_workday(date(2027, 2, 8)) is False
    assert extended.holiday_name(date(2027, 2, 11)) == "春节"
    assert extended.is_workday(date(2027, 2, 14)) is True
    assert extended.is_workday(date(2027, 2, 13)) is False
    assert extended.is_workday(date(2027, 3, 1)) is True
    assert extended.is_workday(date(2028, 3, 1)) is None
    assert extended.is_workday(date(2026, 11, 25)) is False
    assert extended.add_working_days(date(2026, 11, 24), 1) == date(2026, 11, 26)
    assert extended.add_working_days(date(2027, 2, 4), 2) == date(2027, 2, 14)


@pytest.mark.parametrize(
    "text",
    [
        "2027: [1]", "2027: {holidays: {元旦: 昨天}}", "a: {}", "2027: {feiertage: {}}", "[", "2027: {workdays: [1]}",
        "2027: {holidays: {春节: 2027-02-11..2027-02-05}}", "- 2027",
        "2027: {holidays: {元旦: [2027-01-04]}, workdays: [2027-01-04]}",
    ],
)  # fmt: skip
def test_a_malformed_file_is_named_with_the_cure(tmp_path: Path, text: str) -> None:
    file = tmp_path / "calendar.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"calendar\.yml"):
        WorkCalendar(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yml"):
        WorkCalendar(tmp_path / "none.yml")


@given(st.dates(date(2010, 1, 1), date(2025, 1, 1)), st.integers(0, 60))
def test_the_period_holds_just_that_many_working_days(start: date, n: int) -> None:
    calendar = WorkCalendar()
    end = calendar.add_working_days(start, n)
    assert end is not None
    days = [start + timedelta(days=d) for d in range(1, (end - start).days + 1)]
    assert sum(bool(calendar.is_workday(day)) for day in days) == n
    assert n == 0 or calendar.is_workday(end)


def test_natural_days_count_from_the_next_day() -> None:
    assert add_natural_days(date(2026, 11, 23), 30) == date(2026, 12, 23)
