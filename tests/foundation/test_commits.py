from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from foundation.clock import FixedClock
from foundation.commits import Commits
from foundation.database import Database
from foundation.heartbeat import heartbeats
from foundation.settings import ROOT

OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30)
for line in sys.stdin:
    connection.execute(line)
    connection.commit()
    print("done", flush=True)
"""


@pytest.fixture
def file(upgraded_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "zhengwu.db"
    path.write_bytes(upgraded_file.read_bytes())
    return path


@pytest.fixture
def store(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}", pool_size=2)
    yield database
    database.close()


@pytest.fixture
def commits(store: Database) -> Iterator[Commits]:
    commits = Commits(store)
    yield commits
    commits.close()


def beat(database: Database, clock: FixedClock, name: str) -> None:
    with database.write() as tx:
        row = {"name": name, "kind": "worker", "detail": {}, "beat_at": clock.now()}
        tx.execute(insert(heartbeats).values(row))


def open_files(path: Path) -> int:
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]  # noqa: PTH208
    return sum(os.path.realpath(link).startswith(str(path)) for link in links)


def test_a_commit_is_told_once(store: Database, commits: Commits, clock: FixedClock) -> None:
    assert commits.changed(), "whoever has seen nothing yet looks"
    assert not commits.changed()
    beat(store, clock, "a")
    assert commits.changed()
    assert not commits.changed()


def test_each_reader_is_told(store: Database, commits: Commits, clock: FixedClock) -> None:
    other = Commits(store)
    assert commits.changed() and other.changed()
    beat(store, clock, "a")
    assert commits.changed() and other.changed()
    assert not commits.changed() and not other.changed()
    other.close()


def test_what_is_rolled_back_or_under_way_is_no_commit(store: Database, commits: Commits, clock: FixedClock) -> None:
    commits.changed()
    with store.write() as tx:
        tx.execute(text("DELETE FROM heartbeats"))
        assert not commits.changed()
        tx.rollback()
    assert not commits.changed()


def test_commits_of_another_process(file: Path, commits: Commits) -> None:
    commits.changed()
    command = [sys.executable, "-c", OTHER, str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout
        for n in range(20):
            assert not commits.changed()
            other.stdin.write(f"INSERT INTO heartbeats VALUES ('{n}', 'worker', '{{}}', '2026-11-23')\n")
            other.stdin.flush()
            assert other.stdout.readline() == "done\n"
            assert commits.changed()
        other.stdin.close()


def test_it_takes_no_connection_of_the_pool_and_waits_for_no_writer(store: Database, commits: Commits) -> None:
    with ExitStack() as held, store.write():
        held.enter_context(store.engine.connect())
        commits.changed()
        assert not commits.changed()


def test_it_may_be_asked_in_any_thread(store: Database, commits: Commits, clock: FixedClock) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(commits.changed).result()
        beat(store, clock, "a")
        assert commits.changed()
        assert not pool.submit(commits.changed).result()
        pool.submit(commits.close).result()


def test_it_keeps_no_snapshot(file: Path, store: Database, commits: Commits, clock: FixedClock) -> None:
    """Otherwise the log grew for as long as somebody waits."""
    commits.changed()
    beat(store, clock, "a")
    commits.changed()
    beat(store, clock, "b")
    with sqlite3.connect(file) as connection:
        [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not busy


def test_after_an_error_one_looks_and_it_is_asked_anew(
    store: Database, commits: Commits, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits.changed()
    assert commits._connection is not None
    commits._connection.close()  # as good as broken
    assert commits.changed(), "not known, so it may have been"
    assert commits.changed(), "nor what came before the new connection"
    assert not commits.changed()
    beat(store, clock, "a")
    assert commits.changed()


def test_while_the_file_is_away_one_looks(file: Path, store: Database) -> None:
    commits = Commits(Database(f"sqlite:///{file.parent / 'folder' / 'zhengwu.db'}"))
    (file.parent / "folder").rmdir()
    assert commits.changed() and commits.changed()
    file.rename(file.parent / "moved.db")
    (file.parent / "folder").mkdir()
    (file.parent / "moved.db").rename(file.parent / "folder" / "zhengwu.db")
    assert commits.changed()
    assert not commits.changed()
    commits.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted by Linux's /proc")
def test_no_file_stays_open(file: Path, store: Database, clock: FixedClock) -> None:
    store.close()
    before = open_files(file)
    for _ in range(5):
        commits = Commits(store)
        commits.changed()
        assert open_files(file) > before
        commits.close()
        commits.close()
    assert open_files(file) == before


def test_where_the_database_cannot_tell_there_may_always_have_been_one(database: Database) -> None:
    commits = Commits(database)
    commits.changed()
    assert commits.changed() is not database.is_sqlite
    commits.close()
    private = Commits(Database("sqlite://"))
    assert private.changed() and private.changed()
