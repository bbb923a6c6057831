from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from foundation.database import Database
from foundation.heartbeat import WORKER, alive, beat, heartbeats, stop

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)
TEN = timedelta(seconds=10)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    heartbeats.create(database.engine)
    yield database
    database.close()


def test_only_the_recent_ones_of_a_kind(store: Database) -> None:
    with store.write() as tx:
        beat(tx, "b", WORKER, {"release": 1}, NOW)
        beat(tx, "a", WORKER, {}, NOW - timedelta(seconds=9))
        beat(tx, "old", WORKER, {}, NOW - timedelta(seconds=11))
        beat(tx, "g", "gateway", {}, NOW)
        assert [h.name for h in alive(tx, WORKER, NOW, TEN)] == ["a", "b"]


def test_a_beat_replaces_the_one_before(store: Database) -> None:
    with store.write() as tx:
        beat(tx, "a", WORKER, {"release": 1}, NOW)
        beat(tx, "a", WORKER, {"release": 2}, NOW + TEN)
        found = alive(tx, WORKER, NOW + TEN, TEN)
        assert [(h.detail, h.beat_at) for h in found] == [({"release": 2}, NOW + TEN)]


def test_who_stops_is_gone_at_once(store: Database) -> None:
    with store.write() as tx:
        beat(tx, "a", WORKER, {}, NOW)
        stop(tx, "a")
        assert alive(tx, WORKER, NOW, TEN) == []
