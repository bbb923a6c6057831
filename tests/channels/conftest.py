from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.database import Database
from foundation.migrate import upgrade


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An SQLite file with the present schema, which several processes may open."""
    address = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(address)
    return address


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()
