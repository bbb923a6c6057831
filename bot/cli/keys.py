"""`zhengwu key`: how much was written with which key, and writing it anew with the present one."""

from __future__ import annotations

import typer

from bot.cli.opening import opened
from bot.encrypted import PLACES
from foundation import accounts, audit, audit_seals
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.rotation import left
from foundation.rotation import rotate as write_anew
from foundation.settings import get_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def key() -> None:
    """The key ZHENGWU_SECRET_KEY of what is encrypted."""


@app.command()
def status() -> None:
    """Say how much is not written with the present key. Changes nothing."""
    with opened() as database:
        cipher = Cipher.of_settings(get_settings())
        typer.echo(f"present key: {cipher.key.name} ({get_settings().ciphers}); old: {len(get_settings().old_keys())}")
        with database.read() as tx:
            counts = {place.table.name: left(tx, cipher, place) for place in PLACES}
    for name, count in counts.items():
        if count:
            typer.echo(f"{name}: {count} rows of another key")
    typer.echo("run `zhengwu key rotate`" if any(counts.values()) else "everything is written with the present key")


@app.command()
def rotate() -> None:
    """Write everything anew with the present key, in small steps; after an interruption it goes on where it was.

    The services may run meanwhile. Exit code 1: something cannot be read by any of the keys.
    """
    with opened() as database:
        cipher = Cipher.of_settings(get_settings())
        keep(database, cipher)
        counts = write_anew(database, cipher, PLACES)
        done = sum(count.done for count in counts.values())
        if done:
            with database.write() as tx:
                detail = {"key": cipher.key.name, "count": done}
                audit.record(tx, accounts.OPERATOR, "key.rotate", "key", detail, SystemClock().now())
    typer.echo(f"{done} rows were written anew with the key {cipher.key.name}")
    for name, count in counts.items():
        if count.left:
            typer.echo(f"{name}: {count.left} rows that none of the keys opens", err=True)
    if any(count.left for count in counts.values()):
        raise typer.Exit(1)
    typer.echo("nothing needs the old keys any more: take them out of ZHENGWU_OLD_SECRET_KEYS, and restart")


def keep(database: Database, cipher: Cipher) -> None:
    """What former keys sealed in the audit log can be verified later, without them."""
    with database.write() as tx:
        audit_seals.keep_keys(tx, cipher)
