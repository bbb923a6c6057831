"""A small city, replayed: what is clearly visible is found within the hour, and nothing else is reported."""

from __future__ import annotations

from datetime import timedelta

import pytest

from insights.warning.incidents import incidents
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT, Series
from insights.warning.watching import Finding
from tests.benchmarks.warning import Result, replay
from tests.benchmarks.warning_city import Plan, SyntheticCity

HOUR = timedelta(hours=1)
PLAN = Plan(
    topics=60, regions=4, departments=8, a_day=9000, surges=((60.0, 4.0), (120.0, 4.0)) * 3, silences=4, seed=21
)


@pytest.fixture(scope="module")
def replayed() -> tuple[SyntheticCity, Result]:
    """Four weeks with the National Day holiday in them."""
    return replay(PLAN, relearn=2)


def test_what_is_clearly_visible_is_found_within_the_hour(replayed: tuple[SyntheticCity, Result]) -> None:
    _, result = replayed
    surges = {planted: delay for planted, delay in result.delays.items() if planted.size}
    assert len(surges) == 6
    assert [planted for planted, delay in surges.items() if delay is None or delay > HOUR] == []


def test_silence_is_found_within_the_hour(replayed: tuple[SyntheticCity, Result]) -> None:
    _, result = replayed
    silences = {planted: delay for planted, delay in result.delays.items() if not planted.size}
    wide = {planted: delay for planted, delay in silences.items() if planted.series.kind in (CHANNEL, ALL)}
    assert len(wide) == 3
    assert [planted for planted, delay in wide.items() if delay is None or delay > HOUR] == []


def test_at_most_one_false_alarm_a_week(replayed: tuple[SyntheticCity, Result]) -> None:
    city, result = replayed
    assert (city.plan.first + timedelta(weeks=city.plan.weeks)).isoformat() == "2026-09-14", "the holiday is in it"
    assert len(result.false) <= result.weeks, result.false


def finding(series: Series, people: int, expected: float, minutes: int = 60, probability: float = 1e-9) -> Finding:
    now = replay_now()
    return Finding("surge", series, now - timedelta(minutes=minutes), now, people, expected, 0, 9, probability)


def replay_now() -> object:
    from tests.conftest import NOW

    return NOW


OWNERS = {"item:a": "d1", "item:b": "d1"}


def test_a_topic_stands_for_its_department_its_region_and_all() -> None:
    found = [finding(Series(ALL), 180, 100), finding(Series(REGION, "", "990101"), 90, 20),
             finding(Series(DEPARTMENT, "d1"), 90, 12), finding(Series(UNIT, "item:a"), 85, 5),
             finding(Series(UNIT, "item:a"), 40, 1, minutes=15, probability=1e-7)]  # fmt: skip
    assert [(one.series, one.people) for one in incidents(found, OWNERS)] == [(Series(UNIT, "item:a"), 85)]


def test_one_regions_part_is_said_to_be_its() -> None:
    whole, part = finding(Series(UNIT, "item:a"), 60, 8), finding(Series(UNIT, "item:a", "990101"), 55, 3)
    assert incidents([whole, part], OWNERS) == [part]
    other = finding(Series(UNIT, "item:a", "990102"), 20, 3)
    spread = finding(Series(UNIT, "item:a"), 150, 8)
    assert incidents([spread, part, other], OWNERS) == [spread]


def test_what_is_not_explained_is_said_too() -> None:
    topic, department = finding(Series(UNIT, "item:a"), 30, 5), finding(Series(DEPARTMENT, "d1"), 200, 20)
    assert incidents([department, topic], OWNERS) == [topic, department]
    elsewhere = finding(Series(REGION, "", "990102"), 90, 20)
    part = finding(Series(UNIT, "item:a", "990101"), 90, 5)
    assert incidents([elsewhere, part], OWNERS) == [part, elsewhere]


def test_of_silence_the_widest_is_said() -> None:
    def silent(series: Series) -> Finding:
        now = replay_now()
        return Finding("silence", series, now - HOUR, now, 0, 50, 30, 70, 1e-9)  # type: ignore[operator,arg-type]

    channel, topic = silent(Series(CHANNEL, "web")), silent(Series(UNIT, "item:a"))
    assert incidents([channel, silent(Series(ALL)), topic], OWNERS) == [silent(Series(ALL))]
    assert set(incidents([channel, topic], OWNERS)) == {channel, topic}
