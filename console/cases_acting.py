"""What the staff does on the page of a case. All of it is in the case's history and in the audit log.

A form carries the version of the case that its page showed, and a key of its own: whoever acts on an old page is told
so, and what is posted twice is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.cases import LINES, STAFF, TRUSTED, TYPED, File, open_file, show
from console.house import House, house
from console.numbers import row_number
from console.pages import see_other
from console.routing import route
from desk import case_deliveries, case_handling, cases
from desk.case_handling import By
from desk.case_private import Private
from desk.case_words import CaseRefused
from desk.cases import IN_HAND, WITHDRAWN, Case
from foundation import audit
from foundation.dialogue import Line, transcript
from foundation.masking import redact
from knowledge_base import records
from knowledge_base.records import Record, new_number

FIELDS = (*TYPED, "key", "version")
LEAST_REASON, LONGEST_REASON, MOST = 4, 200, 4000
"""Characters."""

Fields = Mapping[str, str]


class Act:
    """One thing that somebody does to a case, within a transaction."""

    def __init__(self, tx: Connection, here: House, request: Request, case: Case, fields: Fields) -> None:
        self.tx, self.here, self.case, self.fields = tx, here, case, fields
        self.account, self.now = request.state.account, here.now()
        forward = bool(here.settings.cases_webhook_url)
        self.by = By(self.account.name, self.account.display_name, forward, here.settings.hotline)

    def audit(self, action: str, **detail: Any) -> None:
        audit.record(self.tx, self.account.name, f"case.{action}", f"case:{self.case.number}", detail, self.now)


def take(act: Act) -> None:
    case_handling.move(act.tx, act.case, IN_HAND, act.by, act.now, act.fields["note"])
    act.audit("move", to=IN_HAND)


def withdraw(act: Act) -> None:
    note = case_handling.checked(act.fields["note"])
    case_handling.move(act.tx, act.case, WITHDRAWN, act.by, act.now, note)
    act.audit("move", to=WITHDRAWN)


def transfer(act: Act) -> None:
    changed = case_handling.transfer(act.tx, act.case, act.fields["department"], act.by, act.now, act.fields["note"])
    act.audit("transfer", to=changed.department)


def set_due(act: Act) -> None:
    try:
        day = date.fromisoformat(act.fields["due_on"])
    except ValueError as error:
        raise CaseRefused("wrong_day") from error
    case_handling.set_due(act.tx, act.case, day, act.by, act.now)
    act.audit("due", to=day.isoformat())


def remark(act: Act) -> None:
    case_handling.remark(act.tx, act.case, act.fields["text"], act.by, act.now, act.fields["key"])
    act.audit("note")


def reply(act: Act) -> None:
    """Write to the citizen, and keep it as every statement is kept; of a report without the conversation."""
    number, state = new_number(), act.fields["state"] or None
    args = (act.tx, act.case, act.fields["text"], state, act.by, act.now, act.fields["key"], number)
    said = case_handling.reply(*args)
    if said is None:
        return
    record = Record(
        number=number,
        conversation=None if act.case.hides_who else act.case.conversation,
        at=act.now,
        kind="complaint",
        text=said,
        payload={"kind": "complaint", "record": number, "case": act.case.number},
        said_by=act.account.name,
    )
    records.write(act.tx, record)
    act.audit("reply", to=state, record=number)


def resend(act: Act) -> None:
    count = case_deliveries.retry(act.tx, act.now, act.case.id)
    if count:
        cases.note(act.tx, act.case, "resent", act.now, account=act.by.account, name=act.by.name)
        act.audit("resend", count=count)


async def reveal(request: Request) -> Response:
    """POST /cases/{number}/reveal: contact, identifiers and conversation, for a reason that is logged first."""
    here, fields, now = house(request), await _fields(request), house(request).now()
    reason = redact(fields["reason"].strip())[:LONGEST_REASON]  # kept for good; half a number would not be known as one

    def look(tx: Connection) -> tuple[File, Private | None, list[Line], str]:
        file = open_file(tx, request, here, now)
        case = file.case
        if not file.viewer.may_reveal(case):
            return file, None, [], str(CaseRefused("not_yours"))
        if len(reason) < LEAST_REASON:
            return file, None, [], str(CaseRefused("no_reason"))
        act = Act(tx, here, request, case, fields)
        act.audit("reveal", reason=reason, report=case.hides_who)
        cases.note(tx, case, "revealed", now, account=act.by.account, name=act.by.name, text=reason)
        said = transcript(tx, case.conversation, LINES) if case.conversation and case.hides_who else file.lines
        file = replace(file, history=cases.history(tx, case))
        return file, cases.private_of(tx, here.cipher, case), said, ""

    file, private, said, refusal = await here.write(look)
    if refusal:
        status = 403 if not file.viewer.may_reveal(file.case) else 422
        return show(request, file, status, refusal=refusal, typed=dict(fields))
    return show(request, file, revealed=private, said=said)


async def retry_all(request: Request) -> Response:
    """POST /cases/undelivered"""
    here, account, now = house(request), request.state.account, house(request).now()

    def retry(tx: Connection) -> None:
        if count := case_deliveries.retry(tx, now):
            audit.record(tx, account.name, "case.resend", "case:*", {"count": count}, now)

    await here.write(retry)
    return see_other("/cases")


def acting(work: Callable[[Act], None]) -> Callable[[Request], Any]:
    """A handler that does one thing and shows the case again, or the list where it is another department's by now; or
    the form, with what was typed and why not."""

    async def handler(request: Request) -> Response:
        here, fields, now = house(request), await _fields(request), house(request).now()

        def do(tx: Connection) -> tuple[Case, bool]:
            file = open_file(tx, request, here, now)
            seen = row_number(fields["version"])
            case = file.case if seen is None else replace(file.case, version=seen)
            work(Act(tx, here, request, case, fields))
            return case, file.viewer.may_see(cases.read(tx, case.number))

        try:
            case, stays = await here.write(do)
        except CaseRefused as error:
            file = await here.read(lambda tx: open_file(tx, request, here, now))
            return show(request, file, 409, refusal=str(error), typed=dict(fields))
        return see_other(f"/cases/{case.number}" if stays else f"/cases?gone={case.number}")

    return handler


async def _fields(request: Request) -> Fields:
    form = await request.form()
    fields = {name: str(form.get(name) or "")[:MOST].replace("\x00", "") for name in FIELDS}
    if len(fields["key"]) > 64 or len(fields["version"]) > 12:
        raise HTTPException(422)
    return {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in fields.items()}


ROUTES = [
    route("/cases/undelivered", retry_all, roles=TRUSTED, methods=("POST",)),
    route("/cases/{number}/take", acting(take), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/withdraw", acting(withdraw), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/transfer", acting(transfer), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/due", acting(set_due), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/note", acting(remark), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/reply", acting(reply), roles=STAFF, methods=("POST",)),
    route("/cases/{number}/resend", acting(resend), roles=TRUSTED, methods=("POST",)),
    route("/cases/{number}/reveal", reveal, roles=STAFF, methods=("POST",)),
]
