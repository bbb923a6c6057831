"""`zhengwu db`: the schema."""

from __future__ import annotations

import typer

from foundation import accounts
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.migrate import upgrade as migrate
from foundation.settings import Settings, get_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """The database that ZHENGWU_DATABASE_URL names."""


@app.command()
def upgrade() -> None:
    """Bring the database to the present schema, and make sure that there is an operator account."""
    upgrade_database(get_settings())
    typer.echo("the database has the present schema")


def upgrade_database(settings: Settings) -> None:
    migrate(settings.database_url)
    database = Database(settings.database_url)
    try:
        with database.write() as tx:
            accounts.ensure_operator(tx, SystemClock().now())
    finally:
        database.close()
