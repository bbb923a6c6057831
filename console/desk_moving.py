"""A conversation changes hands on the agents' page, and the citizen is told who has it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.requests import Request

from channels.windows import may_be_said
from console import desk_telling
from console.desk_http import DESK, Fields, act
from console.desk_rows import desk_windows
from console.house import House, house
from console.routing import route
from desk import handovers, presence
from desk.handovers import WITH_AGENT, Handover
from desk.hours import desk_hours
from desk.tables import handovers as table
from desk.tasks import CALLBACK, NewTask, open_task
from foundation.accounts import Account


async def take(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/take"""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> Handover:
        found = handovers.take(tx, id, me.name, here.now())
        desk_telling.taken(tx, found, me.display_name, here.now())
        return found

    return {"id": (await here.write(write)).id}


async def take_next(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/next: the first in the queue whom one may take; id null where nobody waits."""
    here, me = house(request), request.state.account

    def write(tx: Connection) -> Handover | None:
        now = here.now()
        waiting = select(table.c.conversation).where(table.c.state == handovers.WAITING)
        found = handovers.take_next(tx, me.name, now, desk_windows(may_be_said(tx, waiting, now), now))
        if found is not None:
            desk_telling.taken(tx, found, me.display_name, now)
        return found

    found = await here.write(write)
    return {"id": found.id if found else None}


async def transfer(request: Request, said: Fields) -> None:
    """POST /desk/conversations/{id}/transfer: to a colleague, or to a department, where it waits again."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    to, department = said.named("to", 40), said.named("department", 80)

    def write(tx: Connection) -> None:
        now = here.now()
        found = handovers.transfer(tx, id, me.name, now, to, department)
        if to is not None:
            desk_telling.transferred_to(tx, found, presence.agent(tx, to, now).name, now)
        else:
            desk_telling.transferred(tx, found, now)

    await here.write(write)


async def end(request: Request, said: Fields) -> None:
    """POST /desk/conversations/{id}/end: the robot has it again, and the citizen is asked for a score."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> None:
        desk_telling.ended(tx, handovers.end(tx, id, me.name, here.now()), here.now())

    await here.write(write)


async def close(request: Request, said: Fields) -> None:
    """POST /desk/conversations/{id}/close: outcome, topic; follow_up: what is left to do, as a task."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    outcome, topic, rest = said.text("outcome", 40), said.text("topic", 200), said.named("follow_up")

    def write(tx: Connection) -> None:
        now = here.now()
        before = handovers.get(tx, id, lock=True)
        found = handovers.close(tx, id, me.name, outcome, topic, now)
        if before.state == WITH_AGENT:
            desk_telling.ended(tx, found, now)
        if rest is not None:
            _follow_up(tx, here, found, rest, me)

    await here.write(write)


def _follow_up(tx: Connection, here: House, found: Handover, rest: str, me: Account) -> None:
    now = here.now()
    new = NewTask(
        kind=CALLBACK,
        source=f"handover:{found.id}:follow-up",
        title=here.vault.hide(tx, rest, found.conversation, now),
        department=found.department,
        due_at=desk_hours(tx, here.settings).after(now, here.settings.desk_callback_minutes),
        conversation=found.conversation,
        channel=found.channel,
        handover=found.id,
        contact=found.contact,
        detail={"question": found.question},
    )
    open_task(tx, new, now, me.name)


ROUTES = [
    route("/desk/conversations/{id:int}/take", act(take), roles=DESK, methods=("POST",)),
    route("/desk/next", act(take_next), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/transfer", act(transfer), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/end", act(end), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/close", act(close), roles=DESK, methods=("POST",)),
]
