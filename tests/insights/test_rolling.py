"""Every figure is what pandas works out from the same rows, whatever has been rolled up, and after turns are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from synthetic_city import CHANNELS, DISTRICTS, City, store

from foundation.clock import CHINA
from foundation.database import Database
from insights import figures, rolling
from insights.figures import Count, Scope
from insights.local_time import end
from insights.rollups import rolled_days, rollups
from insights.turns import turns

FIRST, DAYS = date(2026, 9, 18), 31
LAST = FIRST + timedelta(days=DAYS - 1)
NOW = datetime(2026, 10, 19, 1, 30, tzinfo=CHINA)
"""In the night after the last day: it can be counted by now."""
SIZES = [10_000, pytest.param(300_000, marks=pytest.mark.long)]
CITY = City(seed=5)
DEPARTMENTS = ["", *sorted({CITY.department(unit) for unit in CITY.units})]
SCOPES = st.builds(
    lambda begin, length, channel, region, department: Scope(
        FIRST + timedelta(days=begin), FIRST + timedelta(days=begin + length), channel, region, department
    ),
    st.integers(-3, DAYS),
    st.integers(0, DAYS + 2),
    st.none() | st.sampled_from([*CHANNELS, "none"]),
    st.none() | st.sampled_from(["", *DISTRICTS]),
    st.none() | st.sampled_from(DEPARTMENTS),
)
ALL = Scope(FIRST, LAST)


@pytest.fixture(scope="module", params=SIZES)
def rows(request: pytest.FixtureRequest) -> pd.DataFrame:
    """A month as rows, with day and hour at the office, ids, and "" where something is missing."""
    frame = pd.concat(list(CITY.days(FIRST, DAYS, request.param)), ignore_index=True)
    local = frame["at"] + timedelta(hours=8)
    extra = {"id": frame.index + 1, "day": local.dt.date, "hour": local.dt.hour}
    texts = {name: frame[name].fillna("") for name in ("region", "department", "aspect")}
    return frame.assign(**extra, **texts)


@pytest.fixture
def city(database: Database, rows: pd.DataFrame) -> Database:
    """The same month in a database."""
    texts = {name: rows[name].where(rows[name] != "", None) for name in ("region", "department", "aspect")}
    store(database, rows.assign(**texts))
    return database


def examples(rows: pd.DataFrame, number: int) -> int:
    """Fewer where each takes seconds."""
    return number if len(rows) < 100_000 else number // 3


def of_pandas(rows: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    mine = rows[(rows["day"] >= scope.since) & (rows["day"] <= scope.until)]
    for name in ("channel", "region", "department"):
        if getattr(scope, name) is not None:
            mine = mine[mine[name] == getattr(scope, name)]
    return mine


def counted(rows: pd.DataFrame, by: Any) -> dict[Any, Count]:
    """By a column, or by several."""
    flags = pd.DataFrame(
        {
            "turns": 1,
            **{one: rows["decision"] == one for one in ("answered", "options", "refused", "other")},
            "handovers": rows["handover"],
            **{one: rows["mood"] == one for one in ("annoyed", "distressed", "pleased")},
            "rated": rows["rating"].notna(),
            "score": rows["rating"].fillna(0),
            "bad": rows["rating"].isin((1, 2)),
            "milliseconds": rows["milliseconds"].fillna(0),
            "timed": rows["milliseconds"].notna(),
        },
        index=rows.index,
    ).astype(int)
    found = flags.groupby([rows[one] for one in by] if isinstance(by, list) else rows[by]).sum()
    return {key: Count(**{name: int(n) for name, n in row.items()}) for key, row in found.iterrows()}


def filled(found: dict[Any, Count], keys: Any) -> dict[Any, Count]:
    return {key: found.get(key, Count()) for key in keys}


def look_at_every_figure(database: Database, rows: pd.DataFrame, scope: Scope) -> None:
    mine = of_pandas(rows, scope)
    days = filled(counted(mine, "day"), scope.days())
    months = {day.replace(day=1) for day in scope.days()}
    by_month = counted(mine.assign(month=[day.replace(day=1) for day in mine["day"]]), "month")
    with database.read() as tx:
        assert figures.by_day(tx, scope) == days
        assert figures.by_month(tx, scope) == filled(by_month, sorted(months))
        assert figures.total(tx, scope) == sum(days.values(), Count())
        assert figures.by_hour(tx, scope) == filled(counted(mine, "hour"), range(24))
        assert figures.by_channel(tx, scope) == counted(mine, "channel")
        assert figures.by_region(tx, scope) == counted(mine, "region")
        assert figures.by_department(tx, scope) == counted(mine, "department")
        assert figures.by_unit(tx, scope) == counted(mine[mine["unit_id"].notna()], ["unit_kind", "unit_id"])
        by_aspect = figures.by_aspect(tx, scope)
        assert by_aspect == counted(mine, "aspect")
        assert [one.turns for one in by_aspect.values()] == sorted((n.turns for n in by_aspect.values()), reverse=True)


def all_scopes(database: Database, rows: pd.DataFrame, scopes: Any = SCOPES) -> None:
    @example(scope=ALL)
    @given(scope=scopes)
    @settings(max_examples=examples(rows, 12), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def look(scope: Scope) -> None:
        look_at_every_figure(database, rows, scope)

    look()


def roll_up(database: Database, days: Any = None, now: datetime = NOW) -> list[date]:
    with database.read() as tx:
        due = rolling.due(tx, now)
    for day in due if days is None else days:
        with database.read() as tx:
            counted = rolling.count(tx, day)
        with database.write() as tx:
            rolling.keep(tx, counted, now)
    return due


def test_every_figure_is_what_pandas_says(city: Database, rows: pd.DataFrame) -> None:
    all_scopes(city, rows)
    roll_up(city, [FIRST + timedelta(days=n) for n in (*range(14), 16, 20)])
    all_scopes(city, rows)
    assert roll_up(city) == [FIRST + timedelta(days=n) for n in range(14, DAYS) if n not in (16, 20)]
    all_scopes(city, rows)
    with city.write() as tx:
        tx.execute(delete(turns).where(turns.c.at < end(FIRST + timedelta(days=24))))
    assert roll_up(city) == []
    all_scopes(city, rows)


QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "hour": st.integers(0, 23),
        "unit": st.sampled_from([*CITY.units[:20], CITY.units[-1]]),
        "aspect": st.sampled_from(["", "materials", "basis"]),
        "decision": st.sampled_from(["answered", "options", "refused", "other"]),
        "handover": st.booleans(),
        "mood": st.sampled_from(["calm", "annoyed", "distressed"]),
        "bad": st.booleans(),
    },
)


@pytest.mark.parametrize("rolled", [False, True])
def test_the_questions_behind_every_figure(city: Database, rows: pd.DataFrame, rolled: bool) -> None:
    if rolled:
        roll_up(city, [FIRST + timedelta(days=n) for n in range(DAYS - 1)])

    @given(scope=SCOPES, narrowed=QUESTIONS)
    @settings(max_examples=examples(rows, 25), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def look(scope: Scope, narrowed: dict[str, Any]) -> None:
        mine = of_pandas(rows, scope)
        for name, value in narrowed.items():
            if name == "unit":
                mine = mine[(mine["unit_kind"] == value[0]) & (mine["unit_id"] == value[1])]
            elif name == "bad":
                mine = mine[mine["rating"].isin((1, 2) if value else (3, 4, 5))]
            else:
                mine = mine[mine[name] == value]
        expected = mine.sort_values(["at", "id"], ascending=False)["id"].tolist()
        with city.read() as tx:
            first = [one.id for one in figures.questions(tx, scope, **narrowed)]
            assert first == expected[:50]
            if first:
                behind = figures.questions(tx, scope, **narrowed, after=first[-1], most=7)
                assert [one.id for one in behind] == expected[50:57]

    look()


@pytest.fixture
def a_day(database: Database) -> Database:
    store(database, CITY.day(LAST, 60))
    return database


def kept(database: Database) -> Iterator[int]:
    with database.read() as tx:
        yield figures.total(tx, ALL).turns
        yield tx.execute(
            select(func.coalesce(func.sum(rollups.c.turns), 0)).where(rollups.c.cube == "day")
        ).scalar_one()


def test_a_day_is_counted_an_hour_after_its_end(a_day: Database) -> None:
    assert roll_up(a_day, now=datetime(2026, 10, 19, 0, 59, tzinfo=CHINA)) == []
    assert roll_up(a_day, now=datetime(2026, 10, 19, 1, 0, tzinfo=CHINA)) == [LAST]
    assert roll_up(a_day) == []


def test_who_is_second_changes_nothing(a_day: Database) -> None:
    with a_day.read() as tx:
        both = rolling.count(tx, LAST), rolling.count(tx, LAST)
    told = []
    for one in both:
        with a_day.write() as tx:
            told.append(rolling.keep(tx, one, NOW))
        told += kept(a_day)
    assert told == [True, 60, 8 * 60, False, 60, 8 * 60]


def test_turns_that_come_late_are_counted_soon(a_day: Database) -> None:
    roll_up(a_day)
    late = CITY.day(LAST, 5)
    store(a_day, late)
    assert roll_up(a_day) == [LAST]
    assert list(kept(a_day)) == [65, 8 * 65]


def test_what_is_killed_in_the_middle_leaves_the_day_as_it_was(a_day: Database) -> None:
    with a_day.read() as tx:
        counted = rolling.count(tx, LAST)
    with pytest.raises(KeyboardInterrupt), a_day.write() as tx:
        rolling.keep(tx, counted, NOW)
        raise KeyboardInterrupt
    assert list(kept(a_day)) == [60, 0]
    assert roll_up(a_day) == [LAST]
    assert list(kept(a_day)) == [60, 8 * 60]


def test_a_day_without_turns_is_done_once(a_day: Database) -> None:
    store(a_day, CITY.day(LAST - timedelta(days=2), 5))
    assert len(roll_up(a_day)) == 3
    assert roll_up(a_day) == []
    with a_day.read() as tx:
        assert tx.execute(select(rolled_days.c.turns).order_by(rolled_days.c.day)).scalars().all() == [5, 0, 60]


def test_a_day_whose_turns_have_gone_is_not_counted_again(a_day: Database) -> None:
    roll_up(a_day)
    with a_day.write() as tx:
        tx.execute(delete(turns).where(turns.c.id > 3))
    roll_up(a_day, [LAST])
    assert list(kept(a_day)) == [60, 8 * 60]


def test_an_empty_installation_has_figures(database: Database) -> None:
    assert roll_up(database) == []
    look_at_every_figure(database, pd.DataFrame(columns=ROW), ALL)


ROW = [column.name for column in turns.c] + ["day", "hour"]
