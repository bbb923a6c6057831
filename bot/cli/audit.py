"""`zhengwu audit`: whether anybody has tampered with the audit log."""

from __future__ import annotations

from contextlib import suppress

import typer

from bot.cli.opening import opened
from foundation import accounts, audit, audit_chain
from foundation.audit_verifying import Fault, Report
from foundation.audit_verifying import adopt as take_over
from foundation.audit_verifying import restart as go_on
from foundation.audit_verifying import verify as read_whole
from foundation.clock import SystemClock
from foundation.database import Database

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

MEANINGS = {
    "altered": "was altered",
    "missing": "was taken out",
    "alien": "was put in by nobody who has the key",
    "cut": "was cut off at the end",
    "head": "the record of how far the log goes was altered or taken away: nothing is sealed any more",
    "noted": "has another seal than the one that was noted",
}


@app.callback()
def audit_() -> None:
    """The log of who did what."""


@app.command()
def verify(
    noted: str = typer.Option(None, "--noted", metavar="N:SEAL", help="what this command printed earlier"),
) -> None:
    """Read the whole log; print how far it goes with its seal, to be noted elsewhere. Exit code 1: it is not whole."""
    with opened() as database:
        seal_what_waits(database)
        with database.read() as tx:
            report = read_whole(tx, noted_of(noted))
    for fault in report.faults:
        typer.echo(line(fault), err=True)
    typer.echo(said(report))
    if report.faults:
        raise typer.Exit(1)


@app.command()
def restart(reason: str = typer.Option(..., "--reason", help="is written into the log")) -> None:
    """Let a log go on whose head was altered, whose key is lost, or behind whose end entries were put; what is wrong
    with it stays visible."""
    with opened() as database, database.write() as tx:
        go_on(tx)
        audit.record(tx, accounts.OPERATOR, "audit.restart", "audit", {"why": reason}, SystemClock().now())
    typer.echo("the audit log goes on")


@app.command()
def adopt(reason: str = typer.Option(..., "--reason", help="is written into the log")) -> None:
    """Take over what a version without seals has written: once, after the upgrade from it, and never otherwise."""
    with opened() as database, database.write() as tx:
        count = take_over(tx)
        detail = {"why": reason, "count": count}
        audit.record(tx, accounts.OPERATOR, "audit.adopt", "audit", detail, SystemClock().now())
    typer.echo(f"{count} entries were taken over as they stand")


def seal_what_waits(database: Database) -> None:
    with suppress(audit_chain.HeadAltered), database.write() as tx:  # verifying says so
        audit_chain.seal(tx)


def noted_of(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, seal = text.partition(":")
    if not (number.isascii() and number.isdigit()) or len(seal) != 64:
        raise typer.BadParameter("write it as `zhengwu audit verify` printed it, NUMBER:SEAL", param_hint="--noted")
    return int(number), seal


def line(fault: Fault) -> str:
    if not fault.first:
        return MEANINGS[fault.kind] if fault.kind == "head" else f"what waits to be sealed {MEANINGS[fault.kind]}"
    what = f"entry {fault.first}" if fault.first == fault.last else f"each of the entries {fault.first} to {fault.last}"
    return f"{what} {MEANINGS[fault.kind]}"


def said(report: Report) -> str:
    whole = "not whole" if report.faults else "whole"
    text = f"the audit log is {whole}: {report.sealed} entries"
    if report.adopted:
        text += f" (the first {report.adopted} from before entries were sealed with a key)"
    return f"{text}, noted as {report.sealed}:{report.seal}" if report.sealed else text
