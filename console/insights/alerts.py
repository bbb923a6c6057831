"""预警: what goes on, what has been, and one alert with its reasons, questions and history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.reporting import names
from console.house import house
from console.insights.alert_words import entry, recipients, thresholds, word
from console.insights.roles import PART, READERS
from console.pages import render
from console.routing import route
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.naming import Names
from insights.warning import alerts, messages, mutes, recent, storing, telling
from insights.warning.alerts import FALSE, Alert
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT

HERE = f"{PART}/alerts"
ACTING = frozenset({"supervisor"})
JUDGED = timedelta(days=90)


@dataclass(frozen=True)
class Row:
    """An alert in a list."""

    alert: Alert
    title: str
    why: str
    severity: str


async def page(request: Request) -> Response:
    """GET /insights/alerts"""
    here = house(request)

    def read(tx: Connection) -> dict[str, Any]:
        now, known = here.now(), names(tx)
        found, judged = alerts.listing(tx), alerts.verdicts(tx, here.now() - JUDGED)
        muted = [(one, telling.subject(one.series, known)) for one in mutes.in_force(tx, now)]
        return {
            "found": [_row(one, known, now) for one in found],
            "muted": muted,
            "judged": _judged(judged),
            "learning": _learning(tx),
        }

    shown = await here.read(read)
    done = entry("done").get(request.query_params.get("done", ""), "")
    values = {"done": done, "acts": acts(request), "thresholds": thresholds(here.settings)}
    return render(request, "insights_alerts.html", recipients=recipients(here.settings), **values, **shown)


async def one(request: Request) -> Response:
    """GET /insights/alerts/{id}"""
    return await show(request)


async def show(request: Request, wrong: str = "") -> Response:
    """An alert's page, with what was wrong with a form."""
    here, id = house(request), request.path_params["id"]
    calendar = WorkCalendar(here.settings.calendar_file)

    def read(tx: Connection) -> dict[str, Any]:
        now, alert = here.now(), alerts.find(tx, id)
        if alert is None:
            raise HTTPException(404)
        known, counted = names(tx), alert.series.kind in (UNIT, DEPARTMENT, REGION, CHANNEL, ALL)
        return {
            "row": _row(alert, known, now),
            "samples": telling.samples(tx, alert),
            "history": alerts.history(tx, id),
            "messages": messages.of_alert(tx, id),
            "muted": mutes.is_muted(tx, alert.subject, now),
            "hours": recent.course(tx, alert.series, storing.load(tx), calendar, now) if counted else [],
        }

    shown = await here.read(read)
    done = entry("done").get(request.query_params.get("done", ""), "")
    return render(
        request, "insights_alert.html", 422 if wrong else 200, wrong=wrong, done=done, acts=acts(request), **shown
    )


async def waiting(request: Request) -> Response:
    """GET /insights/alerts/waiting: for the badge, how many nobody has looked at."""
    here = house(request)

    def read(tx: Connection) -> dict[str, Any]:
        found = alerts.waiting(tx)
        if not found:
            return {"count": 0, "said": ""}
        said = word("badge", count=len(found), title=telling.title(found[0], names(tx)))
        return {"count": len(found), "said": said}

    return JSONResponse(await here.read(read))


def acts(request: Request) -> bool:
    """Whether whoever looks may do something about it."""
    return not ACTING.isdisjoint(request.state.account.roles)


def _row(alert: Alert, known: Names, now: Any) -> Row:
    why = telling.why(alert, known, now)
    return Row(alert, telling.title(alert, known), why, telling.severity(alert))


def _judged(counted: dict[str, int]) -> str:
    total = sum(counted.values())
    if not total:
        return word("shares.none")
    false = counted.get(FALSE, 0)
    return word("shares.some", all=total, false=false, share=f"{100 * false / total:.0f}%")


def _learning(tx: Connection) -> str:
    known = storing.load(tx)
    if known is None:
        return word("learning.none")
    at = f"{known.at.astimezone(CHINA):%-m月%-d日 %-H:%M}"
    return word("learning.some", at=at, days=known.baseline.days, series=len(known.baseline.series))


ROUTES = [
    route(HERE, page, roles=READERS, nav=word("title"), under=PART),
    route(f"{HERE}/waiting", waiting, roles=READERS),
    route(f"{HERE}/{{id:int}}", one, roles=READERS),
]
