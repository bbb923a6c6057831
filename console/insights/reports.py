"""月报: the months, each one's report as a page and as a PDF, and finalising it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from markupsafe import Markup
from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.reporting import report as report_of
from console.content.telling import Form, posted, trouble
from console.house import House, house
from console.insights.roles import PART, READERS
from console.pages import render, see_other
from console.routing import route
from foundation.words import Words
from insights.months import Month, NoMonth
from insights.report import html, keeping
from insights.report.gathering import Report
from insights.report.keeping import NotFinal
from insights.report.layout import lay_out

WORDS = Words(Path(__file__).with_name("reports.yml"))
HERE = f"{PART}/reports"
FINALISERS = ("supervisor",)
FRESH = timedelta(minutes=10)
"""So long a draft is shown as it was made: to work out a city's month takes some seconds."""


class Drafts:
    """The drafts of a process, each made once however many look at it."""

    def __init__(self, here: House) -> None:
        self._here = here
        self._held: dict[Month, tuple[datetime, Report]] = {}
        self._making = asyncio.Lock()

    async def of(self, month: Month) -> tuple[Report, bool]:
        """A month's report, and whether it is the final one."""
        final = await self._here.read(lambda tx: keeping.final(tx, month))
        if final is not None:
            return final.report, True
        async with self._making:
            now = self._here.now()
            young = {one: held for one, held in self._held.items() if timedelta() <= now - held[0] < FRESH}
            if month not in young:
                found, _ = await self._here.read(lambda tx: report_of(tx, month, self._here.settings, now))
                young[month] = (now, found)
            self._held = young
            return young[month][1], False


async def listed(request: Request) -> Response:
    """GET /insights/reports"""
    here = house(request)
    now = here.now()
    found = await here.read(lambda tx: keeping.months(tx, now))
    shown = [(month, by, month.is_over(now)) for month, by in found]
    return render(request, "insights_reports.html", found=shown, told=_told(request))


async def page(request: Request) -> Response:
    """GET /insights/reports/{month}: such as 2026-10"""
    month, me = _month(request), request.state.account
    report, final = await _drafts(request).of(month)
    laid = lay_out(report, final)
    return render(
        request,
        "insights_report.html",
        month=month,
        laid=laid,
        final=final,
        body=Markup(html.body(laid)),  # by a template that escapes
        may_finalise=report.whole and not final and not set(FINALISERS).isdisjoint(me.roles),
        told=_told(request),
    )


async def as_pdf(request: Request) -> Response:
    """GET /insights/reports/{month}.pdf"""
    month = _month(request)
    report, final = await _drafts(request).of(month)

    def made() -> bytes:
        from insights.report.pdf import pdf  # brings reportlab, without which the console starts faster

        return pdf(lay_out(report, final))

    content = await house(request).run(made)
    name = f"inline; filename=zhengwu-{month}.pdf"
    return Response(content, media_type="application/pdf", headers={"content-disposition": name})


async def finalise(request: Request, form: Form) -> Response:
    """POST /insights/reports/{month}/final: made anew once more, and kept"""
    here, month, me = house(request), _month(request), request.state.account

    def write(tx: Connection) -> None:
        now = here.now()
        report, final = report_of(tx, month, here.settings, now)
        if final:
            raise NotFinal("final")
        keeping.finalise(tx, report, me.name, now)

    try:
        await here.write(write)
    except NotFinal as error:
        return trouble(request, WORDS.say(f"refused.{error.key}"), 409)
    return see_other(f"{HERE}/{month}?done=final")


async def style(request: Request) -> Response:
    """GET /insights/report.css: the same that lies in a report's file"""
    return FileResponse(html.STYLE, media_type="text/css")


def _drafts(request: Request) -> Drafts:
    """The application's ones."""
    state = request.app.state
    if not hasattr(state, "report_drafts"):
        state.report_drafts = Drafts(house(request))
    found: Drafts = state.report_drafts
    return found


def _month(request: Request) -> Month:
    """The month that an address names. Raises HTTPException 404: none, or one that has not begun."""
    try:
        month = Month.parse(request.path_params["month"])
    except NoMonth:
        raise HTTPException(404) from None
    if month.since > house(request).now():
        raise HTTPException(404)
    return month


def _told(request: Request) -> str:
    known: dict[str, str] = WORDS.entry("done")
    return known.get(request.query_params.get("done", ""), "")


ROUTES = [
    route(HERE, listed, roles=READERS, nav="月报", under=PART),
    route(f"{PART}/report.css", style, roles=READERS),
    route(f"{HERE}/{{month}}.pdf", as_pdf, roles=READERS),
    route(f"{HERE}/{{month}}", page, roles=READERS),
    route(f"{HERE}/{{month}}/final", posted(finalise), roles=FINALISERS, methods=("POST",)),
]
