"""The supervisors' view: who waits and how long, who is there with how many, and every conversation to step into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from channels import conversations
from channels.windows import may_be_said
from console import desk_telling
from console.desk_http import Fields, Refusal, act, look
from console.desk_lines import lines
from console.desk_rows import SHOWN, agent_row, desk_windows, handover_row
from console.desk_words import channel_name, entry
from console.house import house
from console.pages import render
from console.routing import route
from desk import figures, handovers, presence, tasks
from desk.case_confidence import recent
from desk.handovers import WITH_AGENT, Handover
from desk.handovers import Request as HandoverRequest
from desk.hours import desk_hours
from desk.presence import Agent
from desk.tables import handovers as table
from foundation.clock import CHINA
from foundation.dialogue import tracker_events
from foundation.outbox import outbox

SUPERVISOR = "supervisor"
LATEST = 1500
"""Events that are looked through for the robot's conversations of late."""
TALKS = 60
TALKS_FOR = timedelta(hours=2)


async def page(request: Request) -> Response:
    """GET /desk-floor"""
    facts = {"me": request.state.account.name, "masked": entry("masked")}
    return render(request, "desk_floor.html", facts=facts)


async def floor(request: Request) -> dict[str, Any]:
    """GET /desk-floor/now: load, waits, agents, and all conversations with people."""
    here = house(request)

    def read(tx: Connection) -> dict[str, Any]:
        now, hours = here.now(), desk_hours(tx, here.settings)
        load = figures.load(tx, now, hours)
        names = {one.account: one.name for one in load.agents}
        left = may_be_said(tx, select(table.c.conversation).where(table.c.state.in_(handovers.OPEN)), now)
        waiting = handovers.waiting(tx, now, desk_windows(left, now))
        midnight = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "now": now.isoformat(),
            "open": hours.is_open(now),
            "waiting": load.waiting,
            "by_department": load.waiting_by_department,
            "longest_wait": load.longest_wait,
            "today": asdict(figures.overall(tx, midnight, now, hours)),
            "overdue": len(tasks.overdue(tx, now)),
            "agents": [{**agent_row(one), "own": _own(one)} for one in load.agents],
            "rows": [handover_row(one, left, names, now) for one in (*waiting, *_with_agents(tx))],
        }

    return await here.read(read)


def _with_agents(tx: Connection) -> Iterable[Handover]:
    query = select(table).where(table.c.state == WITH_AGENT).order_by(table.c.last_citizen_at)
    return [Handover(**row) for row in tx.execute(query).mappings()]


def _own(agent: Agent) -> dict[str, Any]:
    """What was set for this agent alone: the form begins with it, lest whoever saves it sets what held anyway."""
    return {"capacity": agent.own_capacity, "departments": agent.own_departments}


async def assign(request: Request, said: Fields) -> None:
    """POST /desk/conversations/{id}/assign: to, version as the page saw it; to oneself it is stepping in."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    to, version = said.text("to", 40), said.number("version")

    def write(tx: Connection) -> None:
        now = here.now()
        found = handovers.assign(tx, id, to, me.name, now, version)
        desk_telling.taken(tx, found, presence.agent(tx, to, now).name, now)

    await here.write(write)


async def set_agent(request: Request, said: Fields) -> None:
    """POST /desk-floor/agent: account, capacity (null: as set for all), departments (null: the account's own)."""
    here, me, account = house(request), request.state.account, said.text("account", 40)
    capacity = said.number_or_none("capacity")
    departments = said.texts("departments") if said.given("departments") else None

    def write(tx: Connection) -> None:
        now = here.now()
        presence.agent(tx, account, now)  # there is such an account
        presence.set_capacity(tx, account, capacity, me.name, now)
        presence.set_departments(tx, account, departments, me.name, now)

    await here.write(write)


async def talks(request: Request) -> dict[str, Any]:
    """GET /desk-floor/talks: the robot's conversations of late, newest first; each named by its last event."""
    here = house(request)
    return {"talks": await here.read(lambda tx: _talks(tx, here.now()))}


def _talks(tx: Connection, now: datetime) -> list[dict[str, Any]]:
    with_people = set(tx.execute(select(table.c.conversation).where(table.c.state.in_(handovers.OPEN))).scalars())
    found: list[dict[str, Any]] = []
    talks = recent(tx, now - TALKS_FOR, LATEST).items()
    for conversation, said in sorted(talks, key=lambda talk: talk[1][-1].id, reverse=True):
        if conversation in with_people:
            continue
        asked = next((one for one in reversed(said) if one.who == "citizen"), None)
        answered = next((one for one in reversed(said) if one.who != "citizen"), None)
        found.append(
            {
                "id": said[-1].id,
                "at": said[-1].at.isoformat(),
                "said": asked.text[:SHOWN] if asked else "",
                "answered": (answered.answer.get("title") or answered.text[:SHOWN]) if answered else "",
                "channel": channel_name(conversation.partition(":")[0]),
            }
        )
    return found[:TALKS]


async def talk(request: Request) -> dict[str, Any]:
    """GET /desk-floor/talks/{id}: what was said in one of them."""
    here, id = house(request), request.path_params["id"]
    return await here.read(lambda tx: lines(tx, _conversation_of(tx, id)))


async def step_in(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk-floor/talks/{id}/step-in: take a conversation from the robot."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> int:
        now, conversation = here.now(), _conversation_of(tx, id)
        if handovers.current(tx, conversation) is not None:
            raise Refusal("not_talking")
        channel = tx.execute(
            select(outbox.c.channel).where(outbox.c.conversation == conversation).order_by(outbox.c.id.desc()).limit(1)
        ).scalar_one_or_none()
        said_last = next((one for one in reversed(lines(tx, conversation)["lines"]) if one["who"] == "citizen"), None)
        wanted = HandoverRequest(
            conversation,
            channel or conversation.partition(":")[0],
            "stepped_in",
            elderly=conversations.elderly(tx, conversation),
            question=said_last["text"] if said_last else "",
        )
        found = handovers.open_handover(tx, wanted, now)
        found = handovers.assign(tx, found.id, me.name, me.name, now)
        desk_telling.taken(tx, found, me.display_name, now)
        return found.id

    return {"id": await here.write(write)}


def _conversation_of(tx: Connection, event: int) -> str:
    query = select(tracker_events.c.conversation).where(tracker_events.c.id == event)
    found: str | None = tx.execute(query).scalar_one_or_none()
    if found is None:
        raise Refusal("gone", 404)
    return found


ROUTES = [
    route("/desk-floor", page, roles=SUPERVISOR, nav="坐席现场"),
    route("/desk-floor/now", look(floor), roles=SUPERVISOR),
    route("/desk/conversations/{id:int}/assign", act(assign), roles=SUPERVISOR, methods=("POST",)),
    route("/desk-floor/agent", act(set_agent), roles=SUPERVISOR, methods=("POST",)),
    route("/desk-floor/talks", look(talks), roles=SUPERVISOR),
    route("/desk-floor/talks/{id:int}", look(talk), roles=SUPERVISOR),
    route("/desk-floor/talks/{id:int}/step-in", act(step_in), roles=SUPERVISOR, methods=("POST",)),
]
