"""What an address of figures asks for, whatever somebody writes into it."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.insights.asked import MOST_DAYS, NOBODY, PERIODS, asked

TODAY = date(2026, 3, 5)
TEXTS = st.one_of(st.text(max_size=30), st.dates().map(str), st.sampled_from([*PERIODS, NOBODY, "web"]))
NAMES = ("period", "since", "until", "channel", "region", "department", "page")


@pytest.mark.parametrize(
    "period, since",
    [("today", "2026-03-05"), ("days7", "2026-02-27"), ("days30", "2026-02-04"), ("month", "2026-03-01"),
     ("year", "2026-01-01")],
)  # fmt: skip
def test_periods_end_today(period: str, since: str) -> None:
    found = asked({"period": period, "since": "2020-01-01", "until": "2020-01-02"}, TODAY)
    assert (str(found.scope.since), found.scope.until, found.period) == (since, TODAY, period)


def test_a_day_is_as_long_as_the_office_has_it() -> None:
    found = asked({"since": "2026-03-01", "until": "2026-03-01"}, TODAY)
    assert found.since.isoformat() == "2026-03-01T00:00:00+08:00" and found.until - found.since == timedelta(days=1)


@given(st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_whatever_is_written_is_a_scope_and_its_address_asks_for_the_same(given: dict[str, str]) -> None:
    found = asked(given, TODAY)
    scope = found.scope
    assert scope.since <= scope.until <= TODAY and (scope.until - scope.since).days <= MOST_DAYS
    again = asked(dict(parse_qsl(found.query(decision="refused"))), TODAY)
    assert again.scope == scope and again.period == found.period and not again.mended


def test_none_is_not_everything() -> None:
    assert asked({"department": NOBODY}, TODAY).scope.department == ""
    assert asked({"department": ""}, TODAY).scope.department is None
