"""The agents' page: its frame, its lists, and who is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from channels.windows import may_be_said
from console.desk_http import DESK, Fields, act, look
from console.desk_rows import agent_row, desk_windows, handover_row, task_row, waiting_rows
from console.desk_words import entry
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from desk import handovers, presence, tasks, undelivered
from desk.errors import NotFound
from desk.presence import Agent
from desk.tables import handovers as table
from foundation.accounts import Account

MOST_WAITING = 300
"""Of a queue, so many are shown."""


async def page(request: Request) -> Response:
    """GET /desk"""
    me = request.state.account
    facts = {
        "me": me.name,
        "supervisor": "supervisor" in me.roles,
        "beat_seconds": presence.BEAT_EVERY.total_seconds(),
        "masked": entry("masked"),
    }
    shown = {"outcomes": entry("outcomes"), "task_outcomes": entry("task_outcomes")}
    return render(request, "desk.html", facts=facts, **shown)


async def lists(request: Request) -> dict[str, Any]:
    """GET /desk/lists: all lists but that of what is closed, and who is there."""
    here, me = house(request), request.state.account
    return await here.read(lambda tx: _lists(tx, me, here.now()))


def _lists(tx: Connection, me: Account, now: datetime) -> dict[str, Any]:
    staff = presence.everyone(tx, now)
    names = {one.account: one.name for one in staff}
    mine = own(staff, me)
    open_ones = select(table.c.conversation).where(table.c.state.in_(handovers.OPEN))
    left = may_be_said(tx, open_ones, now)
    queue = handovers.waiting(tx, now, desk_windows(left, now))
    departments = None if "supervisor" in me.roles else mine.departments
    own_ones = handovers.of_agent(tx, me.name)
    lost = undelivered.pointed_out(tx, [one.id for one in own_ones], now)
    return {
        "now": now.isoformat(),
        "me": agent_row(mine),
        "waiting": waiting_rows(queue[:MOST_WAITING], mine, [one for one in staff if one.takes], left, names, now),
        "waiting_count": len(queue),
        "mine": [handover_row(one, left, names, now, one.id in lost) for one in own_ones],
        "tasks": [
            {**task_row(one, names, now), "mine": one.taken_by == me.name}
            for one in tasks.at_hand(tx, me.name, departments)
        ],
        "staff": [agent_row(one) for one in staff],
        "departments": sorted({name for one in staff for name in one.departments}),
    }


async def closed(request: Request) -> dict[str, Any]:
    """GET /desk/closed?before=&mine=1: what is over, newest first."""
    here, me, query = house(request), request.state.account, request.query_params
    before = row_number(query.get("before", ""))
    account = me.name if query.get("mine") == "1" else None

    def read(tx: Connection) -> dict[str, Any]:
        names = {one.account: one.name for one in presence.everyone(tx, here.now())}
        found = handovers.closed(tx, account=account, before=before)
        return {"closed": [handover_row(one, {}, names, here.now()) for one in found]}

    return await here.read(read)


async def beat(request: Request, said: Fields) -> None:
    """POST /desk/beat: the page is open."""
    here, me = house(request), request.state.account
    await here.write(lambda tx: presence.beat(tx, me.name, here.now()))


async def available(request: Request, said: Fields) -> None:
    """POST /desk/available: take conversations, or have a break."""
    here, me, on = house(request), request.state.account, said.flag("available")
    await here.write(lambda tx: presence.set_available(tx, me.name, on, here.now()))


def own(staff: list[Agent], me: Account) -> Agent:
    """Oneself among the staff, there at this moment. Raises NotFound: the account was just disabled."""
    found = next((one for one in staff if one.account == me.name), None)
    if found is None:
        raise NotFound("not_found.agent", name=me.display_name)
    return replace(found, present=True)


ROUTES = [
    route("/desk", page, roles=DESK, nav="坐席"),
    route("/desk/lists", look(lists), roles=DESK),
    route("/desk/closed", look(closed), roles=DESK),
    route("/desk/beat", act(beat), roles=DESK, methods=("POST",)),
    route("/desk/available", act(available), roles=DESK, methods=("POST",)),
]
