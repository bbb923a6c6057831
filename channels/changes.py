"""Whether anybody may have written to the database since the last look.

Workers and other gateways are other processes, perhaps on other machines, and the database is all they share with us.
On SQLite the file tells whether anybody wrote, in microseconds; PostgreSQL has to be asked.
"""

from __future__ import annotations

from typing import Any

from foundation.database import Database


class Changes:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._raw: Any = None
        self._version: int | None = None

    def written(self) -> bool:
        """Whether anybody may have committed since the last call; blocking, one call at a time."""
        if not self._database.is_sqlite:
            return True
        if self._raw is None:
            self._raw = self._database.engine.raw_connection()
        before = self._version
        self._version = self._raw.cursor().execute("PRAGMA data_version").fetchone()[0]
        return self._version != before

    def close(self) -> None:
        if self._raw is not None:
            self._raw.close()
