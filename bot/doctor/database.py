"""Does the database answer, is its schema this program's, and is anything published in it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.doctor.finding import SETUP, Sick
from foundation.database import Database
from foundation.migrate import is_current
from foundation.settings import Settings
from knowledge_base.store import releases


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, if it answers; a missing SQLite file is not made by looking for it."""
    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).exists():
        raise Sick(f"there is no database at {file} yet", f"{SETUP}, or `zhengwu db upgrade`")
    database = Database(settings.database_url)
    try:
        database.check()
        yield database
    finally:
        database.close()


def answers(settings: Settings) -> str:
    with opened(settings) as database:
        return str(database.engine.url.render_as_string(hide_password=True))


def schema(settings: Settings) -> str:
    with opened(settings) as database:
        if not is_current(database):
            raise Sick("the schema is not this program's", "run `zhengwu db upgrade`")
    return "present"


def published(settings: Settings) -> str:
    with opened(settings) as database, database.read() as tx:
        release = releases.current(tx)
        if not release:
            raise Sick(
                "nothing is published: every question is answered with 不知道", "`zhengwu kb import`, `kb publish`"
            )
        return f"release {release}"
