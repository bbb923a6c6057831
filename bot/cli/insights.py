"""`zhengwu insights`: counting what is over, the monthly report, and the statistics that may be published."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.cli.opening import fail, opened
from bot.reporting import report as report_of
from bot.rolling_up import roll_up
from bot.statistics_keeping import openness_dir, publish
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.settings import get_settings
from insights.months import Month, NoMonth
from insights.report.layout import Laid, lay_out
from insights.rolling import due

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
FORMS = (".html", ".pdf")


@app.callback()
def insights() -> None:
    """What was asked and how it went."""


@app.command()
def report(
    month: str = typer.Argument(..., help="such as 2026-10"),
    output: Path = typer.Option(None, "--output", "-o", help="a file that ends with .html or .pdf"),
) -> None:
    """The monthly report: its figures in lines, or as a file; as it was made final in the console, where it was."""
    if output is not None and output.suffix.lower() not in FORMS:
        raise typer.BadParameter("name a file that ends with .html or .pdf", param_hint="--output")
    wanted, settings = month_of(month), get_settings()
    with opened() as database, database.read() as tx:
        found, final = report_of(tx, wanted, settings, SystemClock().now())
    laid = lay_out(found, final)
    if output is None:
        typer.echo(in_lines(laid))
        return
    output.write_bytes(written(laid, output.suffix.lower()))
    typer.echo(f"{output}: the {'final ' if final else ''}report of {wanted}")


@app.command()
def export(month: str = typer.Option(None, help="such as 2026-10; the newest that is over by default")) -> None:
    """Write the statistics of a month for the public, small counts withheld; again, where they are there already."""
    settings, clock = get_settings(), SystemClock()
    wanted = month_of(month) if month else Month.last_complete(clock.now())
    with opened() as database:
        place = publish(database, settings, clock, wanted, OPERATOR, again=True)
    assert place is not None
    typer.echo(f"{place}: {len(list(place.iterdir()))} files, statistics of {wanted}")
    if settings.openness == "off":
        typer.echo(f"nothing is written by itself: ZHENGWU_OPENNESS is off ({openness_dir(settings)})", err=True)


@app.command("roll-up")
def roll_up_command() -> None:
    """Count the days that are over and not counted yet; the workers do it by themselves, a day every few seconds."""
    now = SystemClock().now()
    with opened() as database:
        with database.read() as tx:
            days = due(tx, now)
        for day in days:
            typer.echo(f"{day}: {roll_up(database, day, now)} turns")
    typer.echo(f"{len(days)} days counted" if days else "nothing to do: every day that is over is counted")


def month_of(text: str) -> Month:
    try:
        return Month.parse(text)
    except NoMonth as error:
        raise fail(error) from error


def written(laid: Laid, form: str) -> bytes:
    # Each brings a library that the other commands need not pay for.
    if form == ".pdf":
        from insights.report.pdf import pdf

        return pdf(laid)
    from insights.report.html import document

    return document(laid).encode()


def in_lines(laid: Laid) -> str:
    """The sections with their tables, cells apart by tabs."""
    lines = [laid.title, laid.office, laid.under, *filter(None, [laid.draft])]
    for section in laid.sections:
        lines += ["", section.title]
        if section.sheet is not None:
            rows = [section.sheet.head, *section.sheet.rows] if section.sheet.rows else [[section.sheet.empty]]
            lines += ["\t".join(row) for row in rows]
        lines += [f"{name}\t{number}" for name, number in section.columns]
    return "\n".join(lines)
