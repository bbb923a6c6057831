"""`zhengwu doctor`: what is wrong here, and its cure."""

from __future__ import annotations

import json
import logging

import typer

from bot.doctor import Finding, examine


def doctor(as_json: bool = typer.Option(False, "--json", help="one JSON list")) -> None:
    """Look at everything that the services need. Changes nothing; exit code 1 when something is wrong."""
    logging.disable(logging.ERROR)  # what a check found is in its line
    found = []
    for finding in examine():
        found.append(finding)
        if not as_json:
            typer.echo(line(finding))
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in found], ensure_ascii=False, indent=1))
    if not all(finding.good for finding in found):
        raise typer.Exit(1)


def line(finding: Finding) -> str:
    """`✓ ports       5005 gateway (free)`; ✗ is wrong, ! wants looking at; the cure stands below it."""
    mark = "✗" if not finding.good else "!" if finding.cure else "✓"
    cure = f"\n{'':<14}→ {finding.cure}" if finding.cure else ""
    return f"{mark} {finding.subject:<11} {finding.seen}{cure}"
