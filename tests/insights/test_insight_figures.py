"""Figures: a turn is counted on its day and hour at the office, once, and by what came of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from foundation.clock import CHINA
from foundation.database import Database
from insights import figures, recording
from insights.counting import Count
from insights.figures import Scope
from insights.recording import Turn

DAY = date(2026, 11, 23)
WEEK = Scope(DAY, DAY + timedelta(days=6))


def turn(day: int = 0, hour: int = 9, minute: int = 0, **more: Any) -> Turn:
    at = datetime(2026, 11, 23, hour, minute, tzinfo=CHINA) + timedelta(days=day)
    plain = {
        "conversation": "web:a",
        "channel": "web",
        "question": "护照多少钱",
        "kind": "item",
        "decision": "answered",
    }
    return Turn(at=at, **{**plain, **more})


@pytest.fixture
def a_week(database: Database) -> Database:
    told = [
        turn(hour=0, unit_kind="item", unit_id="passport", aspect="fee", department="公安局", milliseconds=30),
        turn(hour=23, minute=59, kind="fallback", decision="refused", mood="annoyed", milliseconds=50),
        turn(1, kind="options", decision="options", region="990101", channel="wechat"),
        turn(1, kind="handover", decision="other", handover=True, mood="distressed"),
        turn(2, kind="smalltalk", rating=2, question="2"),
        turn(2, kind="smalltalk", rating=5, question="5"),
        turn(7), turn(-1, 23, 59),
    ]  # fmt: skip
    with database.write() as tx:
        for one in told:
            recording.write(tx, one)
    return database


def test_all_of_a_week(a_week: Database) -> None:
    with a_week.read() as tx:
        found = figures.total(tx, WEEK)
        assert found == Count(
            turns=6, answered=3, options=1, refused=1, other=1, handovers=1, annoyed=1, distressed=1, rated=2, score=7,
            bad=1, milliseconds=80, timed=2,
        )  # fmt: skip
        assert (found.mean_score, found.bad_share, found.mean_milliseconds) == (3.5, 0.5, 40)
        assert figures.total(tx, Scope(DAY, DAY, region="990101")) == Count()


def test_days_and_hours_are_those_of_the_office(a_week: Database) -> None:
    with a_week.read() as tx:
        assert [one.turns for one in figures.by_day(tx, WEEK).values()] == [2, 2, 2, 0, 0, 0, 0]
        hours = figures.by_hour(tx, WEEK)
        assert {hour: one.turns for hour, one in hours.items() if one.turns} == {0: 1, 9: 4, 23: 1}
        months = figures.by_month(tx, Scope(date(2026, 10, 31), date(2026, 12, 1)))
        assert {month.month: one.turns for month, one in months.items()} == {10: 0, 11: 8, 12: 0}


def test_by_what_turns_have_and_what_has_none(a_week: Database) -> None:
    with a_week.read() as tx:
        assert {key: one.turns for key, one in figures.by_channel(tx, WEEK).items()} == {"web": 5, "wechat": 1}
        assert {key: one.turns for key, one in figures.by_region(tx, WEEK).items()} == {"": 5, "990101": 1}
        assert {key: one.turns for key, one in figures.by_department(tx, WEEK).items()} == {"": 5, "公安局": 1}
        assert list(figures.by_unit(tx, WEEK)) == [("item", "passport")]
        assert {key: one.turns for key, one in figures.by_aspect(tx, WEEK).items()} == {"": 5, "fee": 1}
        assert figures.total(tx, Scope(DAY, DAY, department="公安局")).turns == 1
        assert figures.total(tx, Scope(DAY, DAY, region="")).turns == 2


def test_the_questions_behind_a_figure(a_week: Database) -> None:
    with a_week.read() as tx:
        everything = figures.questions(tx, WEEK)
        assert [one.at for one in everything] == sorted((one.at for one in everything), reverse=True)
        first = figures.questions(tx, WEEK, most=4)
        assert first + figures.questions(tx, WEEK, after=first[-1].id) == everything
        assert [one.unit for one in figures.questions(tx, WEEK, aspect="fee", hour=0)] == [("item", "passport")]
        assert [one.rating for one in figures.questions(tx, WEEK, bad=True)] == [2]
        assert [one.mood for one in figures.questions(tx, WEEK, handover=True)] == ["distressed"]
        assert [one.decision for one in figures.questions(tx, WEEK, mood="annoyed", decision="refused")] == ["refused"]
        assert [one.channel for one in figures.questions(tx, Scope(DAY, WEEK.until, channel="wechat"))] == ["wechat"]
