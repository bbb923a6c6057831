"""`zhengwu user`: accounts of the staff."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.engine import Connection

from foundation import accounts, staff
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.schema import is_current
from foundation.settings import get_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def user() -> None:
    """Accounts of the staff, who sign in at the console."""


@app.command()
def add(
    name: str = typer.Argument(..., help="what they sign in with"),
    role: list[str] = typer.Option(..., "--role", help=f"{', '.join(accounts.ROLES)}; may be given several times"),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="read the password's line from standard input"),
    display_name: str = typer.Option("", help="as colleagues and the record call them"),
    department: str = typer.Option("", help="where they work"),
) -> None:
    """Add an account."""
    if unknown := [one for one in role if one not in accounts.ROLES]:
        raise typer.BadParameter(
            f"there is no role {unknown[0]!r}; the roles are {', '.join(accounts.ROLES)}", param_hint="--role"
        )
    password, now = read_password(password_stdin), SystemClock().now()
    with opened() as tx:
        added = staff.add(tx, accounts.OPERATOR, name, password, role, now, display_name, department)
    typer.echo(f"added {added.name}: {', '.join(added.roles)}")


@app.command()
def reset(name: str = typer.Argument(..., help="who cannot get in any more")) -> None:
    """Print a password for one sign-in, remove the second factor, and sign out everywhere."""
    now = SystemClock().now()
    with opened() as tx:
        password = staff.reset_password(tx, accounts.OPERATOR, name, now)
        staff.remove_second_factor(tx, accounts.OPERATOR, name, now)
    typer.echo(password)


@contextmanager
def opened() -> Iterator[Connection]:
    """A transaction on the database of the settings. Raises ConfigError: it has not the present schema."""
    database = Database(get_settings().database_url)
    try:
        database.check()
        if not is_current(database):
            raise ConfigError("the database has not the present schema: run `zhengwu db upgrade` first")
        with database.write() as tx:
            yield tx
    finally:
        database.close()


def read_password(from_stdin: bool) -> str:
    """The first line of standard input, or what is typed twice at a terminal; never an argument, which `ps` shows."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at: pipe it in", param_hint="--password-stdin")
    return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
