"""`zhengwu doctor`: what is wrong here, and its cure."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import typer

from bot.doctor import Finding, examine, unreadable
from foundation.errors import ConfigError
from foundation.settings import get_settings


def doctor(as_json: bool = typer.Option(False, "--json", help="one JSON list")) -> None:
    """Look at everything that the services need. Changes nothing; exit code 1 when something is wrong."""
    logging.disable(logging.WARNING)  # what a check found is in its line
    found = []
    for finding in findings():
        found.append(finding)
        if not as_json:
            typer.echo(line(finding))
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in found], ensure_ascii=False, indent=1))
    if not all(finding.good for finding in found):
        raise typer.Exit(1)


def findings() -> Iterator[Finding]:
    try:
        settings = get_settings()
    except ConfigError as error:
        yield unreadable(error)
        return
    yield from examine(settings)


def line(finding: Finding) -> str:
    """`✓ ports     5005 gateway (free)`; the cure of what is wrong stands below it."""
    cure = f"\n{'':<12}→ {finding.cure}" if finding.cure else ""
    mark = "✗" if not finding.good else "!" if finding.cure else "✓"
    return f"{mark} {finding.subject:<9} {finding.seen}{cure}"
