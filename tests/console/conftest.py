from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from console_people import Browser, Office
from starlette.testclient import TestClient

from console.app import build
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import Settings


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the present schema, to be copied."""
    file = tmp_path_factory.mktemp("schema") / "zhengwu.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def store(settings: Settings, fresh: Path) -> Iterator[Database]:
    """An SQLite database with the present schema, where nothing depends on the kind of database."""
    settings.var_dir.mkdir(parents=True)
    shutil.copy(fresh, settings.var_dir / "zhengwu.db")
    database = Database(settings.database_url)
    yield database
    database.close()


@pytest.fixture
def office(store: Database, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """The console over a database, and the people of an office."""
    app = build(settings, store, clock)
    with TestClient(app) as running:
        assert running.portal is not None
        yield Office(app, store, settings, clock, running.portal)


@pytest.fixture
def new_browser(office: Office) -> Callable[[], Browser]:
    """Makes browsers of different people."""
    return lambda: Browser(office)


@pytest.fixture
def browser(office: Office) -> Browser:
    return Browser(office)


@pytest.fixture
def desk(database: Database, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """The same office, on each kind of database."""
    app = build(settings, database, clock)
    with TestClient(app) as running:
        assert running.portal is not None
        yield Office(app, database, settings, clock, running.portal)
