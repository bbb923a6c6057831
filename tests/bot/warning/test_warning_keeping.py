"""The early warning as a worker runs it, over a database: from the turns of weeks to one alert, and none too many."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actions.surroundings import Surroundings
from bot.warning.keeping import Keeper
from desk import changes
from foundation import leases
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA, FixedClock
from foundation.database import Database
from foundation.settings import Settings
from insights import recording
from insights.naming import Names
from insights.recording import Turn
from insights.warning import alerts, counting, recent, storing, telling
from insights.warning.alerts import Alert
from insights.warning.counting import ASKED, REFUSED, UNHAPPY
from insights.warning.series import ALL, UNIT, Series
from insights.warning.tables import warning_hours
from tests.insights.synthetic_city import City, Planted, store

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=CHINA)
TOPIC = ("item", "item-0")
DAYS, A_DAY = 21, 1500


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    portal: Any = object()
    return Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)


def live_through(database: Database, city: City) -> None:
    for rows in city.days(MONDAY - timedelta(days=DAYS), DAYS, DAYS * A_DAY):
        store(database, rows)
    store(database, city.day(MONDAY, A_DAY))


def found(database: Database) -> list[Alert]:
    with database.read() as tx:
        return alerts.listing(tx)


def test_a_surge_is_found_within_the_hour_and_nothing_else(
    here: Surroundings, database: Database, clock: FixedClock
) -> None:
    live_through(database, City(seed=4, units=60, planted=[Planted(TOPIC, "990102", NINE, hours=2, factor=40)]))
    keeper, other = Keeper(here, "worker-1", ["webhook"]), Keeper(here, "worker-2", ["webhook"])
    clock.instant = NINE - timedelta(minutes=30)
    assert keeper.step() and not other.step(), "one worker at a time"
    while clock.instant < NINE + timedelta(hours=1) and not found(database):
        clock.advance(minutes=5)
        assert keeper.step()
    [one] = found(database)
    assert one.what == "surge" and (one.series.kind, one.series.name) == (UNIT, "item:item-0")
    assert NINE < one.opened_at <= NINE + timedelta(minutes=30)
    with database.read() as tx:
        assert len(telling.samples(tx, one)) >= 1
        assert "alerts" in changes.version(tx)
        hours = recent.course(tx, one.series, storing.load(tx), WorkCalendar(), clock.now())
    assert hours[-1].people and hours[-1].high is not None and hours[-1].people > hours[-1].high
    with database.write() as tx:  # the first one dies
        mine = leases.acquire(tx, "warning", "worker-1", clock.now(), timedelta(minutes=3))
        assert mine is not None
        leases.release(tx, mine, clock.now())
    for _ in range(12):
        clock.advance(minutes=5)
        assert other.step()
    assert [alert.id for alert in found(database)] == [one.id], "the other goes on with the same incident"
    clock.instant = NINE + timedelta(hours=3)
    for _ in range(6):
        clock.advance(minutes=5)
        assert other.step()
    [after] = found(database)
    assert after.recovered_at is not None


def test_counted_once_and_learned_once_a_day(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=5, units=20).days(MONDAY - timedelta(days=16), 16, 1600):
        store(database, rows)
    clock.instant = NINE
    keeper = Keeper(here, "worker-1", [])
    keeper.step()
    with database.read() as tx:
        learned = storing.load(tx)
        assert learned is not None and learned.baseline.day == MONDAY and learned.baseline.days == 16
        assert storing.due(tx, clock.now()) is None
    clock.advance(hours=5)
    keeper.step()
    with database.read() as tx:
        again = storing.load(tx)
        assert again is not None and again.at == learned.at
        assert learned.shares.of(REFUSED, Series(ALL)) == pytest.approx(0.19, abs=0.05)
    with database.write() as tx:
        assert counting.fill(tx, clock.now()) == 0


def test_before_two_weeks_nothing_is_judged(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=5, units=20).days(MONDAY - timedelta(days=5), 6, 600):
        store(database, rows)
    clock.instant = NINE + timedelta(hours=2)
    assert Keeper(here, "worker-1", []).step()
    with database.read() as tx:
        assert storing.load(tx) is None
    assert found(database) == []


def ask(database: Database, at: datetime, who: int, question: str, decision: str = "answered", **more: Any) -> None:
    kind = "fallback" if decision == "refused" else "item"
    with database.write() as tx:
        recording.write(tx, Turn(at, f"web:{who}", "web", question, kind, decision, **more))  # type: ignore[arg-type]


def test_who_asks_ten_times_is_one(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    for minute in range(10):
        ask(database, now - timedelta(minutes=minute), 1, "医保", unit_kind="item", unit_id="a", region="990101001")
    ask(
        database,
        now - timedelta(minutes=3),
        2,
        "医保",
        "refused",
        candidates=[{"kind": "item", "id": "a"}],
        mood="annoyed",
    )
    with database.read() as tx:
        counted = counting.people(counting.read(tx, now - timedelta(hours=1), now), now - timedelta(hours=1), now)
    unit = Series(UNIT, "item:a")
    assert counted[ASKED][unit] == 2 and counted[ASKED][Series(UNIT, "item:a", "990101")] == 1
    assert counted[REFUSED][unit] == counted[UNHAPPY][Series(ALL)] == 1


def test_several_ask_alike_and_get_no_answer(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=6, units=20).days(MONDAY - timedelta(days=16), 16, 4800):
        store(database, rows)
    clock.instant = NINE
    asked = (
        "新生儿补贴什么时候发",
        "请问新生儿补贴什么时候发",
        "新生儿补贴什么时候发啊",
        "新生儿的补贴什么时候发",
        "新生儿补贴啥时候发放",
    )
    for who, question in enumerate(asked):
        ask(database, NINE - timedelta(minutes=20 - who), who, question, "refused")
    keeper = Keeper(here, "worker-1", [])
    keeper.step()
    [one] = found(database)
    assert one.what == "alike" and one.people == 5
    with database.read() as tx:
        assert "有 5 人问了差不多的问题，都没有得到答案" in telling.why(one, Names(), clock.now())
        assert asked[0] in telling.samples(tx, one)
    for minute in range(1, 8):
        clock.advance(minutes=8)
        ask(database, clock.now(), 100 + minute, "新生儿补贴什么时候能发", "refused")
        keeper.step()
    assert len(found(database)) == 1, "it goes on, though those who began it are no longer in the hour"


def test_a_unit_that_is_suddenly_refused(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=7, units=20).days(MONDAY - timedelta(days=16), 16, 4800):
        store(database, rows)
    clock.instant = NINE
    near = [{"kind": "item", "id": "item-0", "confidence": 0.4}]
    for who in range(12):
        words = "甲乙丙丁戊己庚辛壬癸子丑"[who] * 3  # each asks in words of their own
        ask(database, NINE - timedelta(minutes=30 - who), who, f"{words}如何{words}", "refused", candidates=near)
    Keeper(here, "worker-1", []).step()
    refused = [one for one in found(database) if one.what == "refused"]
    assert [one.series for one in refused] == [Series(UNIT, "item:item-0")]
    assert refused[0].people == 12 and len(refused[0].samples) == 8


def test_mood_that_falls(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=8, units=20).days(MONDAY - timedelta(days=16), 16, 8000):
        store(database, rows)
    clock.instant = NINE
    for who in range(40):
        mood = "annoyed" if who < 32 else "calm"
        ask(
            database,
            NINE - timedelta(minutes=1 + who),
            who,
            f"办不了{who}",
            mood=mood,
            unit_kind="faq",
            unit_id=f"f{who}",
        )
    Keeper(here, "worker-1", []).step()
    assert "unhappy" in {one.what for one in found(database)}


def test_a_topic_that_nobody_asked_about_before(here: Surroundings, database: Database, clock: FixedClock) -> None:
    for rows in City(seed=9, units=20).days(MONDAY - timedelta(days=16), 16, 4800):
        store(database, rows)
    clock.instant = NINE
    for who in range(20):
        about = {"unit_kind": "faq", "unit_id": "new", "region": "990102"}
        ask(database, NINE - timedelta(minutes=10, seconds=who), who, "新政策怎么办", **about)
    Keeper(here, "worker-1", []).step()
    assert [(one.what, one.series) for one in found(database)] == [("surge", Series(UNIT, "faq:new"))]


def test_what_was_learned_while_the_clock_was_ahead_is_learned_anew(
    here: Surroundings, database: Database, clock: FixedClock
) -> None:
    """Ninety days: all that had been counted was then too old to be kept."""
    live_through(database, City(seed=4, units=60))
    clock.instant = now = NINE + timedelta(minutes=5)
    keeper = Keeper(here, "worker-1", [])
    assert keeper.step()
    right = known(database)
    clock.advance(days=90)
    store(database, City(seed=5, units=60).day(MONDAY + timedelta(days=90), A_DAY))
    assert keeper.step() and known(database) != right
    clock.instant = now
    with database.write() as tx:
        recording.write(tx, Turn(now, "web:z", "web", None, "greet", "other"))
    assert keeper.step()
    hours, day, rate = known(database)
    assert (hours, day) == right[:2] and rate == pytest.approx(right[2])


def test_a_clock_that_is_behind_forgets_nothing(here: Surroundings, database: Database, clock: FixedClock) -> None:
    """As of a machine that has just been switched on, and has not heard yet what time it is."""
    live_through(database, City(seed=4, units=60))
    clock.instant = NINE + timedelta(minutes=5)
    keeper = Keeper(here, "worker-1", [])
    assert keeper.step()
    before = known(database)
    clock.advance(days=-3650)
    keeper.step()
    assert known(database) == before


def known(database: Database) -> tuple[list[datetime], date, float]:
    """The hours that are counted, and the day of what was learned, with the rate of all questions at noon."""
    with database.read() as tx:
        hours = tx.execute(select(warning_hours.c.hour).order_by(warning_hours.c.hour)).scalars().all()
        learned = storing.load(tx)
    assert learned is not None
    return list(hours), learned.baseline.day, float(learned.baseline.rates.max())
