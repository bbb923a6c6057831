"""`zhengwu kb`: content in, releases, the quality report, content out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import Connection

from bot.cli.check import check
from bot.cli.opening import opened
from bot.cli.publish import publish
from bot.cli.releasing import await_workers, note_console, say_released
from bot.cli.synchronise import sync
from bot.cli.trial import test
from foundation.accounts import OPERATOR
from foundation.clock import CHINA, SystemClock
from foundation.errors import KnowledgeError
from knowledge_base.exporting import Format, export
from knowledge_base.importing.pipeline import import_files
from knowledge_base.importing.report import Report
from knowledge_base.model import GOVERNED, UnitKey
from knowledge_base.store import releases

app = typer.Typer(name="kb", help="The knowledge base: import, sync, publish, rollback, status, export, check, test.")
app.command("sync")(sync)
app.command("publish")(publish)
app.command("check")(check)
app.command("test")(test)


@app.command("import")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE|DIR...", exists=True, help="YAML, CSV, XLSX, JSONL; folders whole")
    ],
    dry_run: bool = typer.Option(False, "--dry-run", help="only say what would happen"),
    skip_bad_rows: bool = typer.Option(False, "--skip-bad-rows", help="take the good rows of files with bad ones"),
) -> None:
    """Bring files into drafts; nothing of a file that has a bad row, unless told to skip."""
    with opened() as database, note_console().status("reading…") as progress:
        report = import_files(
            database,
            paths,
            OPERATOR,
            SystemClock().now(),
            dry_run=dry_run,
            skip_bad_rows=skip_bad_rows,
            on_progress=lambda name, done: progress.update(f"{name}: {done}"),
        )
    say_imported(report)
    if not report.complete:
        raise typer.Exit(1)


@app.command()
def rollback(target: str = typer.Argument(..., metavar="N|UNIT", help="a release, or a unit as item:ID")) -> None:
    """Make a release that holds what release N held, or that gives one unit its previous revision back."""
    with opened() as database, database.write() as tx:
        release = releases.rollback(tx, goal_of(tx, target), OPERATOR, SystemClock().now())
    await_workers(release.number)
    say_released(release)


@app.command()
def status() -> None:
    """Say where the knowledge base stands."""
    with opened() as database, database.read() as tx:
        state = releases.status(tx, SystemClock().now())
    if state.published_at is None:
        typer.echo("release: 0 (nothing is published)")
    else:
        typer.echo(f"release: {state.release} ({local(state.published_at)}, {state.account}) {state.note}".rstrip())
    typer.echo(f"units: {sum(state.units.values())}{listed(state.units)}")
    typer.echo(f"drafts: {state.drafts}" + (f" ({state.removals} remove a unit)" if state.removals else ""))
    typer.echo(f"expired: {state.expired}")
    typer.echo(f"review overdue: {state.review_overdue}")


@app.command("export")
def export_(
    directory: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="a new or empty directory")],
    form: str = typer.Option("yaml", "--format", help="yaml, xlsx, csv or jsonl"),
    release: int = typer.Option(None, "--release", metavar="N", min=0, help="an older release than the present one"),
) -> None:
    """Write a release into files; YAML and XLSX carry everything."""
    formats: dict[str, Format] = {"yaml": "yaml", "xlsx": "xlsx", "csv": "csv", "jsonl": "jsonl"}
    if form not in formats:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(formats)}", param_hint="--format")
    with opened() as database, database.read() as tx:
        newest = releases.current(tx)
        if release is not None and release > newest:
            raise KnowledgeError(f"there is no release {release}; the newest is {newest}")
        files = export(tx, newest if release is None else release, directory, formats[form])
    typer.echo(f"{len(files)} files in {directory}")


def goal_of(tx: Connection, text: str) -> int | UnitKey:
    """The release or the unit that somebody named: `7`, `item:passport`, or `passport` where one kind has it.

    A number is a release. Where a unit has it as its id, too, that is said: the release holds all the others.

    Raises:
        KnowledgeError: no unit, or several, have that id; there is no such release, but a unit with that id.
    """
    kind, _, unit_id = text.partition(":")
    if kind in GOVERNED and unit_id:
        return UnitKey(kind, unit_id)
    known = [UnitKey(kind, text) for kind in GOVERNED if releases.history(tx, UnitKey(kind, text))]
    if text.isdecimal():
        written = " or ".join(f"`zhengwu kb rollback {key}`" for key in known)
        if known and not 1 <= int(text) <= releases.current(tx):
            raise KnowledgeError(f"there is no release {text}; for the unit with that id write {written}")
        if known:
            typer.echo(f"{text} is taken as a release, all of it; the unit with that id is {written}", err=True)
        return int(text)
    if len(known) != 1:
        several = f"; it may be {' or '.join(map(str, known))}" if known else ""
        raise KnowledgeError(f"{text!r} names no single unit{several}. Write it as kind:id, with one of {GOVERNED}")
    return known[0]


def say_imported(report: Report) -> None:
    for file in report.files:
        for problem in file.problems:
            typer.echo(str(problem), err=True)
        if file.ignored:
            typer.echo(f"{file.file}: not used: {'、'.join(file.ignored)}", err=True)
        if not file.taken:
            typer.echo(f"{file.file}: not imported; correct it, or take the rest with --skip-bad-rows", err=True)
    verb = "would become" if report.dry_run else "are"
    typer.echo(f"{sum(report.units.values())} units {verb} drafts{listed(report.units)}, {report.unchanged} unchanged")


def listed(counts: dict[str, int]) -> str:
    entries: Iterable[str] = (f"{count} {kind}" for kind, count in sorted(counts.items()))
    return f" ({', '.join(entries)})" if counts else ""


def local(instant: datetime) -> str:
    return instant.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
