"""概况: how much was asked, when, where, and how it went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from console.insights import naming
from console.insights.asked import Asked
from console.insights.counted import STACK, Row, of_counts
from console.insights.naming import word
from console.insights.tables import Table, Tone, percent
from console.insights.tiles import Tile
from insights import figures

MOST_DAYS = 92
"""A longer time is shown by months."""


def tiles(tx: Connection, asked: Asked) -> list[Tile]:
    """The few figures that say how things stand."""
    count = figures.total(tx, asked.scope)
    found = [Tile(word("tiles.turns"), f"{count.turns:,}", asked.link("/questions"))]
    for name, number, share, which in (
        ("answered", count.answered, count.answered_share, {"decision": "answered"}),
        ("options", count.options, count.options_share, {"decision": "options"}),
        ("refused", count.refused, count.refused_share, {"decision": "refused"}),
        ("handovers", count.handovers, count.handover_share, {"handover": "1"}),
    ):
        shown = percent(share) or word("nothing")
        found.append(Tile(word(f"tiles.{name}"), shown, asked.link("/questions", **which), times(number)))
    score, took = count.mean_score, count.mean_milliseconds
    rated = word("tiles.rated", rated=f"{count.rated:,}", bad=f"{count.bad:,}")
    shown = word("nothing") if score is None else f"{score:.2f}"
    found.append(Tile(word("tiles.score"), shown, asked.link("/questions", bad=1), rated))
    shown = word("nothing") if took is None else word("tiles.seconds", took=took / 1000)
    return [*found, Tile(word("tiles.took"), shown)]


def tables(tx: Connection, asked: Asked) -> list[Table]:
    """By day or month, hour, channel, region, aspect."""
    scope = asked.scope
    hours = ((hour, count, asked, {"hour": hour}) for hour, count in figures.by_hour(tx, scope).items())
    return [
        over_time(tx, asked),
        of_counts("by_hour", word("columns.hour"), hours, drawn="stacked", key=lambda hour: f"{hour:02}:00"),
        of_counts(
            "by_channel",
            word("columns.channel"),
            ((name, count, asked.narrowed(channel=name), {}) for name, count in figures.by_channel(tx, scope).items()),
            rated=True,
            drawn="across",
            key=naming.channel,
        ),
        of_counts(
            "by_region",
            word("columns.region"),
            ((code, count, asked.narrowed(region=code), {}) for code, count in figures.by_region(tx, scope).items()),
            rated=True,
            drawn="across",
            key=naming.region,
            most=50,
        ),
    ]


def times(number: int) -> str:
    return word("tiles.times", times=f"{number:,}")


def over_time(tx: Connection, asked: Asked, series: Mapping[int, Tone] = STACK) -> Table:
    """By day, or by month where there are many days."""
    scope = asked.scope
    if (scope.until - scope.since).days < MOST_DAYS:
        days: Iterator[Row] = (
            (d, count, asked.narrowed(since=d, until=d), {}) for d, count in figures.by_day(tx, scope).items()
        )
        return of_counts("by_day", word("columns.day"), days, rated=True, drawn="stacked", series=series, form="day")
    months: Iterator[Row] = ((m, count, month_of(asked, m), {}) for m, count in figures.by_month(tx, scope).items())
    title = word("columns.month")
    return of_counts("by_month", title, months, rated=True, drawn="stacked", series=series, key=lambda m: f"{m:%Y-%m}")


def month_of(asked: Asked, first: date) -> Asked:
    """As much of a month as is asked for."""
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return asked.narrowed(since=max(first, asked.scope.since), until=min(last, asked.scope.until))
