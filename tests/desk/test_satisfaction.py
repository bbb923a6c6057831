"""What citizens thought of conversations with people, what became of bad ratings, and what is behind the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from desk_people import ask, hire
from sqlalchemy.engine import Connection

from desk import behind, figures, handovers, ratings, satisfaction, tasks
from desk.hours import Hours
from desk.part import Part
from desk.ratings import NewRating
from desk.satisfaction import LookedInto
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from foundation.database import Database
from foundation.shifts import parse_shifts

HOURS = Hours(parse_shifts("09:00-12:00,13:30-17:00"), WorkCalendar().is_workday)


def at(text: str) -> datetime:
    """A moment of November 2026 at the office."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHINA)


SINCE, UNTIL, NOW = at("23 00:00"), at("25 00:00"), at("26 09:00")


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        for name in ("wang", "li"):
            hire(tx, name, now=at("20 16:00"))
        yield tx


def talked(
    tx: Connection, who: str, begun: datetime, account: str = "wang", score: int | None = None, **fields: str
) -> int:
    """A conversation of ten minutes, rated at its end where there is a score; its id."""
    found = ask(tx, who, begun, **fields)
    handovers.take(tx, found.id, account, begun + timedelta(minutes=5))
    handovers.close(tx, found.id, account, "answered", "", begun + timedelta(minutes=10))
    if score is not None:
        given, due = begun + timedelta(minutes=11), begun + timedelta(days=1)
        ratings.rate(tx, NewRating(who, "web", score, handover=found.id, comment="太慢"), due, given)
    return found.id


def test_scores_by_day_department_and_agent(tx: Connection) -> None:
    talked(tx, "a", at("23 09:00"), score=5, department="户政")
    talked(tx, "b", at("23 10:00"), score=2, department="户政")
    talked(tx, "c", at("24 10:00"), account="li", score=4, department="社保")
    talked(tx, "d", at("24 11:00"))
    talked(tx, "e", at("25 10:00"), score=1)
    robot = NewRating("web:f", "web", 1, subject="robot:2026-11-23")
    ratings.rate(tx, robot, NOW, at("23 12:00"))
    whole = satisfaction.overall(tx, SINCE, UNTIL)
    assert (dict(whole.by_score), whole.rated, whole.bad) == ({5: 1, 2: 1, 4: 1}, 3, 1)
    assert whole.mean == pytest.approx(11 / 3)
    daily = satisfaction.by_day(tx, SINCE, UNTIL)
    assert {day.day: one.rated for day, one in daily.items()} == {23: 2, 24: 1}
    assert {name: one.mean for name, one in satisfaction.by_department(tx, SINCE, UNTIL).items()} == {
        "户政": 3.5, "社保": 4.0,
    }  # fmt: skip
    assert {name: one.bad for name, one in satisfaction.by_agent(tx, SINCE, UNTIL).items()} == {"wang": 1, "li": 0}
    assert satisfaction.overall(tx, SINCE, UNTIL, Part(department="社保")).by_score == {4: 1}
    assert satisfaction.overall(tx, SINCE, UNTIL, Part(channel="wechat")).mean is None


def test_what_became_of_bad_ratings(tx: Connection) -> None:
    for number, (day, finished) in enumerate((("23", 2), ("23", 30), ("23", None), ("24", None))):
        who, begun = f"c{number}", at(f"{day} {9 + number:02}:00")
        talked(tx, who, begun, score=1, department="户政")
        if finished is not None:
            task = max(tasks.listing(tx), key=lambda one: one.id)
            tasks.take(tx, task.id, "wang", begun + timedelta(hours=1))
            tasks.done(tx, task.id, "wang", "called", begun + timedelta(hours=finished))
    ratings.rate(tx, NewRating("web:r", "web", 2, subject="robot:2026-11-24"), NOW + timedelta(days=1), at("24 15:00"))
    found = satisfaction.looked_into(tx, SINCE, UNTIL, NOW)
    assert found == {
        "户政": LookedInto(opened=4, in_time=1, late=1, open=2, overdue=2),
        "": LookedInto(opened=1, open=1),
    }
    assert set(satisfaction.looked_into(tx, SINCE, UNTIL, NOW, Part(region=""))) == {"户政"}  # a person's, no region

    def listed(which: str, part: Part = Part()) -> list[tuple[str, int | None, bool]]:
        rows = behind.complaints(tx, SINCE, UNTIL, NOW, part, which=which)
        return [(one.how, one.score, one.of_person) for one in rows]

    assert listed("open") == [("open", 2, False), ("overdue", 1, True), ("overdue", 1, True)]
    assert listed("in_time") == [("in_time", 1, True)] and listed("late") == [("late", 1, True)]
    assert len(listed("")) == 5 and len(listed("", Part(department="户政"))) == 4
    first = behind.complaints(tx, SINCE, UNTIL, NOW, most=2)
    rest = behind.complaints(tx, SINCE, UNTIL, NOW, before=first[-1].id)
    assert [one.id for one in (*first, *rest)] == [one.id for one in behind.complaints(tx, SINCE, UNTIL, NOW)]


def test_the_conversations_behind_a_figure(tx: Connection) -> None:
    first = talked(tx, "a", at("23 09:00"), score=5, department="户政")
    second = talked(tx, "b", at("23 11:58"), account="li", score=2)
    gone = ask(tx, "gone", at("24 09:00"))
    handovers.withdraw(tx, gone.id, at("24 09:03"), "gone")
    before = talked(tx, "before", at("22 23:59"), account="li", score=1)  # rated on the 23rd

    def ids(**which: object) -> list[int]:
        return [one.id for one in behind.talks(tx, SINCE, UNTIL, HOURS, **which)]  # type: ignore[arg-type]

    assert ids() == [gone.id, second, first]
    assert ids(left=True) == [gone.id] and ids(part=Part(department="户政")) == [first]
    assert ids(account="li") == [before, second] and ids(account="wang") == [first]
    assert ids(scores=(1, 2)) == [before, second] and ids(scores=(1, 2), account="wang") == []
    assert ids(most=2) == [gone.id, second] and ids(before=second) == [first]
    one = behind.talks(tx, SINCE, UNTIL, HOURS, before=gone.id)[0]
    assert (one.account, one.wait, one.score) == ("li", 2 * 60.0, 2)  # the lunch does not count
    assert figures.overall(tx, SINCE, UNTIL, HOURS, Part(department="户政")).handovers == 1
    assert [one.account for one in figures.by_agent(tx, SINCE, UNTIL, HOURS, Part(department="户政"))] == ["wang"]
    grouped = figures.grouped(tx, SINCE, UNTIL, HOURS)
    assert grouped.overall == figures.overall(tx, SINCE, UNTIL, HOURS)
    assert grouped.by_day == figures.by_day(tx, SINCE, UNTIL, HOURS)
    assert grouped.by_department == figures.by_department(tx, SINCE, UNTIL, HOURS)
    assert {month.month: one.handovers for month, one in grouped.by_month.items()} == {11: 3}
