"""Months at the office."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from insights.months import Month, NoMonth


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "1999-10", "2026-10-01", "", "２０２６-10"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(NoMonth):
        Month.parse(text)


def test_neighbours_and_days() -> None:
    january, february = Month.parse("2028-01"), Month.parse("2028-02")
    assert (str(january.before), str(january.year_before)) == ("2027-12", "2027-01")
    assert str(february.first) == "2028-02-01" and str(february.last) == "2028-02-29"


def test_a_month_ends_at_midnight_of_the_office() -> None:
    midnight = datetime(2026, 10, 31, 16, tzinfo=timezone.utc)
    october = Month.parse("2026-10")
    assert october.until == midnight and october.is_over(midnight)
    before = midnight - timedelta(microseconds=1)
    assert not october.is_over(before)
    assert (str(Month.last_complete(before)), str(Month.last_complete(midnight))) == ("2026-09", "2026-10")
