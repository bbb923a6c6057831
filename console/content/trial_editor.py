"""One content test: written, changed, asked, switched off, and approved by somebody else than whoever wrote it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.content.answering import answerer
from console.content.roles import READERS, REVIEWERS, department_of
from console.content.trial_forms import EMPTY, FIELDS, fields_of, lines, text_of, typed, wanted
from console.content.trial_words import Titles, kept, titles_of
from console.content.trials import WRITERS
from console.house import house
from console.pages import render, see_other
from console.routing import route
from knowledge_base.answering.answer import Answer
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import ContentTest
from knowledge_base.trials.errors import TrialError
from knowledge_base.trials.expectations import Expectation, Fault
from knowledge_base.trials.reach import require_own, secret, units_of


class Asked(NamedTuple):
    """What a test is answered: now, and with the drafts that its reader may see."""

    now: Answer
    then: Answer
    faults: tuple[Fault, ...]
    """Of the answer now."""
    faults_then: tuple[Fault, ...]


async def ask_new(request: Request) -> Response:
    """GET /content/tests/new?unit_kind=&unit_id=: an empty form, or one for a unit's test."""
    given = {name: request.query_params.get(name, "")[:128] for name in ("unit_kind", "unit_id")}
    return _form(request, None, EMPTY | {name: text for name, text in given.items() if text.isprintable()})


async def add(request: Request) -> Response:
    """POST /content/tests/new: the fields of trial_forms.FIELDS."""
    here, account, fields = house(request), request.state.account, typed(await request.form())

    def make(tx: Connection) -> int:
        test = wanted(fields)
        require_own(tx, test.unit, department_of(account))
        return content_tests.add(tx, test, account.name, here.now())

    try:
        number = await here.write(make)
    except TrialError as error:
        return _form(request, None, fields, str(error))
    return see_other(f"/content/tests/{number}")


async def one(request: Request) -> Response:
    """GET /content/tests/ID"""
    test, titles = await _found(request)
    return _form(request, test, fields_of(test), titles=titles)


async def change(request: Request) -> Response:
    """POST /content/tests/ID: the same fields."""
    here, account, fields = house(request), request.state.account, typed(await request.form())
    test, titles = await _found(request)

    def make(tx: Connection) -> None:
        following = wanted(fields)
        require_own(tx, test.unit if test.unit in titles else None, department_of(account))
        require_own(tx, following.unit, department_of(account))
        content_tests.change(tx, test.id, following, account.name, here.now())

    try:
        await here.write(make)
    except TrialError as error:
        return _form(request, test, fields, str(error), titles)
    return see_other(f"/content/tests/{test.id}")


async def ask(request: Request) -> Response:
    """POST /content/tests/ID/ask: what is answered now, and would be with the drafts."""
    test, titles = await _found(request)
    asked = await house(request).read(lambda tx: _asked(tx, request, test))
    return _form(request, test, fields_of(test), titles=titles, asked=asked)


async def switch(request: Request) -> Response:
    """POST /content/tests/ID/switch: on=1, or off."""
    here, account = house(request), request.state.account
    test, titles = await _found(request)
    on = text_of(await request.form(), "on") == "1"

    def make(tx: Connection) -> None:
        require_own(tx, test.unit if test.unit in titles else None, department_of(account))
        content_tests.switch(tx, test.id, on, account.name, here.now())

    try:
        await here.write(make)
    except TrialError as error:
        return _form(request, test, fields_of(test), str(error), titles)
    return see_other(f"/content/tests/{test.id}")


async def approve(request: Request) -> Response:
    """POST /content/tests/ID/approve: what `version` expects is right; with `kind`, `id`, … this answer is."""
    here, account = house(request), request.state.account
    test, titles = await _found(request)
    form = await request.form()
    answered, version = _answered(form), text_of(form, "version")
    own = {test.unit} & titles.keys()

    def make(tx: Connection) -> None:
        for key in own:
            require_own(tx, key, department_of(account))
        content_tests.approve(tx, test.id, version, account.name, here.now(), answered)

    try:
        if answered is not None and answered != test.expect:
            # Confirmed is what the robot answers: whoever writes an expectation leaves it to somebody else to approve.
            asked = await here.read(lambda tx: _asked(tx, request, test))
            if answered not in (_given(test, asked.now), _given(test, asked.then)):
                raise TrialError("not_answered")
            own |= {test.expect.unit} & titles.keys() | {answered.unit}
        await here.write(make)
    except TrialError as error:
        return _form(request, test, fields_of(test), str(error), titles)
    return see_other(f"/content/tests/{test.id}")


def _given(test: ContentTest, answer: Answer) -> Expectation:
    """What a test expects when this answer is confirmed: the macro `seen` puts the same into the form."""
    contains, lacks = kept(test.expect, answer, "contains"), kept(test.expect, answer, "lacks")
    return replace(Expectation.of(answer), contains=tuple(contains), lacks=tuple(lacks))


def _answered(form: FormData) -> Expectation | None:
    """The answer that somebody has seen and found right; None: they only looked at what is expected."""
    kind, id, aspect = (text_of(form, name) or None for name in ("kind", "id", "aspect"))
    texts = (lines(text_of(form, name)) for name in ("contains", "lacks"))
    return Expectation(kind, id, aspect, *texts) if kind else None


async def _found(request: Request) -> tuple[ContentTest, Titles]:
    """The test of the path. Raises HTTPException 404: there is none that this account may see."""
    number, department = request.path_params["id"], department_of(request.state.account)

    def look(tx: Connection) -> tuple[ContentTest, Titles]:
        test = content_tests.get(tx, number)
        if secret(tx, test.units, department):
            raise HTTPException(404)
        return test, titles_of(units_of(tx, test.units))

    try:
        return await house(request).read(look)
    except TrialError:
        raise HTTPException(404) from None


def _asked(tx: Connection, request: Request, test: ContentTest) -> Asked:
    from knowledge_base.trials.answerer import Moment
    from knowledge_base.trials.candidates import candidate, moves_within, published

    answering, now = answerer(request), house(request).now()
    moment = Moment(test.as_of or Moment.of(now).day)
    base = published(answering.library, tx)
    moves = moves_within(tx, base, department_of(request.state.account))
    before = answering.converse(test.turns, base, moment, test.region)[-1].answer
    after = answering.converse(test.turns, candidate(base, tx, moves), moment, test.region)[-1].answer
    return Asked(before, after, test.expect.faults(before), test.expect.faults(after))


def _form(
    request: Request,
    test: ContentTest | None,
    fields: dict[str, str],
    refusal: str = "",
    titles: Titles | None = None,
    asked: Asked | None = None,
) -> Response:
    roles, me = request.state.account.roles, request.state.account.name
    values: dict[str, Any] = {
        "test": test,
        "fields": {name: fields[name] for name in FIELDS},
        "refusal": refusal,
        "titles": titles or {},
        "asked": asked,
        "writes": not set(WRITERS).isdisjoint(roles),
        "approves": not set(REVIEWERS).isdisjoint(roles) and test is not None and test.account != me,
    }
    return render(request, "content_trial.html", 422 if refusal else 200, **values)


ROUTES = [
    route("/content/tests/new", ask_new, roles=WRITERS),
    route("/content/tests/new", add, roles=WRITERS, methods=("POST",)),
    route("/content/tests/{id:int}", one, roles=READERS),
    route("/content/tests/{id:int}", change, roles=WRITERS, methods=("POST",)),
    route("/content/tests/{id:int}/ask", ask, roles=READERS, methods=("POST",)),
    route("/content/tests/{id:int}/switch", switch, roles=WRITERS, methods=("POST",)),
    route("/content/tests/{id:int}/approve", approve, roles=REVIEWERS, methods=("POST",)),
]
