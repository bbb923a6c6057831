"""A database with the desk's tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import desk.tables  # noqa: F401
from foundation.database import Database, metadata


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=16)
    metadata.create_all(database.engine)
    yield database
    database.close()
