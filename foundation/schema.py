"""Where a database's schema stands to this program. Looking takes no Alembic, which only migrating needs: every start
looks, and importing it takes a fifth of a second."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import inspect, text

from foundation.database import Database

UNFINISHED = "restore_unfinished"
"""A table that is there from when an archive is in the database until it is erased of whoever asked for it since."""
VERSIONS = Path(__file__).with_name("migrations") / "versions"


def newest() -> str:
    """The last migration that this program knows."""
    return known()[-1]


@lru_cache(maxsize=1)
def known() -> tuple[str, ...]:
    """All migrations of this program, in their order: their files are numbered."""
    return tuple(sorted(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py")))


def present(database: Database) -> str | None:
    """The last migration that the database has; None in an empty one."""
    return next(iter(_found(database)), None)


def is_current(database: Database) -> bool:
    """Whether the database has every migration that this program knows, and no other."""
    return _found(database) == {newest()}


def standing(database: Database) -> Literal["empty", "behind", "current", "ahead", "restoring"]:
    """Where the database stands to this program: `ahead` when it has a migration that is not known here, `restoring`
    when a restore was cut short, and whoever was erased may be there again."""
    with database.read() as tx:
        if inspect(tx).has_table(UNFINISHED):
            return "restoring"
    found = _found(database)
    if not found:
        return "empty"
    if found == {newest()}:
        return "current"
    return "behind" if found <= set(known()) else "ahead"


def _found(database: Database) -> set[str]:
    with database.read() as tx:
        if not inspect(tx).has_table("alembic_version"):
            return set()
        return set(tx.execute(text("SELECT version_num FROM alembic_version")).scalars())
