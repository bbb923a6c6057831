"""命中测试: one question, and how its answer came about; from there a content test, or one more similar question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from console.content.answering import answerer
from console.content.roles import EDITORS, PART, READERS, department_of
from console.content.trial_forms import day_of, lines, text_of
from console.content.trial_words import reason, word
from console.content.trials import WRITERS
from console.house import house
from console.pages import render
from console.routing import route
from foundation.masking import redact
from knowledge_base.editing.errors import EditingError
from knowledge_base.editing.similar import add_questions
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.model.unit import ID
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import LONGEST, MOST_TURNS, REGION, Wanted
from knowledge_base.trials.errors import TrialError
from knowledge_base.trials.expectations import Expectation
from knowledge_base.trials.reach import require_own

if TYPE_CHECKING:
    from knowledge_base.trials.tracing import Trace

ASKED = ("text", "earlier", "region", "as_of", "drafts")


async def ask_what(request: Request) -> Response:
    """GET /content/try"""
    return _page(request, dict.fromkeys(ASKED, ""))


async def attempt(request: Request) -> Response:
    """POST /content/try: text, earlier, region, as_of, drafts=1. A question must not stand in an address."""
    return await _answered(request, _asked(await request.form()))


async def keep(request: Request) -> Response:
    """POST /content/try/test: the same, and what is right: kind, id, aspect."""
    here, account, form = house(request), request.state.account, await request.form()
    asked = _asked(form)

    def make(tx: Connection) -> int:
        kind, id, aspect = (text_of(form, name) or None for name in ("kind", "id", "aspect"))
        expect = Expectation(kind, id, aspect)
        unit = expect.unit
        try:
            require_own(tx, unit, department_of(account))
        except TrialError:
            unit = None  # of another department's unit: a question of the regression set
        given = (asked["region"] or None, day_of(asked["as_of"]))
        return content_tests.add(tx, Wanted(_turns(asked), expect, unit, *given), account.name, here.now())

    try:
        number = await here.write(make)
    except TrialError as error:
        return _page(request, asked, refusal=str(error))
    return await _answered(request, asked, word("said.added"), f"/content/tests/{number}")


async def add_similar(request: Request) -> Response:
    """POST /content/try/similar: the same, and the unit that answers it: kind, id."""
    here, account, form = house(request), request.state.account, await request.form()
    asked, key = _asked(form), UnitKey(text_of(form, "kind"), text_of(form, "id"))
    if key.kind not in KINDS or not ID.fullmatch(key.id) or not asked["text"]:
        return _page(request, asked)
    title, department = text_of(form, "title"), department_of(account)
    try:
        question = redact(asked["text"])
        unit = await here.write(lambda tx: add_questions(tx, key, [question], account.name, department, here.now()))
    except EditingError as error:
        return _page(request, asked, refusal=str(error))
    said = word("said.similar", title=unit.title) if unit is not None else word("said.similar_known", title=title)
    return await _answered(request, asked | {"drafts": "1"}, said, f"/content/units/{key.kind}/{key.id}")


async def _answered(request: Request, asked: dict[str, str], done: str = "", link: str = "") -> Response:
    try:
        _check(asked)
        found = await house(request).read(lambda tx: _trace(tx, request, asked))
    except TrialError as error:
        return _page(request, asked, refusal=str(error))
    return _page(request, asked, found, done=done, link=link)


def _trace(tx: Connection, request: Request, asked: dict[str, str]) -> Trace:
    from knowledge_base.trials.answerer import Moment
    from knowledge_base.trials.candidates import candidate, moves_within, published
    from knowledge_base.trials.tracing import trace

    answering, day = answerer(request), day_of(asked["as_of"])
    moment = Moment(day) if day else Moment.of(house(request).now())
    snapshot = published(answering.library, tx)
    if asked["drafts"]:
        snapshot = candidate(snapshot, tx, moves_within(tx, snapshot, department_of(request.state.account)))
    return trace(answering, tuple(map(redact, _turns(asked))), snapshot, moment, asked["region"] or None)


def _check(asked: dict[str, str]) -> None:
    """Raises TrialError: this cannot be asked."""
    turns = _turns(asked)
    if not asked["text"]:
        raise TrialError("no_question")
    if len(turns) > MOST_TURNS:
        raise TrialError("too_many", most=MOST_TURNS)
    if max(map(len, turns)) > LONGEST:
        raise TrialError("too_long", most=LONGEST)
    if asked["region"] and not REGION.fullmatch(asked["region"]):
        raise TrialError("region")
    day_of(asked["as_of"])


def _asked(form: FormData) -> dict[str, str]:
    asked = {name: text_of(form, name) for name in ASKED}
    return asked | {"text": " ".join(asked["text"].split("\n"))}


def _turns(asked: dict[str, str]) -> tuple[str, ...]:
    return (*lines(asked["earlier"]), *((asked["text"],) if asked["text"] else ()))


def _page(
    request: Request,
    asked: dict[str, str],
    found: Trace | None = None,
    refusal: str = "",
    done: str = "",
    link: str = "",
) -> Response:
    roles = request.state.account.roles
    values: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "why": reason(found) if found is not None else "",
        "refusal": refusal,
        "done": done,
        "link": link,
        "writes": not set(WRITERS).isdisjoint(roles),
        "edits": not set(EDITORS).isdisjoint(roles),
    }
    return render(request, "content_trying.html", 422 if refusal else 200, **values)


ROUTES = [
    route("/content/try", ask_what, roles=READERS, nav="命中测试", under=PART),
    route("/content/try", attempt, roles=READERS, methods=("POST",)),
    route("/content/try/test", keep, roles=WRITERS, methods=("POST",)),
    route("/content/try/similar", add_similar, roles=EDITORS, methods=("POST",)),
]
