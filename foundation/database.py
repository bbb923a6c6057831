"""The one database: SQLite by default, PostgreSQL for a city. Sync SQLAlchemy 1.4, Core, 2.0 style."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, MetaData, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from foundation.errors import ConfigError
from foundation.processes import called

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of all packages register here; migrations are compared with it by a test."""

Json = JSON().with_variant(JSONB(), "postgresql")

PATIENCE = {
    "connect_timeout": 5,
    "keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
"""Of libpq, in seconds and milliseconds: a server whose machine has vanished is given up, not waited for a quarter of
an hour. What stands in the database's address wins."""


class Instant(TypeDecorator):
    """An aware datetime, kept in UTC; SQLite, which has no time zones, gives it back aware too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


class Database:
    """Connections with two kinds of transaction: `read` and `write`. Both raise DBAPIError when the database does not
    do its part, whatever the reason.

    On SQLite a writer takes the write lock at its beginning (BEGIN IMMEDIATE), so that it waits up to
    `busy_timeout` there and never fails half-way.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            if self.is_sqlite:
                self.engine = _sqlite(url, parsed.database, pool_size)
            else:
                named = {**PATIENCE, "fallback_application_name": called()}
                patience = {name: value for name, value in named.items() if name not in parsed.query}
                self.engine = create_engine(
                    url,
                    future=True,
                    pool_size=pool_size,
                    pool_pre_ping=True,
                    hide_parameters=True,
                    connect_args=patience if parsed.get_driver_name() == "psycopg2" else {},
                )
        except ArgumentError as error:  # the address may hold a password: it is not repeated
            raise ConfigError(
                "ZHENGWU_DATABASE_URL is not a database address: write sqlite:////path/to/file.db "
                "or postgresql+psycopg2://user:password@host:5432/name"
            ) from error
        if self.is_sqlite:
            self._reader, self.writer = self.engine, self.engine.execution_options(zhengwu_begin="IMMEDIATE")
        else:
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self.writer = self.engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and changes nothing."""
        with _connected(self._reader) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or rolls back when it raises."""
        with _connected(self.writer) as connection, connection.begin():
            yield connection

    def check(self) -> None:
        """Raise ConfigError, naming the cure, unless the database answers."""
        try:
            with self.read() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            raise ConfigError(
                f"the database {self.engine.url!r} does not answer ({error.orig}). "
                "Check ZHENGWU_DATABASE_URL, and that the server runs."
            ) from error
        except DatabaseError as error:  # SQLite's, of a file that is none of its own
            raise damaged(self, str(error.orig)) from error

    def close(self) -> None:
        self.engine.dispose()


def damaged(database: Database, seen: str) -> ConfigError:
    """What to say of an SQLite file that cannot be read rightly any more."""
    return ConfigError(
        f"the database {database.engine.url.database} is damaged ({seen}). Stop the services and bring back the last "
        "archive: `zhengwu restore ARCHIVE` (docs/operations.md, Backup and restore)"
    )


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except NoneFree as error:  # all of the pool are in use, and have been for half a minute: it hangs
        raise OperationalError(None, None, error) from error


def _sqlite(url: str, path: str | None, pool_size: int) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        future=True,
        hide_parameters=True,  # an error's text may reach a log
        poolclass=QueuePool,
        pool_size=pool_size,
        connect_args={"check_same_thread": False, "timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what was erased must not lie in the file's free pages
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("zhengwu_begin", "")
        try:  # past SQLAlchemy, to which it would be as much work as a query, once for every transaction
            connection.connection.cursor().execute(f"BEGIN {mode}")
        except sqlite3.Error as error:
            raise DBAPIError.instance("BEGIN", None, error, sqlite3.Error) from error

    return engine


@contextmanager
def answering(url: str) -> Iterator[Database]:
    """A database for the length of a block.

    Raises:
        ConfigError: it does not answer.
    """
    database = Database(url)
    try:
        database.check()
        yield database
    finally:
        database.close()
