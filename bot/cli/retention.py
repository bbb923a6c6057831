"""`zhengwu retention`: what has been kept for long enough goes."""

from __future__ import annotations

import os
import socket

import typer

import bot.erasing  # noqa: F401  # the rules of all packages
from bot.cli.opening import opened
from foundation import log_files, retention, retention_runs
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import Settings, get_settings


def retention_command(
    dry_run: bool = typer.Option(False, "--dry-run", help="only say how much each rule would settle"),
) -> None:
    """Carry out the rules of docs/privacy.md now, as the worker does every night; prints what came of each store."""
    settings, clock = get_settings(), SystemClock()
    log_files.keep_for(settings)
    with opened() as database:
        if dry_run:
            with database.read() as tx:
                counts = {rule.store: count for rule, count in retention_runs.preview(tx, settings, clock.now())}
        else:
            counts = carried_out(database, settings, clock)
    for rule in retention.rules():
        typer.echo(line(rule, counts.get(rule.store) if rule.then != retention.KEPT else None, settings))


def carried_out(database: Database, settings: Settings, clock: SystemClock) -> dict[str, int | None]:
    holder = f"{socket.gethostname()}/zhengwu retention {os.getpid()}"
    try:
        run = retention_runs.carry_out(database, clock, settings, holder, OPERATOR)
    except retention_runs.Elsewhere:
        typer.echo("another process carries the rules out at this moment; the console shows what comes of it", err=True)
        raise typer.Exit(1) from None
    assert run is not None
    return {rule.store: run.counts.get(rule.store, 0) for rule in retention.rules()}


def line(rule: retention.Rule, count: int | None, settings: Settings) -> str:
    """`tracker_events      12  删除  180 天  对话内容（号码已隐藏）`"""
    then = retention.WORDS.entry("then")[rule.then]
    return f"{rule.store:<20} {'—' if count is None else count:>9}  {then}  {rule.until(settings)}  {rule.what}"
