"""Times and days, however a portal writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.portal import formats
from foundation.clock import CHINA

NINE_THIRTY = datetime(2026, 11, 26, 9, 30, tzinfo=CHINA)
FORMS = ["iso", "%Y%m%d%H%M%S", "%Y/%m/%d %H:%M", "milliseconds"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T09:30:00+08:00",
        "2026-11-26T01:30:00Z",
        "2026-11-26 09:30:00",
        "2026-11-26 09:30:00.0",
        "2026-11-26T09:30:00.000+0800",
        "2026-11-26T09:30",
        "20261126093000",
        "2026/11/26 09:30",
        "2026/11/26 9:30",
        "1795656600000",
        "1795656600000.0",
    ],
)
def test_the_same_instant_in_many_ways(text: str) -> None:
    assert formats.instant(text, FORMS, CHINA) == NINE_THIRTY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "无",
        "2026",
        "2026-13-01",
        "2026-11-31T00:00:00Z",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00",
        "9999-12-31 23:59:59",
        "202611260930",
        "9" * 15,
        "-1",
        "nan",
        "2026-11-26T09:30:00+99:99",
        "٢٠٢٦-11-26",
        "2026-11-26T09:30:00+08:00\n",
        "1e12",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert formats.instant(text, FORMS, CHINA) is None


def test_a_digit_too_few_is_not_guessed() -> None:
    assert formats.instant("2026112693000", ["%Y%m%d%H%M%S"], CHINA) is None


def test_a_day_of_an_instant_is_the_portals_day() -> None:
    assert formats.day("2026-11-25T23:00:00Z", FORMS, CHINA) == date(2026, 11, 26)
    assert formats.day("2026-11-26", FORMS, CHINA) == date(2026, 11, 26)
    assert formats.day("20261126", ["%Y%m%d"], CHINA) == date(2026, 11, 26)
    assert formats.day("2026112", ["%Y%m%d"], CHINA) is None
    assert formats.day("2026年1月5日", ["%Y年%m月%d日"], CHINA) == date(2026, 1, 5)


def test_seconds() -> None:
    assert formats.instant("1795656600", ["seconds"], CHINA) == NINE_THIRTY
    assert formats.instant("1795656600000", ["seconds", "milliseconds"], CHINA) == NINE_THIRTY


def test_a_leap_second_is_the_second_before() -> None:
    found = formats.instant("2016-12-31T23:59:60Z", ["iso"], CHINA)
    assert found == datetime(2016, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=timezone.utc)
    ),
    st.sampled_from(["iso", "seconds", "milliseconds", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%z"]),
)
def test_what_is_written_is_read_again(at: datetime, form: str) -> None:
    assert formats.instant(formats.written(at, form, CHINA), [form], CHINA) == at


@given(st.text(), st.lists(st.sampled_from([*FORMS, "seconds", "%Y%m%d"])))
def test_no_text_raises(text: str, forms: list[str]) -> None:
    formats.instant(text, forms, CHINA)
    formats.day(text, forms, CHINA)


@pytest.mark.parametrize("form", ["", "ISO", "YYYY-MM-DD", "%d.%m.", "%Y %b", "%Y%f", "%Y%", "%Y%-d"])
def test_formats_that_are_none(form: str) -> None:
    with pytest.raises(ValueError, match="pattern of"):
        formats.checked(form)


def test_zones() -> None:
    assert formats.offset("+08:00") == CHINA
    assert formats.offset("-03:30").utcoffset(None) == -timedelta(hours=3, minutes=30)
    for wrong in ("8", "Asia/Shanghai", "+0800", "+15:00", "+08:60"):
        with pytest.raises(ValueError, match="offset"):
            formats.offset(wrong)
