"""A database with the cases, and what the abilities need around it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "applications"))

from guarded_portal import GuardedPortal, around

import desk.case_tables  # noqa: F401
from actions.surroundings import Surroundings, use
from foundation.clock import FixedClock
from foundation.database import Database, metadata
from foundation.settings import Settings


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=16)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def here(database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(GuardedPortal(), database, clock, settings)
    yield given
    use(None)
    given.executor.close()
