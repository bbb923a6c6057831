"""紧急提示: from an alert to a sentence that every channel says before its answers, in two steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from bot.reporting import names
from console.content import switching
from console.content.roles import SUPERVISORS
from console.content.switching import Wrong
from console.content.telling import Form, posted
from console.house import house
from console.insights.alert_words import entry
from console.insights.alerts import HERE
from console.insights.alerts_acting import TOPIC, known
from console.pages import render, see_other
from console.routing import route
from desk import changes
from foundation import switches
from foundation.channel_names import CHANNEL_NAMES
from foundation.clock import CHINA
from foundation.settings import Settings
from foundation.switches import ALL, NOTICE
from insights.naming import Names
from insights.warning import alerts, telling
from insights.warning.alerts import Alert
from insights.warning.series import CHANNEL, UNIT

LASTS = timedelta(hours=2)
FIELDS = ("scope", "channel", "item", "text", "until")


async def form(request: Request) -> Response:
    """GET /insights/alerts/{id}/notice"""
    here, id = house(request), request.path_params["id"]

    def read(tx: Connection) -> Mapping[str, str]:
        return prefilled(known(tx, id), names(tx), here.settings, here.now())

    return await _show(request, await here.read(read))


async def set_notice(request: Request, fields: Form) -> Response:
    """POST /insights/alerts/{id}/notice: scope, channel, item, text, until; sure=1 when it has been read once more"""
    here, id, me = house(request), request.path_params["id"], request.state.account.name
    typed = {name: fields.get(name, "").strip() for name in FIELDS}

    def check(tx: Connection) -> switching.Wanted:
        known(tx, id)
        return switching.wanted(tx, {**typed, "mode": NOTICE}, here.now())

    def write(tx: Connection) -> None:
        now, asked = here.now(), check(tx)
        switches.turn_on(tx, asked.scope, NOTICE, asked.text, asked.until, me, now)
        alerts.note(tx, id, "noticed", now, me, {"scope": asked.scope})
        changes.touch(tx, TOPIC)

    try:
        if fields.get("sure") != "1":
            return await _show(request, typed, sure=await here.read(check))
        await here.write(write)
    except Wrong as error:
        return await _show(request, typed, str(error))
    return see_other(f"{HERE}/{id}?done=noticed")


def prefilled(alert: Alert, known_names: Names, settings: Settings, now: datetime) -> dict[str, str]:
    """What the form proposes: everywhere or for the item, for two hours."""
    series, words = alert.series, entry("notice")
    text = str(words.get(alert.what, words["other"]))
    kind, _, item = series.name.partition(":")
    of_item = series.kind == UNIT and kind == "item"
    until = (now + LASTS).astimezone(CHINA)
    return {
        "scope": "item" if of_item else "channel" if series.kind == CHANNEL else ALL,
        "channel": series.name if series.kind == CHANNEL else "",
        "item": item if of_item else "",
        "text": text.format(subject=telling.subject(series, known_names), hotline=settings.hotline),
        "until": f"{until:%Y-%m-%dT%H:%M}",
    }


async def _show(
    request: Request, typed: Mapping[str, str], wrong: str = "", sure: switching.Wanted | None = None
) -> Response:
    here, id = house(request), request.path_params["id"]

    def read(tx: Connection) -> dict[str, Any]:
        item, found = typed["item"], names(tx)
        title = telling.title(known(tx, id), found)
        return {"title": title, "item_title": found.units([("item", item)])[("item", item)] if item else ""}

    shown = await here.read(read)
    status, values = 422 if wrong else 200, {"wrong": wrong, "sure": sure, "typed": typed, "id": id}
    values |= {"channels": CHANNEL_NAMES, "most": switching.MOST}
    return render(request, "insights_alert_notice.html", status, **values, **shown)


ROUTES = [
    route(f"{HERE}/{{id:int}}/notice", form, roles=SUPERVISORS),
    route(f"{HERE}/{{id:int}}/notice", posted(set_notice), roles=SUPERVISORS, methods=("POST",)),
]
