"""The database for a command, and how a command says what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from foundation.database import Database
from foundation.errors import ConfigError, ZhengwuError
from foundation.schema import is_current
from foundation.settings import get_settings


@contextmanager
def opened() -> Iterator[Database]:
    """The database, up to date; an error of ours inside ends the command with 1 and says its text."""
    database = None
    try:
        database = Database(get_settings().database_url)
        database.check()
        if not is_current(database):
            raise ConfigError("the database is not at this program's schema; run `zhengwu db upgrade`")
        yield database
    except ZhengwuError as error:
        raise fail(error) from error
    finally:
        if database is not None:
            database.close()


def fail(error: ZhengwuError) -> typer.Exit:
    """Say what is wrong; the exit to be raised."""
    typer.echo(str(error), err=True)
    return typer.Exit(1)
