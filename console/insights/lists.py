"""What is behind the figures as tables to take away: the newest, masked as on their pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.content import shelves
from console.house import house
from console.insights import naming
from console.insights.asked import Asked
from console.insights.naming import entry, word
from console.insights.people import part_of
from console.insights.questions import in_words, which_of
from console.insights.tables import Cell, Column, Form, Table
from console.insights.talks import in_words as talks_in_words
from console.insights.talks import kept_of, scores_of
from console.insights.talks import which_of as ratings_of
from console.insights.topics import title_of
from desk import behind
from desk.hours import desk_hours
from foundation import accounts
from foundation.clock import CHINA
from insights import figures

MOST = 5000
"""Rows of a file; whoever wants more takes a shorter time."""
COLUMNS: Mapping[str, Sequence[str]] = {
    "questions": ("at", "question", "decision", "handovers", "answer", "aspect", "channel", "region", "record"),
    "talks": ("at", "question", "department", "agent", "wait", "first_reply", "channel", "region", "given"),
    "ratings": ("at", "comment", "given", "rated_whom", "department", "channel", "due", "how"),
}
FORMS: Mapping[str, Form] = {"wait": "seconds", "first_reply": "seconds"}


async def _questions(request: Request, wanted: Asked) -> Table:
    which, shelf = which_of(request.query_params), await shelves.shelf(request)
    found = await house(request).read(lambda tx: figures.questions(tx, wanted.scope, **which, most=MOST))
    rows = [
        [
            _local(one.at),
            naming.masked(one.question or ""),
            entry("decisions")[one.decision],
            word("yes") if one.handover else "",
            title_of(shelf, one.unit) if one.unit else "",
            naming.aspect(one.aspect) if one.aspect else "",
            naming.channel(one.channel),
            naming.region(one.region or ""),
            one.record or "",
        ]
        for one in found
    ]
    return _table("questions", in_words(which, shelf), rows)


async def _talks(request: Request, wanted: Asked) -> Table:
    here, kept = house(request), kept_of(request.query_params)

    def read(tx: Connection) -> tuple[list[behind.Talk], dict[str, str]]:
        chosen = {"account": kept.get("account"), "left": "left" in kept, "scores": scores_of(kept)}
        days, hours = (wanted.since, wanted.until), desk_hours(tx, here.settings)
        found = behind.talks(tx, *days, hours, part_of(wanted), most=MOST, **chosen)  # type: ignore[arg-type]
        return found, {one.name: one.display_name for one in accounts.everyone(tx)}

    found, names = await here.read(read)
    rows = [
        [
            _local(one.opened_at),
            naming.masked(one.question),
            naming.department(one.department),
            names.get(one.account or "", one.account or ""),
            one.wait,
            one.first_reply,
            naming.channel(one.channel),
            naming.region(one.region or ""),
            entry("scores")[one.score] if one.score else "",
        ]
        for one in found
    ]
    return _table("talks", talks_in_words(kept, names), rows)


async def _ratings(request: Request, wanted: Asked) -> Table:
    here, kept = house(request), ratings_of(request.query_params)
    days, now, which = (wanted.since, wanted.until), here.now(), kept.get("which", "")
    found = await here.read(lambda tx: behind.complaints(tx, *days, now, part_of(wanted), which=which, most=MOST))
    rows = [
        [
            _local(one.opened_at),
            naming.masked(one.comment),
            entry("scores")[one.score] if one.score else "",
            word("whom.person" if one.of_person else "whom.robot"),
            naming.department(one.department),
            naming.channel(one.channel),
            _local(one.due_at) if one.due_at else "",
            entry("how")[one.how],
        ]
        for one in found
    ]
    return _table("ratings", [entry("which_ratings")[one] for one in kept.values()], rows)


LISTS: Mapping[str, Callable[[Request, Asked], Awaitable[Table]]] = {
    "questions": _questions,
    "talks": _talks,
    "ratings": _ratings,
}


def _table(name: str, described: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    columns = [Column(word(f"columns.{column}"), FORMS.get(column, "text")) for column in COLUMNS[name]]
    title = word("and").join([word(f"tables.{name}"), *described])
    return Table(name, title, columns, [[Cell(value) for value in row] for row in rows])


def _local(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
