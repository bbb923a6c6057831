"""Who has the database open: whoever has while it is replaced goes on with the old one, and loses what it takes in."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from foundation.processes import called

PATIENCE = 3.0
"""Seconds in which services that were just stopped let go of it."""
BETWEEN = 0.1
SOMEBODY = "a process of another user, or in another container"
_OTHERS = text(
    "SELECT application_name, host(client_addr) FROM pg_stat_activity "
    "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)


class InUse(Exception):
    """`names`: of the processes that have it open, as far as they are known."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else has an SQLite file open, or can open it, until the end of the block. Raises InUse."""
    if not file.exists():
        yield
        return
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        until = time.monotonic() + PATIENCE
        while not _locked(connection):
            if time.monotonic() > until:
                raise InUse(_openers(file) or [SOMEBODY])
            time.sleep(BETWEEN)
        yield


def require_nobody(tx: Connection) -> None:
    """Raise InUse where the database's own user has other connections to a PostgreSQL."""
    until = time.monotonic() + PATIENCE
    while others := tx.execute(_OTHERS).all():
        if time.monotonic() > until:
            named = [(name or "a client", host) for name, host in others]
            raise InUse(sorted({f"{name} ({host})" if host else name for name, host in named}))
        time.sleep(BETWEEN)
        tx.execute(text("SELECT pg_stat_clear_snapshot()"))


def _locked(connection: sqlite3.Connection) -> bool:
    """Take the whole file. Every other connection, however idle, keeps one from ending the write-ahead log."""
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:  # what is damaged cannot be locked
        return "locked" not in str(error)
    return True


def _openers(file: Path) -> list[str]:
    """Names of the other processes that have a file open, of those that we may look at."""
    mine, like, found = str(os.getpid()), file.stat(), set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.parts[2] != mine and os.path.samestat(link.stat(), like):
                found.add(called(link.parts[2]))
        except OSError:  # it has ended, or is another user's
            continue
    return sorted(found)
