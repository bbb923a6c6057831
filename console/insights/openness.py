"""公开: the statistics that may be published, month by month: to be made, and to be taken out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.statistics_keeping import openness_dir, publish
from console.content.telling import Form, posted, trouble
from console.house import house
from console.insights.roles import PART, READERS
from console.pages import render, see_other
from console.routing import route
from foundation.words import Words
from insights.months import Month, NoMonth
from insights.openness import exporting, writing
from insights.openness.exporting import NotOver
from insights.openness.statistics import WORDS as FILES

WORDS = Words(Path(__file__).with_name("openness.yml"))
HERE = f"{PART}/openness"
MAKERS = ("supervisor", "admin")
CHOICES = 24
"""Months that may be chosen."""
KINDS = {".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8"}


async def page(request: Request) -> Response:
    """GET /insights/openness"""
    here, me = house(request), request.state.account
    directory = openness_dir(here.settings)
    made = {one.month: one for one in await here.read(exporting.exports)}
    lying = await here.run(lambda: writing.months(directory))
    months = sorted({*made, *lying}, reverse=True)
    choices = [Month.last_complete(here.now())]
    while len(choices) < CHOICES:
        choices.append(choices[-1].before)
    return render(
        request,
        "insights_openness.html",
        found=[(month, made.get(month), month in lying) for month in months],
        choices=choices,
        by_itself=here.settings.openness != "off",
        directory=directory,
        may_make=not set(MAKERS).isdisjoint(me.roles),
        told=WORDS.entry("done").get(request.query_params.get("done", ""), ""),
    )


async def month_page(request: Request) -> Response:
    """GET /insights/openness/{month}: its files"""
    month, files = await _files(request)
    shown = [
        (name, FILES.entry("files").get(Path(name).stem, {}).get("title", ""), len(data))
        for name, data in files.items()
    ]
    return render(request, "insights_openness_month.html", month=month, files=shown)


async def archive(request: Request) -> Response:
    """GET /insights/openness/{month}.zip"""
    month, files = await _files(request)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(f"{month}/{name}", data)
    name = f"attachment; filename=zhengwu-openness-{month}.zip"
    return Response(written.getvalue(), media_type="application/zip", headers={"content-disposition": name})


async def file(request: Request) -> Response:
    """GET /insights/openness/{month}/{name}"""
    month, files = await _files(request)
    name = request.path_params["name"]
    kind = KINDS.get(Path(name).suffix)
    if name not in files or kind is None:
        raise HTTPException(404)
    disposition = f"attachment; filename={month}-{name}"
    return Response(files[name], media_type=kind, headers={"content-disposition": disposition})


async def make(request: Request, form: Form) -> Response:
    """POST /insights/openness: month"""
    here, me = house(request), request.state.account
    try:
        month = Month.parse(form.get("month", ""))
        await here.run(lambda: publish(here.database, here.settings, here.clock, month, me.name, again=True))
    except (NoMonth, NotOver):
        return trouble(request, WORDS.say("refused.month"), 422)
    except OSError:
        return trouble(request, WORDS.say("refused.disk", directory=openness_dir(here.settings)), 503)
    return see_other(f"{HERE}?done=made")


async def _files(request: Request) -> tuple[Month, dict[str, bytes]]:
    """The month that an address names, and its files. Raises HTTPException 404: there are none."""
    here = house(request)
    try:
        month = Month.parse(request.path_params["month"])
    except NoMonth:
        raise HTTPException(404) from None
    files = await here.run(lambda: writing.read(openness_dir(here.settings), month))
    if not files:
        raise HTTPException(404)
    return month, files


ROUTES = [
    route(HERE, page, roles=READERS, nav="数据公开", under=PART),
    route(HERE, posted(make), roles=MAKERS, methods=("POST",)),
    route(f"{HERE}/{{month}}.zip", archive, roles=READERS),
    route(f"{HERE}/{{month}}", month_page, roles=READERS),
    route(f"{HERE}/{{month}}/{{name}}", file, roles=READERS),
]
