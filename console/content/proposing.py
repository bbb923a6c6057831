"""From questions to a draft, in two steps: it is tried on what was asked in the past month, then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content.answering import answerer
from console.content.learned import forget, of_the_past_month
from console.content.roles import EDITORS, PART, department_of
from console.content.telling import Form, back, posted
from console.content.units import parse_key
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from desk import tasks
from desk.errors import DeskError
from foundation.accounts import Account
from knowledge_base.editing.fields import kind_name
from knowledge_base.learning import drafting
from knowledge_base.learning.drafting import Proposal
from knowledge_base.model import Unit
from knowledge_base.store.drafts import published

if TYPE_CHECKING:
    from knowledge_base.learning.rehearsing import Rehearsal

MOST_QUESTIONS = 60
DRAFTED = "drafted"
"""What came of a task whose draft is written."""


async def attempt(request: Request, form: Form) -> Response:
    """POST /content/propose/try: question (several), own, target (kind:id or new), answer, task. Nothing is kept."""
    here, me = house(request), request.state.account
    proposal = _proposal(request, form)

    def read(tx: Connection) -> Any:
        unit = drafting.proposed(tx, proposal, me, department_of(me))
        return unit, (published(tx, [unit.key]).get(unit.key) if isinstance(unit, Unit) else None)

    unit, replaces = await here.read(read)
    rehearsal = await _rehearsal(request, unit, replaces) if isinstance(unit, Unit) else None
    return render(
        request,
        "content_rehearsal.html",
        422 if isinstance(unit, list) else 200,
        proposal=proposal,
        unit=unit if isinstance(unit, Unit) else None,
        faults=unit if isinstance(unit, list) else (),
        rehearsal=rehearsal,
        task=form.get("task", ""),
        kind_name=kind_name,
    )


async def keep(request: Request, form: Form) -> Response:
    """POST /content/propose: the same; a task from which it comes is done."""
    here, me = house(request), request.state.account
    proposal = _proposal(request, form)

    def write(tx: Connection) -> Unit | list[Any] | None:
        unit = drafting.draft(tx, proposal, me, department_of(me), here.now())
        if isinstance(unit, Unit) and (task := row_number(form.get("task", ""))) is not None:
            _finish(tx, task, me, here.now())
        return unit

    unit = await here.write(write)
    if unit is None and proposal.target is not None:
        return back(f"{PART}/units/{proposal.target.kind}/{proposal.target.id}", "asked_already")
    if not isinstance(unit, Unit):
        return await attempt(request, form)
    forget(request)
    return back(f"{PART}/units/{unit.kind}/{unit.id}", "drafted")


def _proposal(request: Request, form: Form) -> Proposal:
    """Raises LearningError, Unusable: it is half filled in."""
    chosen = request.state.many.get("question", [])[:MOST_QUESTIONS]
    own = form.get("own", "").strip()
    target = form.get("target", "")
    key = None if target in ("", "new") else parse_key(target)
    return Proposal.of([own, *chosen], key, form.get("answer", ""))


async def _rehearsal(request: Request, unit: Unit, replaces: int | None) -> Rehearsal | None:
    """What the draft would change; None where no models were trained here."""
    here = house(request)

    def gather(tx: Connection) -> Any:
        from knowledge_base.trials.candidates import published as snapshot

        answering = answerer(request)
        return answering, snapshot(answering.library, tx), of_the_past_month(tx, here.now())

    def work() -> Rehearsal:
        from knowledge_base.learning.rehearsing import Asked, rehearse
        from knowledge_base.trials.answerer import Moment

        questions = [Asked(one.question, one.region) for one in asked]
        return rehearse(answering, base, unit, replaces, questions, Moment.of(here.now()))

    try:
        answering, base, asked = await here.read(gather)
    except HTTPException:
        return None
    return await here.run(work)


def _finish(tx: Connection, number: int, me: Account, now: Any) -> None:
    """Whoever has another's task has written a draft all the same."""
    try:
        with tx.begin_nested():
            tasks.take(tx, number, me.name, now)
            tasks.done(tx, number, me.name, DRAFTED, now)
    except DeskError:
        return


ROUTES = [
    route(f"{PART}/propose/try", posted(attempt), roles=EDITORS, methods=("POST",)),
    route(f"{PART}/propose", posted(keep), roles=EDITORS, methods=("POST",)),
]
