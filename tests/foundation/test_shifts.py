from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import ConfigError
from foundation.settings import Settings, load_settings
from foundation.shifts import DAY, Shift, parse_shifts


def test_shifts_are_read_as_people_write_them() -> None:
    usual = (Shift(540, 720), Shift(810, 1020))
    assert parse_shifts("09:00-12:00,13:30-17:00") == usual
    assert parse_shifts(" 9：00—12：00， 13:30至17:00 ") == usual
    assert parse_shifts("22:00-24:00") == (Shift(1320, DAY),)
    assert parse_shifts("") == parse_shifts("  ") == ()


@pytest.mark.parametrize(
    "text",
    ["9-12", "12:00-09:00", "09:00-09:00", "09:60-12:00", "20:00-25:00", "09:00-12:00,11:00-13:00", "09:00-12:00,",
     "13:30-17:00,09:00-12:00", "昼夜"],
)  # fmt: skip
def test_malformed_shifts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_shifts(text)


@given(st.lists(st.integers(0, DAY), unique=True, max_size=8).map(sorted))
def test_written_shifts_are_read_back(edges: list[int]) -> None:
    shifts = tuple(Shift(start, end) for start, end in zip(edges[::2], edges[1::2]))
    assert parse_shifts(",".join(map(str, shifts))) == shifts


@pytest.mark.parametrize("hours", ["9-5", " "])
def test_the_setting_is_checked_at_start(settings: Settings, hours: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_DESK_HOURS"):
        load_settings(_env_file=None, desk_hours=hours)
