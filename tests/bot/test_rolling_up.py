"""Days that are over are counted beside the turns, by one worker of several, and by command."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from actions.surroundings import Surroundings
from bot import rolling_up
from bot.cli import main
from foundation.clock import CHINA, FixedClock
from foundation.database import Database
from foundation.settings import Settings, get_settings
from insights import recording, rolling
from insights.recording import Turn

DAYS = 3


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    """After three days with a turn each; the fourth is today."""
    for n in range(DAYS + 1):
        at = clock.now() - timedelta(days=n)
        with database.write() as tx:
            recording.write(tx, Turn(at, "web:a", "web", "护照多少钱", "item", "answered"))
    return Surroundings.of_settings(settings, database=database, clock=clock)


def kept(database: Database, clock: FixedClock) -> int:
    today = clock.now().astimezone(CHINA).date()
    with database.read() as tx:
        return len(rolling.rolled(tx, today - timedelta(days=30), today))


async def test_two_workers_count_each_day_once(
    here: Surroundings, database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_up, "REST", 0.02)
    monkeypatch.setattr(rolling_up, "EVERY", 0.02)
    async with rolling_up.rolling_up(here, "worker-1"), rolling_up.rolling_up(here, "worker-2"):
        for _ in range(600):
            if kept(database, clock) == DAYS:
                break
            await asyncio.sleep(0.05)
    assert kept(database, clock) == DAYS
    with database.read() as tx:
        assert rolling.due(tx, clock.now()) == []


async def test_a_database_that_does_not_answer_is_tried_again(
    here: Surroundings, database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_up, "REST", 0.02)
    monkeypatch.setattr(rolling_up, "EVERY", 0.02)
    failures = iter([RuntimeError("no"), RuntimeError("no")])
    count = rolling.count

    def failing(*given: object) -> rolling.Counted:
        for failure in failures:
            raise failure
        return count(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rolling, "count", failing)
    async with rolling_up.rolling_up(here, "worker-1"):
        for _ in range(600):
            if kept(database, clock) == DAYS:
                break
            await asyncio.sleep(0.05)
    assert kept(database, clock) == DAYS


def test_the_command_counts_what_waits(
    here: Surroundings, database: Database, database_url: str, clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("ZHENGWU_DATABASE_URL", database_url)
    monkeypatch.setenv("ZHENGWU_SECRET_KEY", "5a" * 32)
    monkeypatch.setattr("bot.cli.insights.SystemClock", lambda: clock)
    get_settings.cache_clear()
    try:
        assert main(["insights", "roll-up"]) == 0
        assert f"{datetime(2026, 11, 20).date()}: 1 turns" in capsys.readouterr().out
        assert main(["insights", "roll-up"]) == 0
        assert "nothing to do" in capsys.readouterr().out
    finally:
        get_settings.cache_clear()
    assert kept(database, clock) == DAYS
