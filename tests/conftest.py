"""What tests of every package share: a database of their own, a clock that stands still, a cipher, settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from foundation import audit_seals
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import Settings, load_settings
from tests.postgresql import SERVER, SweptDatabase, a_database, address

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
"""A Monday, ten in the morning at the office."""
KEY = "5a" * 32

# Properties say what holds, not how fast: 200 ms for one example fail on a machine that has other things to do.
hypothesis_settings.register_profile("zhengwu", deadline=None)
hypothesis_settings.load_profile("zhengwu")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of several processes that are marked `mainly("postgresql")` run on SQLite in `make test-long` only."""
    for item in items:
        mainly = item.get_closest_marker("mainly")
        chosen = getattr(item, "callspec", None) and item.callspec.params.get("database_url")
        if mainly is not None and chosen not in (None, *mainly.args):
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def audit_key() -> Iterator[None]:
    """The audit log is sealed with the tests' key, whatever this machine's environment and .env say."""
    audit_seals.use(Cipher(bytes.fromhex(KEY)))
    yield
    audit_seals.use(None)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of each kind: new and empty, or with the present schema for the fixture `database`."""
    with_schema = "database" in request.fixturenames
    if request.param == "sqlite":
        if with_schema:
            shutil.copy(request.getfixturevalue("upgraded_file"), tmp_path / "zhengwu.db")
        yield f"sqlite:///{tmp_path / 'zhengwu.db'}"
    elif not SERVER:
        pytest.skip("ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
    elif with_schema:
        yield request.getfixturevalue("swept_database").address()
    else:
        with a_database() as name:
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
def swept_database() -> Iterator[SweptDatabase]:
    """What gives a test the database that all of this process share."""
    swept = SweptDatabase()
    yield swept
    swept.close()


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
