"""Whether anybody may have committed to the database since one last asked.

Gateways and workers are processes of their own, perhaps on several machines, and the database is all that they share.
SQLite keeps a number that every commit changes, and reading it takes some microseconds: whoever waits for a row asks
for it hundreds of times a second, and runs a query only when there was a commit. PostgreSQL has no such number.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from foundation.database import Database


class Commits:
    """What one reader has seen of them. Ask from one thread at a time, whichever it is; the event loop's too, since
    nothing here waits for a lock."""

    def __init__(self, database: Database) -> None:
        file = database.engine.url.database if database.is_sqlite else None
        self._database = database
        self.can_tell = bool(file) and file != ":memory:"
        """Whether the database has such a number."""
        self._connection: sqlite3.Connection | None = None
        self._seen: int | None = None

    def changed(self) -> bool:
        """Whether there may have been a commit since the last call, by any connection of any process.

        True at the first call, always where the database cannot tell, and after a failure, which is for the query that
        follows to report. Ask before that query, so that what is committed during it is seen the next time.
        """
        if not self.can_tell:
            return True
        before = self._seen
        try:
            self._seen = self._version()
        except sqlite3.Error:
            self.close()
            return True
        return self._seen != before

    def close(self) -> None:
        """Let go of the file; another call of `changed` would open it again."""
        connection, self._connection, self._seen = self._connection, None, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _version(self) -> int:
        """SQLite's number. It tells of other connections only, so this one is nobody else's."""
        if self._connection is None:
            self._connection = self._connect()
        # Read to its end: a statement that is not finished would hold a snapshot, and the log could not be cut back.
        [[version]] = self._connection.execute("PRAGMA data_version").fetchall()
        return int(version)

    def _connect(self) -> sqlite3.Connection:
        """Outside the pool, which may be in use to the last connection, and with no patience for locks."""
        dialect = self._database.engine.dialect
        place, options = dialect.create_connect_args(self._database.engine.url)
        own = {"check_same_thread": False, "timeout": 0, "isolation_level": None}
        connection: sqlite3.Connection = dialect.connect(*place, **{**options, **own})
        return connection
