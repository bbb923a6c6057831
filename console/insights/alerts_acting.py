"""What supervisors do about an alert: look after it, close it with a verdict, keep quiet about its subject."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content.telling import Form, posted
from console.house import house
from console.insights.alert_words import entry, word
from console.insights.alerts import ACTING, HERE, show
from console.pages import see_other
from console.routing import route
from desk import changes
from insights.warning import alerts, mutes
from insights.warning.alerts import FALSE, REAL, Alert

TOPIC = "alerts"
LONGEST = 500
"""Characters of a remark."""


class Wrong(Exception):
    """What cannot be done; `name` is the sentence's, under trouble."""

    def __init__(self, name: str) -> None:
        super().__init__(word(f"trouble.{name}"))


async def acknowledge(request: Request, form: Form) -> Response:
    """POST /insights/alerts/{id}/acknowledge"""
    here, id, me = house(request), request.path_params["id"], request.state.account.name

    def write(tx: Connection) -> None:
        known(tx, id)
        if not alerts.acknowledge(tx, id, me, here.now()):
            raise Wrong("acknowledged")
        changes.touch(tx, TOPIC)

    try:
        await here.write(write)
    except Wrong as error:
        return await show(request, str(error))
    return see_other(f"{HERE}/{id}?done=acknowledged")


async def resolve(request: Request, form: Form) -> Response:
    """POST /insights/alerts/{id}/resolve: verdict (real, false), remark"""
    here, id, me = house(request), request.path_params["id"], request.state.account.name
    verdict, remark = form.get("verdict", ""), form.get("remark", "").strip()[:LONGEST]

    def write(tx: Connection) -> None:
        known(tx, id)
        if verdict not in (REAL, FALSE):
            raise Wrong("verdict")
        if not alerts.resolve(tx, id, verdict, remark, me, here.now()):
            raise Wrong("resolved")
        changes.touch(tx, TOPIC)

    try:
        await here.write(write)
    except Wrong as error:
        return await show(request, str(error))
    return see_other(f"{HERE}/{id}?done=resolved")


async def mute(request: Request, form: Form) -> Response:
    """POST /insights/alerts/{id}/mute: hours (one of the durations), remark"""
    here, id, me = house(request), request.path_params["id"], request.state.account.name
    hours, remark = form.get("hours", ""), form.get("remark", "").strip()[:LONGEST]

    def write(tx: Connection) -> None:
        alert, now = known(tx, id), here.now()
        if hours not in entry("durations"):
            raise Wrong("until")
        until = now + timedelta(hours=int(hours))
        mutes.mute(tx, alert.subject, until, remark, me, now)
        alerts.note(tx, id, "muted", now, me, {"until": until.isoformat()})
        changes.touch(tx, TOPIC)

    try:
        await here.write(write)
    except Wrong as error:
        return await show(request, str(error))
    return see_other(f"{HERE}/{id}?done=muted")


async def unmute(request: Request, form: Form) -> Response:
    """POST /insights/alerts/unmute: subject"""
    here, me = house(request), request.state.account.name

    def write(tx: Connection) -> None:
        mutes.unmute(tx, form.get("subject", ""), me, here.now())
        changes.touch(tx, TOPIC)

    await here.write(write)
    return see_other(f"{HERE}?done=unmuted")


def known(tx: Connection, id: int) -> Alert:
    """The alert. Raises HTTPException 404: there is none."""
    found = alerts.find(tx, id)
    if found is None:
        raise HTTPException(404)
    return found


ROUTES = [
    route(f"{HERE}/unmute", posted(unmute), roles=sorted(ACTING), methods=("POST",)),
    route(f"{HERE}/{{id:int}}/acknowledge", posted(acknowledge), roles=sorted(ACTING), methods=("POST",)),
    route(f"{HERE}/{{id:int}}/resolve", posted(resolve), roles=sorted(ACTING), methods=("POST",)),
    route(f"{HERE}/{{id:int}}/mute", posted(mute), roles=sorted(ACTING), methods=("POST",)),
]
