"""Databases on the test server: new ones, and one that is swept and used again.

A new database with the present schema costs 0.2 s of a core, for it is some five hundred files; most tests write a
dozen rows. So they share one for each process that runs tests, which is swept before each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from foundation.migrate import upgrade

SERVER = os.environ.get("ZHENGWU_TEST_DATABASE_URL")
KEPT = {"alembic_version"}
"""The only table with rows in a new database."""
LARGE = 1 << 20
"""Bytes from which a table is cut, as deleted rows would lie about."""
SHAPE = """
    SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
      SELECT concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull) AS line
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.relnamespace = 'public'::regnamespace
      UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, contype) FROM pg_constraint
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT version_num FROM alembic_version
    ) AS lines"""

_numbers = count(1)


def address(name: str) -> str:
    """Of a database on the test server."""
    return str(make_url(SERVER).set(database=name).render_as_string(hide_password=False))


@contextmanager
def a_database() -> Iterator[str]:
    """A new, empty database for the block; its name."""
    name = f"zhengwu_test_{os.getpid()}_{next(_numbers)}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.dispose()


class SweptDatabase:
    """A database with the present schema, to be used by one test after the other; made anew where one changed it."""

    def __init__(self) -> None:
        self._made = ExitStack()
        self._name = self._shape = ""
        self._tables: list[str] = []

    def address(self) -> str:
        """The database as migrations leave it: no rows, numbers from 1, nobody connected."""
        if not self._name or not self._swept():
            self.close()
            self._make()
        return address(self._name)

    def close(self) -> None:
        """Remove the database."""
        self._made.close()
        self._name = ""

    def _make(self) -> None:
        self._name = self._made.enter_context(a_database())
        upgrade(address(self._name))
        with self._connected() as connection:
            self._shape = connection.exec_driver_sql(SHAPE).scalar_one()
            found = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
            self._tables = sorted(set(found) - KEPT)

    def _swept(self) -> bool:
        """Whether the database is as new; False: a test has changed more than rows."""
        with self._connected() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            try:
                if connection.exec_driver_sql(SHAPE).scalar_one() != self._shape:
                    return False
            except ProgrammingError:  # the table of the version is gone
                return False
            filled = " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in self._tables
            )
            connection.exec_driver_sql("SET session_replication_role = replica")  # foreign keys wait for nothing
            connection.exec_driver_sql("SET synchronous_commit = off")
            for table in connection.exec_driver_sql(filled).scalars().all():
                size = connection.exec_driver_sql(f"SELECT pg_relation_size('\"{table}\"')").scalar_one()
                command = "TRUNCATE {} CASCADE" if size > LARGE else "DELETE FROM {}"
                connection.exec_driver_sql(command.format(f'"{table}"'))
            used = connection.exec_driver_sql("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL")
            for sequence in used.scalars().all():
                connection.exec_driver_sql(f'ALTER SEQUENCE "{sequence}" RESTART')
        return True

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = create_engine(address(self._name), poolclass=NullPool, future=True)
        with engine.begin() as connection:
            yield connection
