"""Events reach a real RabbitMQ, through everything that may become of it on the way; turns never wait for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from broker_gate import URL, gate, needs_broker, reading
from pydantic import SecretStr
from turn_fakes import LIBRARY, FakeAssistant, all_done, put, working

from actions.surroundings import Surroundings
from bot import worker as worker_module
from bot.events import broker, keeping, telling
from bot.events.keeping import Keeper, events_keeping
from bot.events.shown import pseudonym
from foundation import cursors, dialogue, heartbeat
from foundation.clock import SystemClock
from foundation.counts import COUNTS, Elsewhere
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings

WITHIN = 60.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "EVERY", 0.02)
    monkeypatch.setattr(keeping, "LONGEST", 0.2)
    monkeypatch.setattr(keeping, "BATCH", 10)
    monkeypatch.setattr(telling, "EVERY", 0.1)


@pytest.fixture
def one_database(upgraded_file: Path, tmp_path: Path) -> Database:
    """On SQLite alone: of the broker, the database sees nothing."""
    copy = tmp_path / "zhengwu.db"
    copy.write_bytes(upgraded_file.read_bytes())
    return Database(f"sqlite:///{copy}", pool_size=16)


def here(database: Database, settings: Settings, url: str, exchange: str) -> Surroundings:
    named = settings.copy(update={"amqp_url": SecretStr(url), "amqp_exchange": exchange})
    return Surroundings.of_settings(named, database=database)


def say(database: Database, conversation: str, first: int, count: int) -> None:
    """Transactions of three events each."""
    for number in range(first, first + count):
        now = SystemClock().now()
        user = dialogue.heard(f"问{number}", "rest", now)
        bot = dialogue.told(f"答{number}", now, {})
        slot = dialogue.remembered("aspect", number, now)
        with database.write() as tx:
            dialogue.append(tx, conversation, [user, slot, bot])


def numbers(got: Sequence[tuple[str, dict[str, Any]]], sender: str) -> list[int]:
    """Of a conversation's transactions, in the order in which they first came."""
    return [body["value"] for body in dict(got).values() if body["sender_id"] == sender and body["event"] == "slot"]


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def begun(database: Database) -> None:
    """Until the keeper knows from where on it sends."""

    def known() -> bool:
        with database.read() as tx:
            return cursors.position(tx, cursors.EVENTS) is not None

    await until(known, "the keeper does not begin")


def waits(database: Database) -> tuple[float, float]:
    """How many events wait and since when, as a gateway's /metrics tells."""
    with database.read() as tx:
        told = heartbeat.alive(tx, COUNTS, SystemClock().now(), timedelta(seconds=30))
    found = Elsewhere()
    found.heard = [one.detail["metrics"] for one in told]
    values = {sample.name: sample.value for metric in found.collect() for sample in metric.samples}
    return values.get("zhengwu_events_waiting", -1.0), values.get("zhengwu_events_waiting_seconds", -1.0)


@needs_broker
async def test_each_event_from_now_on_comes_in_its_order(database: Database, settings: Settings) -> None:
    say(database, "rest:a", 90, 2)  # from before
    async with reading() as reader, gate() as door:
        where = here(database, settings, door.url, reader.exchange)
        a, b = (pseudonym(where.cipher, conversation) for conversation in ("rest:a", "rest:b"))
        async with events_keeping(where, "w1"), events_keeping(where, "w2"):
            await begun(database)
            say(database, "rest:a", 0, 15)
            say(database, "rest:b", 0, 15)
            await until(lambda: len(reader.once) >= 90, "events are missing")
            await until(lambda: waits(database) == (0, 0.0), "what was sent still waits")
        assert numbers(reader.got, a) == numbers(reader.got, b) == list(range(15))
        assert len(reader.got) == 90, "two keepers send one after the other, not both"
        assert [body["event"] for _, body in reader.got[:3]] == ["user", "slot", "bot"]


@needs_broker
async def test_a_broker_that_is_away_gets_everything_when_it_is_back(
    one_database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading() as reader, gate() as door:
        where = here(one_database, settings, door.url, reader.exchange)
        with caplog.at_level(logging.INFO, "bot.events.keeping"):
            async with events_keeping(where, "w1"):
                await begun(one_database)
                say(one_database, "rest:a", 0, 5)
                await until(lambda: len(reader.once) == 15, "nothing comes")
                await door.shut()
                say(one_database, "rest:a", 5, 20)
                await until(lambda: "events wait" in caplog.text, "that it is away is not said")
                await until(lambda: waits(one_database)[0] == 60, "nobody tells that events wait")
                await until(lambda: waits(one_database)[1] > 0.3, "nobody tells since when")
                await door.open()
                await until(lambda: len(reader.once) == 75, "not all comes afterwards")
                await until(lambda: "events are sent again" in caplog.text, "that it is back is not said")
        assert numbers(reader.got, pseudonym(where.cipher, "rest:a")) == list(range(25))
        assert caplog.text.count("events wait") <= 2, "that it broke off and is away is said, and not at each try"
        assert "guest" not in caplog.text, "neither password nor address is in a log"


@needs_broker
async def test_connections_cut_in_the_middle_lose_nothing(one_database: Database, settings: Settings) -> None:
    async with reading() as reader, gate() as door:
        door.breaks_after = 6000  # some events more than greeting and opening take
        where = here(one_database, settings, door.url, reader.exchange)
        async with events_keeping(where, "w1"):
            await begun(one_database)
            say(one_database, "rest:a", 0, 60)
            await until(lambda: len(reader.once) == 180, "events are missing")
        assert door.cuts > 3
        assert numbers(reader.got, pseudonym(where.cipher, "rest:a")) == list(range(60))
        by_id: dict[str, Any] = {}
        assert all(by_id.setdefault(id, body) == body for id, body in reader.got), "what comes again is the same"


@needs_broker
async def test_events_wait_until_somebody_is_there_to_read_them(
    one_database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading(bound=False) as reader:
        where = here(one_database, settings, str(URL), reader.exchange)
        async with events_keeping(where, "w1"):
            await begun(one_database)
            say(one_database, "rest:a", 0, 12)
            await until(lambda: "no queue is bound" in caplog.text, "that nobody reads is not said")
            await reader.bind()
            await until(lambda: len(reader.once) == 36, "what waited does not come")


@needs_broker
async def test_turns_go_on_while_the_broker_says_nothing(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_module, "open_library", lambda: LIBRARY)
    monkeypatch.setattr(broker, "SECONDS", 0.3)
    async with reading() as reader, gate() as door:
        where = here(database, settings, door.url, reader.exchange)
        async with events_keeping(where, "w1"):
            await begun(database)
            door.silent = True
            put(database, "rest:a", *(f"问{n}" for n in range(10)))
            async with working(FakeAssistant(), database):
                await all_done(database)
            await until(lambda: "events wait" in caplog.text, "that it is silent is not said")
            assert not reader.got
            door.silent = False
            await until(lambda: [e["event"] for e in reader.once.values()] == ["user", "bot"] * 10, "not all comes")


@needs_broker
async def test_another_process_goes_on_where_one_died(
    one_database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "SPAN", timedelta(seconds=0.5))
    async with reading() as reader:
        where = here(one_database, settings, str(URL), reader.exchange)
        first, second = Keeper(where, "w1"), Keeper(where, "w2")
        await first.step()
        say(one_database, "rest:a", 0, 5)
        assert await first.step() == 10 and await second.step() == 0
        await asyncio.sleep(0.6)  # it is not heard of any more
        assert await second.step() == 5
        await until(lambda: len(reader.got) == 15, "events are missing")
        assert numbers(reader.got, pseudonym(where.cipher, "rest:a")) == list(range(5))


def test_an_address_of_something_else_is_refused(one_database: Database, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_AMQP_URL"):
        Keeper(here(one_database, settings, "http://127.0.0.1:5672", "x"), "w1")


async def test_without_an_address_nothing_is_sent(one_database: Database, settings: Settings) -> None:
    async with events_keeping(Surroundings.of_settings(settings, database=one_database), "w1"):
        say(one_database, "rest:a", 0, 1)
        await asyncio.sleep(0.2)
    with one_database.read() as tx:
        assert cursors.position(tx, cursors.EVENTS) is None
