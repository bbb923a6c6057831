"""Bring a database to the present schema.

To change the schema: change the Table objects, then, in the checkout,

    python -c "from foundation.migrate import revise; revise('why the schema changes')"

read what it wrote to foundation/migrations/versions/, and commit both together. A test compares the two.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection

from foundation.database import Database
from foundation.errors import ConfigError
from foundation.schema import known, newest
from foundation.settings import ROOT

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(database_url: str) -> None:
    """Run every migration that is missing, all or none. Two processes may do so at once: the second waits.

    Raises:
        ConfigError: the address is wrong or the server does not answer.
    """
    database = Database(database_url)
    try:
        database.check()
        with _alone(database) as connection:
            command.upgrade(_config(connection), "head")
    finally:
        database.close()


def downgrade(database_url: str, revision: str) -> None:
    """Undo, all or none, every migration after `revision`: what only they had room for is lost.

    Raises:
        ConfigError: the address is wrong, the server does not answer, or this program knows no such migration.
    """
    if revision not in known():
        raise ConfigError(f"this program knows no migration {revision!r}; its last is {newest()}")
    database = Database(database_url)
    try:
        database.check()
        with _alone(database) as connection:
            command.downgrade(_config(connection), revision)
    finally:
        database.close()


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Whether a thing found in the database is to be compared with our tables; for Alembic's `include_name`."""
    return not (kind == "table" and name == "sqlite_sequence")


def table_modules() -> list[str]:
    """The modules of the checkout that define tables."""
    files = [f for f in ROOT.glob("[a-z]*/**/*.py") if f.relative_to(ROOT).parts[0] != "tests"]
    defining = [f for f in files if re.search(r"^\w+ = Table\(\n", f.read_text(encoding="utf-8"), re.MULTILINE)]
    return sorted(".".join(f.relative_to(ROOT).with_suffix("").parts) for f in defining)


def revise(message: str, number: str | None = None) -> None:
    """Write the migration from the last one to the tables of all packages as they stand; for developers."""
    for module in table_modules():
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/revise.db"
        upgrade(url)
        database = Database(url)
        with _alone(database) as connection:
            number = number or f"{len(list((MIGRATIONS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
            command.revision(_config(connection), message, autogenerate=True, rev_id=number)
        database.close()
    for step in (["format", "--quiet"], ["check", "--fix", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(MIGRATIONS / "versions")], check=True)


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction that no other migration runs beside."""
    with database.writer.connect() as connection:
        if database.is_sqlite:
            # Rebuilding a table drops it for a moment, and this can only be said before BEGIN IMMEDIATE, the lock.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 3))"))
            yield connection


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
