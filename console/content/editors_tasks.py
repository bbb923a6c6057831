"""内容待办: what agents want in the knowledge base, answers that citizens call wrong, and what could not go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content import shelves
from console.content.learned import WORDS
from console.content.learning import search
from console.content.roles import EDITORS, PART, department_of
from console.content.telling import Form, back, posted, told, trouble
from console.desk_http import DESK
from console.desk_words import channel_name, entry, named
from console.house import House, house
from console.pages import render
from console.routing import route
from desk import tasks
from desk.case_confidence import transcript
from desk.errors import DeskError, NotFound
from desk.handover import name_of
from desk.tasks import CORRECTION, DONE, EDITOR, HELD_UP, OPEN, TAKEN, Task
from foundation.accounts import Account
from foundation.dialogue import Line
from knowledge_base.editing.scope import department_of as answers_for
from knowledge_base.editing.shelf import Shelf
from knowledge_base.model import KINDS, Unit

HERE = f"{PART}/tasks"
TAKERS = ("editor", "reviewer", "supervisor")
OURS = (EDITOR, CORRECTION, HELD_UP)
MOST, LINES, READ = 400, 8, 200
"""Tasks in a list; lines of a conversation before a task; and so many that are looked at to find them."""
OUTCOMES = ("corrected", "drafted", "not_wrong", "not_needed")
WHEN_HELD_UP = ("published", "not_needed")


async def listed(request: Request) -> Response:
    """GET /content/tasks?done=1: open and taken ones, or those that are done"""
    here, me, shelf = house(request), request.state.account, await shelves.shelf(request)
    done = request.query_params.get("done") == "1"

    def read(tx: Connection) -> dict[str, Any]:
        states = (DONE,) if done else (OPEN, TAKEN)
        found = [one for one in tasks.listing(tx, states, OURS, limit=MOST) if is_theirs(one, shelf, me)]
        names = {one.taken_by: name_of(tx, one.taken_by) for one in found if one.taken_by}
        return {"found": found, "names": names}

    shown = await here.read(read)
    return render(request, "content_tasks.html", done=done, now=here.now(), told=told(request), **shown, **_words())


async def one(request: Request) -> Response:
    """GET /content/tasks/{id}?kind=&text="""
    here, me, shelf = house(request), request.state.account, await shelves.shelf(request)

    def read(tx: Connection) -> dict[str, Any]:
        task = _task(tx, request, shelf)
        return {
            "task": task,
            "taken_name": name_of(tx, task.taken_by) if task.taken_by else "",
            "opened_name": name_of(tx, task.opened_by),
            "lines": _before(tx, task),
        }

    shown = await here.read(read)
    task: Task = shown["task"]
    return render(
        request,
        "content_task.html",
        unit=_unit(task, shelf),
        question=_question(task, shown["lines"]),
        mine=task.state == TAKEN and task.taken_by == me.name,
        sits_at_the_desk=not set(DESK).isdisjoint(me.roles),
        may_edit=not set(EDITORS).isdisjoint(me.roles),
        outcomes=outcomes(task),
        now=here.now(),
        told=told(request),
        **shown,
        **search(request, shelf),
        **_words(),
    )


def is_theirs(task: Task, shelf: Shelf, me: Account) -> bool:
    """Whether a task is for an account's department: the task's own, else that of the unit it is about; or nobody's."""
    department, unit = department_of(me), _unit(task, shelf)
    own = task.department or (answers_for(unit) if unit is not None else "")
    return department is None or own in ("", department)


def outcomes(task: Task) -> tuple[str, ...]:
    """What may come of a task."""
    return WHEN_HELD_UP if task.kind == HELD_UP else OUTCOMES


def _take(tx: Connection, here: House, id: int, me: Account, form: Form) -> str:
    tasks.take(tx, id, me.name, here.now())
    return "task_taken"


def _release(tx: Connection, here: House, id: int, me: Account, form: Form) -> str:
    tasks.release(tx, id, me.name, here.now())
    return "task_released"


def _done(tx: Connection, here: House, id: int, me: Account, form: Form) -> str:
    task, outcome = tasks.take(tx, id, me.name, here.now()), form.get("outcome", "")
    remark = form.get("remark", "")
    kept = here.vault.hide(tx, remark, task.conversation, here.now()) if task.conversation else remark
    tasks.done(tx, id, me.name, outcome if outcome in outcomes(task) else "", here.now(), kept)
    return "task_done"


Act = Callable[[Connection, House, int, Account, Form], str]


def _act(act: Act, onward: str) -> Callable[[Request, Form], Awaitable[Response]]:
    """A handler that does it and leads on; what the desk refuses is told on a page."""

    async def handler(request: Request, form: Form) -> Response:
        here, me, id = house(request), request.state.account, request.path_params["id"]
        shelf = await shelves.shelf(request)

        def write(tx: Connection) -> str:
            _task(tx, request, shelf)
            return act(tx, here, id, me, form)

        try:
            return back(onward.format(id=id), await here.write(write))
        except DeskError as error:
            return trouble(request, str(error), 409)

    return handler


def _task(tx: Connection, request: Request, shelf: Shelf) -> Task:
    """Raises HTTPException 404: there is none for this account."""
    try:
        task = tasks.get(tx, request.path_params["id"])
    except NotFound:
        raise HTTPException(404) from None
    if task.kind not in OURS or not is_theirs(task, shelf, request.state.account):
        raise HTTPException(404)
    return task


def _unit(task: Task, shelf: Shelf) -> Unit | None:
    """The unit that a task is about."""
    kind, id = task.detail.get("kind"), task.detail.get("id")
    return shelf.get(kind, id) if kind in KINDS else None


def _before(tx: Connection, task: Task) -> list[Line]:
    """What was said just before, masked, and without what belongs to a report."""
    if task.conversation is None:
        return []
    said = [line for line in transcript(tx, task.conversation, READ) if line.at <= task.opened_at]
    return said[-LINES:]


def _question(task: Task, said: Sequence[Line]) -> str:
    """What was asked: as the agent has put it, or before the citizen called the answer wrong."""
    citizens = [line.text for line in said if line.who == "citizen"]
    before = citizens[-2] if task.kind == CORRECTION and len(citizens) > 1 else ""
    return str(task.detail.get("question") or before)


def _words() -> dict[str, Any]:
    return {
        "task_words": WORDS.entry("tasks"),
        "channel_name": channel_name,
        "outcome_name": lambda outcome: named("task_outcomes", outcome),
        "outcome_words": entry("task_outcomes"),
    }


ROUTES = [
    route(HERE, listed, roles=TAKERS, nav="内容待办", under=PART),
    route(f"{HERE}/{{id:int}}", one, roles=TAKERS),
    route(f"{HERE}/{{id:int}}/take", posted(_act(_take, f"{HERE}/{{id}}")), roles=TAKERS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}/release", posted(_act(_release, HERE)), roles=TAKERS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}/done", posted(_act(_done, HERE)), roles=TAKERS, methods=("POST",)),
]
