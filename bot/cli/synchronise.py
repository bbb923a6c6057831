"""`zhengwu kb sync`: another system's export becomes drafts of what has changed there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.opening import opened
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.database import Database
from knowledge_base.editing.differences import differences
from knowledge_base.importing import matching, synchronising
from knowledge_base.importing.plan import Change, Plan, plan
from knowledge_base.importing.reading import read_upload
from knowledge_base.importing.synchronising import Memory
from knowledge_base.importing.taking import Choices, Taken, digest_of, take
from knowledge_base.importing.uploads import safe_name

SHOWN = 200
"""Changed units whose differences are printed."""

File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="XLSX, CSV, JSONL or YAML")]


def sync(
    file: File,
    source: str = typer.Option(..., "--source", metavar="NAME", help="whose export it is, the same name every time"),
    dry_run: bool = typer.Option(False, "--dry-run", help="only say what would happen"),
    skip_bad_rows: bool = typer.Option(False, "--skip-bad-rows", help="take the good rows of a file with bad ones"),
    overwrite_drafts: bool = typer.Option(False, "--overwrite-drafts", help="replace drafts of other people, too"),
    remove_missing: bool = typer.Option(False, "--remove-missing", help="draft the removal of what is gone from it"),
) -> None:
    """Make drafts of what has changed in another system's export; publishes nothing."""
    choices = Choices(skip_bad_rows, None if overwrite_drafts else (), remove_missing)
    with opened() as database:
        found, memory, taken = synchronise(database, file, source, choices, dry_run)
    say(found, memory, choices, taken)
    if taken is None and found.problems and not skip_bad_rows:
        raise typer.Exit(1)


def synchronise(
    database: Database, file: Path, source: str, choices: Choices, dry_run: bool
) -> tuple[Plan, Memory, Taken | None]:
    """What there is to do, and what was done: nothing where rows are bad or it is only to be said."""
    content, now = file.read_bytes(), SystemClock().now()
    with database.read() as tx:
        matches = matching.remembered(tx)
    read = read_upload(safe_name(file.name), content, matches)
    with database.write() as tx:
        synchronising.alone(tx)
        memory = synchronising.remembered(tx, source)
        found = plan(tx, read, OPERATOR, None, now, memory, shown=SHOWN)
        if dry_run or (found.problems and not choices.skip_bad_rows):
            return found, memory, None
        return found, memory, take(tx, found, OPERATOR, choices, now, memory, digest_of(content))


def say(found: Plan, memory: Memory, choices: Choices, taken: Taken | None) -> None:
    for problem in found.problems:
        typer.echo(str(problem), err=True)
    for change in found.changes:
        typer.echo(f"{'new' if change.is_new else 'changed'}: {change.key} {change.title}{held(change)}")
        for one in differences(change.before, change.after) if change.before else ():
            typer.echo(f"  {' › '.join(one.place)}: {one.old!r} -> {one.new!r}")
    for change in found.missing:
        typer.echo(f"missing: {change.key} {change.title}{held(change)}")
    if found.missing and not choices.remove_missing:
        typer.echo(f"what is gone from {memory.source} stays; --remove-missing drafts its removal", err=True)
    if taken is not None:
        typer.echo(
            f"{taken.drafts} drafts, {taken.removals} removals, {taken.left} left alone, {taken.unchanged} unchanged"
        )
    elif found.problems and not choices.skip_bad_rows:
        typer.echo("nothing was taken; correct the file, or take the rest with --skip-bad-rows", err=True)


def held(change: Change) -> str:
    if change.held is None:
        return ""
    return f" (draft of {change.held.account}{', under review' if change.held.in_review else ''})"
