"""待办 on the agents' page: what is left to do, by when, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console import desk_telling
from console.desk_http import DESK, Fields, Refusal, act, look
from console.desk_knowledge import doubt
from console.desk_lines import lines
from console.desk_revealing import lines_of
from console.desk_revealing import reveal as revealed
from console.desk_rows import task_row
from console.desk_words import entry
from console.house import House, house
from console.numbers import row_number
from console.routing import route
from desk import approvals, handovers, presence, tasks
from desk.errors import NotFound, WrongState
from desk.handovers import Request as HandoverRequest
from desk.hours import desk_hours
from desk.tasks import APPROVAL, AT_THE_DESK, DONE, EDITOR, NewTask, Task
from foundation import accounts
from foundation.accounts import Account

SUPERVISOR = "supervisor"
LINES = 40


async def show(request: Request) -> dict[str, Any]:
    """GET /desk/tasks/{id}: the task, what was said, and, for an answer to be approved, that answer."""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> dict[str, Any]:
        now = here.now()
        names = {one.account: one.name for one in presence.everyone(tx, now)}
        task = listed(tx, request.path_params["id"], me, now)
        said = lines(tx, task.conversation, limit=LINES) if task.conversation else {"more": False, "lines": []}
        return {
            "now": now.isoformat(),
            "task": {
                **task_row(task, names, now),
                "mine": task.taken_by == me.name and task.state != DONE,
                "assignable": SUPERVISOR in me.roles and task.state != DONE,
                "details": _details(task),
                "contact": task.contact,
                "remark": task.remark,
                "done_at": task.done_at.isoformat() if task.done_at else None,
                "can_write": task.conversation is not None and task.channel is not None,
            },
            "approval": _approval(tx, task, now) if task.kind == APPROVAL else None,
            **said,
        }

    return await here.read(read)


async def done_ones(request: Request) -> dict[str, Any]:
    """GET /desk/tasks?before=: what is done, newest first."""
    here, before = house(request), request.query_params.get("before", "")

    def read(tx: Connection) -> dict[str, Any]:
        names = {one.account: one.name for one in presence.everyone(tx, here.now())}
        found = tasks.listing(tx, (DONE,), AT_THE_DESK, before=row_number(before), limit=50)
        return {"tasks": [task_row(one, names, here.now()) for one in found]}

    return await here.read(read)


def _details(task: Task) -> list[dict[str, str]]:
    """What is known of a task, in words."""
    names: dict[str, str] = entry("details")
    values: dict[str, dict[Any, str]] = entry("detail_values")
    found = [(name, task.detail[key]) for key, name in names.items() if task.detail.get(key)]
    told = {names[key]: words for key, words in values.items()}
    return [{"name": name, "value": told.get(name, {}).get(value, str(value))} for name, value in found]


def _approval(tx: Connection, task: Task, now: datetime) -> dict[str, Any] | None:
    found = approvals.get(tx, int(task.detail["approval"]))
    answer = (found.body.get("custom") or {}).get("answer") or {}
    why = doubt(tx, found, now) if found.state == approvals.WAITING else None
    return {
        "id": found.id,
        "state": found.state,
        "question": found.question,
        "text": str(found.body.get("text") or ""),
        "sources": answer.get("sources") or [],
        "told_late": found.told_at is not None,
        "doubt": str(WrongState(why)) if why else None,
        "answer": {name: answer.get(name) for name in ("kind", "id", "aspect", "title")},
    }


def listed(tx: Connection, id: int, me: Account, now: datetime) -> Task:
    """A task that is in the lists of this account: of the desk, and of a department that they serve; or theirs already,
    or done, which is everybody's to look up. Raises NotFound."""
    found = tasks.get(tx, id)
    if found.kind in AT_THE_DESK:
        if found.state == DONE or found.taken_by == me.name or SUPERVISOR in me.roles:
            return found
        if found.department in ("", *presence.agent(tx, me.name, now).departments):
            return found
    raise NotFound("not_found.task")


async def take(request: Request, said: Fields) -> None:
    """POST /desk/tasks/{id}/take"""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> None:
        now = here.now()
        tasks.take(tx, listed(tx, id, me, now).id, me.name, now)

    await here.write(write)


async def release(request: Request, said: Fields) -> None:
    """POST /desk/tasks/{id}/release"""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> None:
        now = here.now()
        tasks.release(tx, listed(tx, id, me, now).id, me.name, now)

    await here.write(write)


async def assign(request: Request, said: Fields) -> None:
    """POST /desk/tasks/{id}/assign: to; had: who has it as far as the page knows."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    to, had = said.text("to", 40), said.named("had", 40)

    def write(tx: Connection) -> None:
        now = here.now()
        whom = presence.agent(tx, to, now)
        if set(DESK).isdisjoint(accounts.get(tx, whom.account).roles):
            raise Refusal("not_at_the_desk", 422, name=whom.name)
        tasks.assign(tx, listed(tx, id, me, now).id, whom.account, me.name, now, had)

    await here.write(write)


async def done(request: Request, said: Fields) -> None:
    """POST /desk/tasks/{id}/done: outcome, remark; whoever does it has it, taken before or not."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    outcome, remark = said.text("outcome", 40), said.text("remark", 2000)

    def write(tx: Connection) -> None:
        task = tasks.take(tx, listed(tx, id, me, here.now()).id, me.name, here.now())
        told = here.vault.hide(tx, remark, task.conversation, here.now()) if task.conversation else remark
        tasks.done(tx, id, me.name, outcome, here.now(), told)

    await here.write(write)


async def reveal(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/tasks/{id}/reveal: the phone number to call, or what else is masked, for a reason."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def before(tx: Connection) -> tuple[str, list[str]]:
        task = tasks.get(tx, id)
        if task.conversation is None or (task.taken_by != me.name and SUPERVISOR not in me.roles):
            raise Refusal("take_first", 403)
        shown = [task.title, task.contact or "", task.remark or "", *map(str, task.detail.values())]
        return task.conversation, [*shown, *lines_of(tx, task.conversation)]

    return {"value": await revealed(here, me, said, f"task:{id}", before)}


async def write_to(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/tasks/{id}/write: begin a conversation with the citizen whom one's task is about."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> int:
        now = here.now()
        task = tasks.held(tx, listed(tx, id, me, now).id, me.name)
        if task.conversation is None or task.channel is None:
            raise Refusal("no_channel", 422)
        wanted = HandoverRequest(
            task.conversation,
            task.channel,
            "rating" if task.kind == tasks.BAD_RATING else "stepped_in",
            department=task.department,
            topic_title=task.title,
            question=str(task.detail.get("question") or task.title),
            contact=task.contact,
        )
        found = handovers.open_handover(tx, wanted, now)
        if found.assigned_to != me.name:
            if SUPERVISOR in me.roles:  # who may give it to anybody, full or not
                found = handovers.assign(tx, found.id, me.name, me.name, now)
            else:
                found = handovers.take(tx, found.id, me.name, now)
            desk_telling.taken(tx, found, me.display_name, now)
        return found.id

    return {"id": await here.write(write)}


async def to_editors(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/editor: this belongs into the knowledge base."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    question, answer, key = said.text("question", 500).strip(), said.text("answer", 4000).strip(), said.key()

    def write(tx: Connection) -> int:
        return _editors_task(tx, here, id, question, answer, key, me).id

    return {"task": await here.write(write)}


def _editors_task(tx: Connection, here: House, id: int, question: str, answer: str, key: str, me: Account) -> Task:
    now = here.now()
    found = handovers.get(tx, id)
    asked, suggested = (here.vault.hide(tx, text, found.conversation, now) for text in (question, answer))
    new = NewTask(
        kind=EDITOR,
        source=f"handover:{id}:editor:{key}",
        title=asked or found.topic_title or found.question,
        department=found.department,
        due_at=desk_hours(tx, here.settings).after(now, here.settings.desk_correction_minutes),
        conversation=found.conversation,
        channel=found.channel,
        handover=id,
        detail={"question": asked, "suggested": suggested, "kind": found.topic_kind, "id": found.topic_id},
    )
    return tasks.open_task(tx, new, now, me.name)


ROUTES = [
    route("/desk/tasks", look(done_ones), roles=DESK),
    route("/desk/tasks/{id:int}", look(show), roles=DESK),
    route("/desk/tasks/{id:int}/take", act(take), roles=DESK, methods=("POST",)),
    route("/desk/tasks/{id:int}/release", act(release), roles=DESK, methods=("POST",)),
    route("/desk/tasks/{id:int}/assign", act(assign), roles=SUPERVISOR, methods=("POST",)),
    route("/desk/tasks/{id:int}/done", act(done), roles=DESK, methods=("POST",)),
    route("/desk/tasks/{id:int}/reveal", act(reveal), roles=DESK, methods=("POST",)),
    route("/desk/tasks/{id:int}/write", act(write_to), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/editor", act(to_editors), roles=DESK, methods=("POST",)),
]
