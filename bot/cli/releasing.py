"""After a release is made: the workers take it over, and it is told what is in it."""

from __future__ import annotations

import time
from datetime import timedelta

import typer
from rich.console import Console

from bot.cli.opening import opened
from foundation import heartbeat
from foundation.clock import SystemClock
from knowledge_base.findings import Finding
from knowledge_base.store import releases

ALIVE = timedelta(seconds=5)
PATIENCE = 600.0
"""Seconds: encoding thousands of new texts takes workers minutes."""
SHOWN = 20
"""Problems of one sort that are printed in full."""


def say_released(release: releases.Release) -> None:
    sorts: dict[str, list[Finding]] = {}
    for finding in release.warnings:
        sorts.setdefault(f"{finding.field}: {finding.problem}", []).append(finding)
    for sort, findings in sorts.items():
        names = ", ".join(str(finding.unit) for finding in findings[:SHOWN])
        more = f" … ({len(findings)})" if len(findings) > SHOWN else ""
        typer.echo(f"warning: {sort}: {names}{more}", err=True)
    if release.fresh:
        done = f"{release.added} added, {release.changed} changed, {release.removed} removed"
        typer.echo(f"{done}, {len(release.warnings)} warnings", err=True)
    else:
        typer.echo("nothing to publish: the drafts change nothing" if release.number else "no drafts", err=True)
    typer.echo(str(release.number))


def await_workers(release: int) -> None:
    """Return when every worker that runs answers from this release, or none runs."""
    until = time.monotonic() + PATIENCE
    with opened() as database, note_console().status("workers take it over…"):
        while time.monotonic() < until:
            with database.read() as tx:
                workers = heartbeat.alive(tx, heartbeat.WORKER, SystemClock().now(), ALIVE)
            if all(worker.detail.get("release", 0) >= release for worker in workers):
                return
            time.sleep(0.05)
    typer.echo("published, but some worker still answers from the release before; see `zhengwu doctor`", err=True)


def note_console() -> Console:
    """Where progress is shown: standard error, so that standard output stays for programs."""
    return Console(stderr=True)
