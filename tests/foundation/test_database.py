from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, StatementError

from foundation.clock import CHINA, FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.heartbeat import heartbeats


def _row(name: str, at: datetime) -> dict[str, object]:
    return {"name": name, "kind": "worker", "detail": {"字": 1}, "beat_at": at}


def test_instants_come_back_aware_and_in_utc(database: Database) -> None:
    at = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=CHINA)
    with database.write() as tx:
        tx.execute(insert(heartbeats).values(_row("w", at)))
        read = tx.execute(select(heartbeats.c.beat_at)).scalar_one()
    assert read == at and read.utcoffset() == timezone.utc.utcoffset(None)


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.write() as tx:
        tx.execute(insert(heartbeats).values(_row("w", datetime(2026, 11, 23))))


def test_a_write_that_raises_leaves_nothing(database: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), database.write() as tx:
        tx.execute(insert(heartbeats).values(_row("w", clock.now())))
        raise RuntimeError
    with database.read() as tx:
        assert tx.execute(select(heartbeats)).all() == []


def test_a_read_sees_one_state(database: Database, clock: FixedClock) -> None:
    with database.read() as reader:
        assert reader.execute(select(heartbeats)).all() == []
        with database.write() as tx:
            tx.execute(insert(heartbeats).values(_row("w", clock.now())))
        assert reader.execute(select(heartbeats)).all() == []
    with database.read() as reader:
        assert len(reader.execute(select(heartbeats)).all()) == 1


def test_errors_do_not_repeat_what_was_stored(database: Database, clock: FixedClock) -> None:
    with pytest.raises(IntegrityError) as caught, database.write() as tx:
        for _ in range(2):
            tx.execute(insert(heartbeats).values({**_row("w", clock.now()), "detail": {"text": "我要离婚"}}))
    assert "离婚" not in str(caught.value)


def test_a_pool_without_a_free_connection_is_a_database_that_does_not_answer(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, pool_size=1)
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.05)
    with ExitStack() as held:
        for attempt in (database.read, database.write):
            with pytest.raises(OperationalError):
                while True:
                    held.enter_context(database.read())
            with pytest.raises(OperationalError), attempt():
                pass
    with database.write() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_a_server_that_has_vanished_is_not_waited_for_long() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        database = Database(f"postgresql+psycopg2://nobody@127.0.0.1:{deaf.getsockname()[1]}/nothing?connect_timeout=2")
        began = time.monotonic()
        with pytest.raises(ConfigError, match="does not answer"):
            database.check()
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("url", ["nonsense", "postgres://x/y", "", "sqlite3:///x"])
def test_a_malformed_address_is_refused_with_the_cure(url: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_DATABASE_URL"):
        Database(url)


def test_check_names_a_server_that_is_away() -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_DATABASE_URL"):
        Database("postgresql+psycopg2://nobody:secret@127.0.0.1:9/none").check()


def test_sqlite_makes_its_folder(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'zhengwu.db'}")
    database.check()
    with database.read() as tx:
        assert tx.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def test_a_writer_that_waited_in_vain_is_a_database_that_does_not_answer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    one, other = Database(url), Database(url)
    with other.read() as tx:
        tx.execute(text("PRAGMA busy_timeout=50"))  # of the connection that the pool gives out next
    with one.write(), pytest.raises(OperationalError, match="locked"), other.write():
        pass
    with other.write() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    one.close()
    other.close()


def test_what_is_no_database_is_told_when_a_writer_begins(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.write() as tx:
        tx.execute(text("CREATE TABLE t (x)"))
    database.close()
    (tmp_path / "zhengwu.db").write_bytes(b"nothing of the kind" * 1000)
    with pytest.raises(DatabaseError), database.write():
        pass
    database.close()
