"""The pages of figures: a few tiles, and tables with their charts, about the days and the part that are asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from console.content import shelves
from console.content.learned import learned
from console.house import house
from console.insights import narrowing, overview, people, plotting, tables, topics, unanswered
from console.insights.asked import Asked, asked
from console.insights.naming import word
from console.insights.roles import PART, READERS, opens_content
from console.insights.tables import Table
from console.insights.tiles import Tile
from console.pages import render
from console.routing import Handler, Page, route
from desk.hours import desk_hours
from foundation.clock import local_today


@dataclass(frozen=True)
class View:
    tiles: Sequence[Tile]
    tables: Sequence[Table]


Seen = Callable[[Request, Asked], Awaitable[View]]


async def _overview(request: Request, wanted: Asked) -> View:
    return await house(request).read(lambda tx: View(overview.tiles(tx, wanted), overview.tables(tx, wanted)))


async def _topics(request: Request, wanted: Asked) -> View:
    here, shelf = house(request), await shelves.shelf(request)
    today, opens = local_today(here.clock), opens_content(request.state.account)
    return await here.read(lambda tx: View((), topics.tables(tx, wanted, shelf, today, opens)))


async def _people(request: Request, wanted: Asked) -> View:
    here = house(request)
    now = here.now()
    return await here.read(lambda tx: View(*people.tables(tx, wanted, desk_hours(tx, here.settings), now)))


async def _unanswered(request: Request, wanted: Asked) -> View:
    found, opens = await learned(request), opens_content(request.state.account)
    return await house(request).read(lambda tx: View((), unanswered.tables(tx, found, wanted, opens)))


VIEWS: Mapping[str, Seen] = {
    "overview": _overview,
    "topics": _topics,
    "people": _people,
    "unanswered": _unanswered,
}
ADDRESSES = {"overview": "", "topics": "/topics", "people": "/people", "unanswered": "/unanswered"}


def wanted_by(request: Request) -> Asked:
    return asked(request.query_params, local_today(house(request).clock))


def page(name: str) -> Handler:
    """GET /insights, /insights/topics …: ?period=, or since=&until=; channel=&region=&department="""

    async def handler(request: Request) -> Response:
        here, wanted = house(request), wanted_by(request)
        view = await VIEWS[name](request, wanted)
        choices = await here.read(lambda tx: narrowing.choices(tx, wanted))
        script = await here.run(plotting.script)
        return render(
            request,
            "insights.html",
            name=name,
            title=word(f"pages.{name}.title"),
            lead=word(f"pages.{name}.lead"),
            view=view,
            asked=wanted,
            choices=choices,
            kept={},
            path_here=f"{PART}{ADDRESSES[name]}",
            said=tables.said,
            percent=tables.percent,
            drawings={table.name: drawn for table in view.tables if (drawn := tables.drawing(table))},
            script=f"{PART}/plotly-{script.name}.js",
            file=lambda table, form: wanted.link("/file", page=name, table=table, form=form),
        )

    return handler


def _route(name: str) -> Page:
    first = not ADDRESSES[name]
    nav, under = (word("nav"), None) if first else (word(f"pages.{name}.nav"), PART)
    return route(f"{PART}{ADDRESSES[name]}", page(name), roles=READERS, nav=nav, under=under)


ROUTES = [_route(name) for name in VIEWS]
