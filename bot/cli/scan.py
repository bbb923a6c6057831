"""`zhengwu scan`: is there personal data anywhere but where it belongs?"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import typer

from bot.cli.opening import opened
from bot.cli.rights import checked
from foundation import personal_copy, scanning
from foundation.database import Database
from foundation.migrate import table_modules
from foundation.scanning import Finding
from foundation.settings import Settings, get_settings


def scan(
    also: list[Path] = typer.Option([], help="a folder of exports to look through, besides ZHENGWU_VAR_DIR"),
    citizen: str = typer.Option(None, metavar="CHANNEL:USER", help="look for this citizen instead"),
) -> None:
    """Look through every table, log file and export. Prints where something was found, never what; exit code 1 then."""
    settings = get_settings()
    if citizen is not None:
        checked(citizen)
    found = 0
    with opened() as database:
        for finding in findings(database, settings, also, citizen):
            found += 1
            typer.echo(str(finding))
    typer.echo(f"{found} found" if found else "nothing found", err=True)
    if citizen is not None:
        typer.echo(personal_copy.remainders(settings))
    if found:
        raise typer.Exit(1)


def findings(
    database: Database, settings: Settings, also: list[Path] | None = None, citizen: str | None = None
) -> Iterator[Finding]:
    """What a scan of the installation finds: identifiers, or the traces of one citizen."""
    for module in table_modules():
        importlib.import_module(module)
    with database.read() as tx:
        if citizen is None:
            own = (settings.hotline, settings.office_name, settings.office_hours)
            look = scanning.identifiers(scanning.of_office(tx, own))
        else:
            look = scanning.traces(citizen.partition(":")[2])
        yield from scanning.tables(tx, look)
    for folder in (settings.var_dir, *(also or [])):
        yield from scanning.files(folder, look)
