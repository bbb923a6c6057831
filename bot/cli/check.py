"""`zhengwu kb check`: the quality report, and whether the web addresses in the content open."""

from __future__ import annotations

import asyncio
from collections import Counter

import typer
from rich.console import Console

from bot.cli.opening import opened
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import get_settings
from knowledge_base.quality import check as quality_check
from knowledge_base.quality.link_checking import check as try_links
from knowledge_base.quality.links import all_links, keep
from knowledge_base.quality.report import standing


def check(
    links: bool = typer.Option(False, "--links", help="first try whether the web addresses in the content open"),
) -> None:
    """Print the quality report: the content as the next release would hold it."""
    beside = Console(stderr=True)  # standard output stays for programs
    with opened() as database:
        if links:
            check_links(database, beside)
        with database.read() as tx, beside.status("checking…"):
            findings = quality_check(tx, SystemClock().now())
    for finding in findings:
        typer.echo(f"{finding.severity}: {finding}")
    counts = Counter(finding.severity for finding in findings)
    beside.print(f"{counts['block']} block, {counts['warning']} warnings, {counts['note']} notes")


def check_links(database: Database, beside: Console) -> None:
    """Try every address of the content, and keep which ones do not open."""
    with database.read() as tx:
        urls = all_links(stored.unit for stored in standing(tx).values())
    allowed = get_settings().link_hosts.replace(",", " ").lower().split()
    with beside.status("trying…") as shown:
        tried = asyncio.run(try_links(urls, allowed, lambda done: shown.update(f"{done} of {len(urls)} addresses")))
    with database.write() as tx:
        keep(tx, tried, SystemClock().now())
    dead = sum(outcome is not None for outcome in tried.values())
    beside.print(f"{len(tried)} addresses tried, {dead} do not open")
