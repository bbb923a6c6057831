"""人工: how long citizens waited for a person, who had how much to do, what citizens thought, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from console.insights import naming
from console.insights.asked import Asked
from console.insights.counted import note, share
from console.insights.naming import entry, word
from console.insights.overview import MOST_DAYS, month_of, times
from console.insights.tables import Cell, Chart, Column, Table, lasting, percent
from console.insights.tiles import Tile
from desk import figures, satisfaction
from desk.figures import Grouped, Summary
from desk.hours import Hours
from desk.part import Part
from desk.satisfaction import LookedInto, Scores
from foundation import accounts

TALKS, RATINGS = "/talks", "/ratings"
NO_SUMMARY = Summary(0, 0, 0, None, None, None, None, None)


def part_of(asked: Asked) -> Part:
    return Part(asked.scope.channel, asked.scope.region, asked.scope.department)


def tiles(desk: Grouped, scores: Scores, cared: LookedInto, asked: Asked) -> list[Tile]:
    """The few figures that say how things stand."""
    whole, left = desk.overall, share(desk.overall.left, desk.overall.handovers)
    done = share(cared.in_time, cared.opened)
    score = word("nothing") if scores.mean is None else f"{scores.mean:.2f}"
    rated = word("tiles.rated", rated=scores.rated, bad=scores.bad)
    cared_for = word("tiles.cared", opened=cared.opened, overdue=cared.overdue)
    return [
        Tile(word("tiles.talks"), f"{whole.handovers:,}", asked.link(TALKS)),
        Tile(word("tiles.left"), percent(left) or word("nothing"), asked.link(TALKS, left=1), times(whole.left)),
        Tile(word("tiles.wait"), _lasting(whole.wait_median), asked.link(TALKS), _longest(whole.wait_longest)),
        Tile(
            word("tiles.first_reply"),
            _lasting(whole.first_reply_median),
            asked.link(TALKS),
            _longest(whole.first_reply_longest),
        ),
        Tile(word("tiles.person_score"), score, asked.link(TALKS, rated="all"), rated),
        Tile(word("tiles.cared_in_time"), percent(done) or word("nothing"), asked.link(RATINGS), cared_for),
    ]


def tables(tx: Connection, asked: Asked, hours: Hours, now: datetime) -> tuple[list[Tile], list[Table]]:
    """The page's figures: waits and first replies by day, department, agent; satisfaction; bad ratings."""
    part, since, until = part_of(asked), asked.since, asked.until
    desk = figures.grouped(tx, since, until, hours, part)
    scores = satisfaction.overall(tx, since, until, part)
    cared = satisfaction.looked_into(tx, since, until, now, part)
    found = [
        _over_time(desk, asked),
        _departments(desk, satisfaction.by_department(tx, since, until, part), asked),
        _agents(tx, asked, hours),
        _scores(scores, asked),
        _cared(cared, asked),
    ]
    return tiles(desk, scores, _sum(cared.values()), asked), found


def _over_time(desk: Grouped, asked: Asked) -> Table:
    scope = asked.scope
    days = [scope.since + timedelta(days=number) for number in range((scope.until - scope.since).days + 1)]
    if len(days) <= MOST_DAYS:
        rows = [_row(d, desk.by_day.get(d, NO_SUMMARY), asked.narrowed(since=d, until=d)) for d in days]
        return _of_summaries("waits_by_day", "day", rows)
    months: list[date] = sorted({one.replace(day=1) for one in days})
    rows = [_row(f"{m:%Y-%m}", desk.by_month.get(m, NO_SUMMARY), month_of(asked, m)) for m in months]
    return _of_summaries("waits_by_month", "month", rows)


def _departments(desk: Grouped, scores: Mapping[str, Scores], asked: Asked) -> Table:
    rows = []
    for name, summary in sorted(desk.by_department.items(), key=lambda pair: (-pair[1].handovers, pair[0])):
        mine = asked.narrowed(department=name)
        rows.append([*_row(naming.department(name), summary, mine), *_rated(scores.get(name), mine)])
    table = _of_summaries("waits_by_department", "department", rows)
    return replace(table, columns=[*table.columns, *_rated_columns()], chart=Chart("across", {1: "main"}))


def _agents(tx: Connection, asked: Asked, hours: Hours) -> Table:
    part, since, until = part_of(asked), asked.since, asked.until
    scores = satisfaction.by_agent(tx, since, until, part)
    names = {one.name: one.display_name for one in accounts.everyone(tx)}
    work = sorted(figures.by_agent(tx, since, until, hours, part), key=lambda one: (-one.conversations, one.account))
    columns = [
        Column(word("columns.agent")),
        Column(word("columns.talks"), "count"),
        Column(word("columns.handling"), "seconds"),
        Column(word("columns.handling_total"), "seconds"),
        *_rated_columns(),
    ]
    rows = [
        [
            Cell(names.get(one.account) or one.account),
            Cell(one.conversations, asked.link(TALKS, account=one.account)),
            Cell(one.handling_mean),
            Cell(one.handling_total),
            *_rated(scores.get(one.account), asked, account=one.account),
        ]
        for one in work
    ]
    return Table("by_agent", word("tables.by_agent"), columns, rows, note("by_agent"), Chart("across", {1: "main"}))


def _scores(scores: Scores, asked: Asked) -> Table:
    columns = [Column(word("columns.given")), Column(word("columns.ratings"), "count", shared=True)]
    rows = [
        [
            Cell(entry("scores")[score]),
            Cell(number, asked.link(TALKS, score=score) if number else "", share(number, scores.rated)),
        ]
        for score in range(5, 0, -1)
        for number in [scores.by_score.get(score, 0)]
    ]
    return Table("scores", word("tables.scores"), columns, rows, note("scores"), Chart("across", {1: "main"}))


def _cared(cared: Mapping[str, LookedInto], asked: Asked) -> Table:
    columns = [
        Column(word("columns.department")),
        Column(word("columns.tasks"), "count"),
        *(Column(word(f"columns.{name}"), "count", shared=True) for name in ("in_time", "late", "open", "overdue")),
    ]
    rows = []
    for name, one in sorted(cared.items(), key=lambda pair: (-pair[1].opened, pair[0])):
        mine = asked.narrowed(department=name)
        cells = [
            Cell(number, mine.link(RATINGS, which=which) if number else "", share(number, one.opened))
            for which, number in (
                ("in_time", one.in_time), ("late", one.late), ("open", one.open), ("overdue", one.overdue),
            )
        ]  # fmt: skip
        rows.append([Cell(naming.department(name)), Cell(one.opened, mine.link(RATINGS)), *cells])
    return Table("bad_ratings", word("tables.bad_ratings"), columns, rows, note("bad_ratings"))


def _of_summaries(name: str, about: str, rows: list[list[Cell]]) -> Table:
    columns = [
        Column(word(f"columns.{about}")),
        Column(word("columns.talks"), "count"),
        Column(word("columns.left"), "count", shared=True),
        Column(word("columns.wait_median"), "seconds"),
        Column(word("columns.wait_longest"), "seconds"),
        Column(word("columns.first_reply_median"), "seconds"),
        Column(word("columns.first_reply_longest"), "seconds"),
        Column(word("columns.handling"), "seconds"),
    ]
    return Table(name, word(f"tables.{name}"), columns, rows, note(name), Chart("lines", {3: "main", 5: "warn"}))


def _row(about: Any, one: Summary, asked: Asked) -> list[Cell]:
    def behind(number: int, **which: object) -> str:
        return asked.link(TALKS, **which) if number else ""

    return [
        Cell(about),
        Cell(one.handovers, behind(one.handovers)),
        Cell(one.left, behind(one.left, left=1), share(one.left, one.handovers)),
        *(
            Cell(took, "" if took is None else behind(one.handovers))
            for took in (
                one.wait_median, one.wait_longest, one.first_reply_median, one.first_reply_longest, one.handling_mean,
            )
        ),
    ]  # fmt: skip


def _rated_columns() -> list[Column]:
    return [Column(word("columns.score"), "score"), Column(word("columns.bad"), "count")]


def _rated(scores: Scores | None, asked: Asked, **more: object) -> list[Cell]:
    if scores is None:
        return [Cell(None), Cell(0)]
    return [Cell(scores.mean), Cell(scores.bad, asked.link(TALKS, rated="bad", **more) if scores.bad else "")]


def _sum(every: Iterable[LookedInto]) -> LookedInto:
    parts = [(one.opened, one.in_time, one.late, one.open, one.overdue) for one in every]
    return LookedInto(*map(sum, zip(*parts, strict=True))) if parts else LookedInto()


def _lasting(seconds: float | None) -> str:
    return word("nothing") if seconds is None else lasting(seconds)


def _longest(seconds: float | None) -> str:
    return "" if seconds is None else word("tiles.longest", time=lasting(seconds))
