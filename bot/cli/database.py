"""`zhengwu db`: the schema."""

from __future__ import annotations

import json
from datetime import timedelta

import typer

from bot.cli.opening import fail
from foundation import accounts, heartbeat
from foundation.clock import SystemClock
from foundation.database import Database, answering
from foundation.errors import ConfigError
from foundation.migrate import downgrade as migrate_back
from foundation.migrate import upgrade as migrate
from foundation.schema import newest, present
from foundation.settings import Settings, get_settings

ALIVE = timedelta(seconds=10)
"""Since a worker was last heard of."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """The database that ZHENGWU_DATABASE_URL names."""


@app.command()
def upgrade() -> None:
    """Bring the database to the present schema, and make sure that there is an operator account."""
    upgrade_database(get_settings())
    typer.echo("the database has the present schema")


@app.command()
def downgrade(
    revision: str = typer.Argument(..., help="the last migration that is to stay: 0006"),
    yes: bool = typer.Option(False, "--yes", help="do not ask"),
) -> None:
    """Undo the migrations after one, for an older program. What only they had room for is lost: make a backup first."""
    settings = get_settings()
    if not yes:
        typer.confirm(f"undo every migration after {revision}?", abort=True)
    with answering(settings.database_url) as database:
        if workers(database):
            raise fail(ConfigError("services are running on this database: stop them first"))
    migrate_back(settings.database_url, revision)
    typer.echo(f"the database has the schema of {revision}")


@app.command()
def status() -> None:
    """Which schema the database has, which one this program needs, and whether services run on it; as JSON."""
    with answering(get_settings().database_url) as database:
        have = present(database)
        running = workers(database) if have else []
        typer.echo(json.dumps({"schema": have, "needed": newest(), "workers": running}))


def workers(database: Database) -> list[str]:
    """The names of the workers that are alive."""
    with database.read() as tx:
        return [one.name for one in heartbeat.alive(tx, heartbeat.WORKER, SystemClock().now(), ALIVE)]


def upgrade_database(settings: Settings) -> None:
    migrate(settings.database_url)
    database = Database(settings.database_url)
    try:
        with database.write() as tx:
            accounts.ensure_operator(tx, SystemClock().now())
    finally:
        database.close()
