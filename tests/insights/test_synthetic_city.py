"""The city that tests ask about: the same for the same seed, and what is planted in it is there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from synthetic_city import City, Planted, store

from foundation.clock import CHINA
from foundation.database import Database
from insights import figures
from insights.figures import Scope

FIRST = date(2026, 10, 12)
"""A Monday."""
TUESDAY = datetime(2026, 10, 13, tzinfo=CHINA)


def week(city: City, turns: int = 40_000) -> pd.DataFrame:
    return pd.concat(list(city.days(FIRST, 7, turns)), ignore_index=True)


def test_the_same_seed_asks_the_same() -> None:
    assert_frame_equal(week(City(seed=3)), week(City(seed=3)))
    assert not week(City(seed=3)).equals(week(City(seed=4)))


def test_a_week_has_its_days_and_hours() -> None:
    rows = week(City())
    assert len(rows) == 40_000
    local = rows["at"] + timedelta(hours=8)
    assert (local.dt.date == FIRST).sum() > 2 * (local.dt.date == FIRST + timedelta(days=5)).sum()
    assert (local.dt.hour == 9).sum() > 20 * (local.dt.hour == 3).sum()
    assert rows["unit_id"].value_counts().iloc[0] > 20 * rows["unit_id"].value_counts().median()


@pytest.mark.parametrize("factor", [0.0, 1.0, 30.0])
def test_what_is_planted_is_there_and_nothing_else_changes(factor: float) -> None:
    plain = City()
    unit, region = plain.units[0], "990102"
    planted = City(planted=[Planted(unit, region, TUESDAY + timedelta(hours=9), 3, factor)])
    before, after = week(plain), week(planted)

    def mine(rows: pd.DataFrame) -> pd.Series:
        local = rows["at"] + timedelta(hours=8)
        at = (local.dt.date == TUESDAY.date()) & local.dt.hour.isin((9, 10, 11))
        return at & (rows["unit_id"] == unit[1]) & (rows["region"] == region)

    size = len(before[(before["at"] + timedelta(hours=8)).dt.date == TUESDAY.date()])
    usual = sum(plain.expected(unit, region, TUESDAY + timedelta(hours=hour), size) for hour in (9, 10, 11))
    found = mine(after).sum()
    assert abs(found - factor * usual) <= 5 * (factor * usual) ** 0.5
    assert_frame_equal(before[~mine(before)].reset_index(drop=True), after[~mine(after)].reset_index(drop=True))


def test_what_is_stored_is_what_was_asked(database: Database) -> None:
    rows = City().day(FIRST, 500)
    store(database, rows)
    with database.read() as tx:
        told = figures.questions(tx, Scope(FIRST, FIRST), most=1000)
    assert [one.question for one in reversed(told)] == rows["question"].tolist()
    assert [one.at.replace(tzinfo=None) for one in reversed(told)] == rows["at"].dt.to_pydatetime().tolist()
    assert [one.handover for one in reversed(told)] == rows["handover"].tolist()
