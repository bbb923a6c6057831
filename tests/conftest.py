"""What tests of every package share: a database of their own, a clock that stands still, a cipher, settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from foundation import audit_seals
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import Settings, load_settings

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
"""A Monday, ten in the morning at the office."""
KEY = "5a" * 32
SERVER = os.environ.get("ZHENGWU_TEST_DATABASE_URL")

_numbers = count(1)


@pytest.fixture(autouse=True)
def audit_key() -> Iterator[None]:
    """The audit log is sealed with the tests' key, whatever this machine's environment and .env say."""
    audit_seals.use(Cipher(bytes.fromhex(KEY)))
    yield
    audit_seals.use(None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database of each kind: empty, or with the present schema for the fixture `database`."""
    with_schema = "database" in request.fixturenames
    if request.param == "sqlite":
        if with_schema:
            shutil.copy(request.getfixturevalue("upgraded_file"), tmp_path / "zhengwu.db")
        yield f"sqlite:///{tmp_path / 'zhengwu.db'}"
    elif not SERVER:
        pytest.skip("ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
    else:
        with a_database(request.getfixturevalue("upgraded_database") if with_schema else None) as name:
            yield address(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the present schema, once on SQLite and once on PostgreSQL."""
    database = Database(database_url, pool_size=16)
    yield database
    database.close()


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the present schema, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "zhengwu.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def upgraded_database() -> Iterator[str]:
    """The name of a PostgreSQL database with the present schema, to be copied."""
    with a_database() as name:
        upgrade(address(name))
        yield name


@contextmanager
def a_database(copied: str | None = None) -> Iterator[str]:
    """A database of the test server for the block, empty or a copy; its name."""
    name = f"zhengwu_test_{os.getpid()}_{next(_numbers)}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {copied or 'template1'}")
    try:
        yield name
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def address(name: str) -> str:
    """Of a database on the test server."""
    return str(make_url(SERVER).set(database=name).render_as_string(hide_password=False))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def cipher() -> Cipher:
    return Cipher(bytes.fromhex(KEY))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Defaults, whatever this machine's environment and .env say; files go to a folder of the test's own."""
    for name in [name for name in os.environ if name.upper().startswith("ZHENGWU_")]:
        monkeypatch.delenv(name)
    return load_settings(_env_file=None, secret_key=KEY, var_dir=tmp_path / "var", model_dir=tmp_path / "models")
