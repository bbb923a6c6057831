"""`zhengwu kb test`: the content tests, on what is published with all drafts laid over it."""

from __future__ import annotations

import typer

from bot.cli.opening import opened
from foundation.clock import SystemClock
from foundation.settings import get_settings
from knowledge_base.store import releases
from knowledge_base.trials.expectations import Fault


def test(only_published: bool = typer.Option(False, "--published", help="leave the drafts out")) -> None:
    """Ask the questions of the content tests; 1 when an answer is not as it must be."""
    from knowledge_base.trials.answerer import open_answerer
    from knowledge_base.trials.running import run

    with opened() as database:
        answerer = open_answerer(get_settings(), database)
        with database.read() as tx:
            moves = [] if only_published else releases.pending_moves(tx)
            report = run(answerer, tx, moves, SystemClock().now())
    for one in report.failed:
        faults = "; ".join(map(told, one.faults))
        blocks = " (blocks publishing)" if one.blocks else ""
        typer.echo(f"test {one.test.id}: {one.test.turns[-1]}: {faults}{blocks}")
    passed = len(report.outcomes) - len(report.failed)
    counts = f"{passed} passed, {len(report.failed)} failed, {len(report.changed)} changed, {report.skipped} skipped"
    typer.echo(f"{counts} in {report.seconds:.1f} s, {len(report.moves)} drafts on release {report.release}", err=True)
    if report.failed:
        raise typer.Exit(1)


def told(fault: Fault) -> str:
    """A fault in one line."""
    if fault.part in ("contains", "lacks"):
        return f"{fault.part}: {fault.expected}"
    return f"{fault.part}: {fault.expected} expected, {fault.found or 'none'} answered"
