"""Content tests: the list of them, and all of them tried on what drafts would make of the knowledge base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.answering import answerer
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.content.trial_words import Titles, keys_of, titles_of
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import ContentTest
from knowledge_base.trials.reach import secret, units_of

if TYPE_CHECKING:
    from knowledge_base.trials.outcomes import Report

WRITERS = tuple(dict.fromkeys((*EDITORS, *REVIEWERS)))
"""Whoever may add and change tests."""
PAGE, SHOWN = 100, 50
STATES = ("", "unapproved", "switched_off")


@dataclass(frozen=True)
class Shown:
    """Tests as one member of staff sees them, and the titles of the units that they speak of."""

    tests: list[ContentTest]
    titles: Titles


async def listed(request: Request) -> Response:
    """GET /content/tests?unit=kind:id&state=|unapproved|switched_off&before=ID"""
    unit, state = _unit(request.query_params.get("unit", "")), request.query_params.get("state", "")
    before = request.query_params.get("before", "")
    last = row_number(before)
    shown = await house(request).read(lambda tx: shown_to(tx, request.state.account, unit))
    tests = [test for test in shown.tests if _is_in(test, state) and (last is None or test.id < last)]
    return render(
        request,
        "content_trials.html",
        tests=tests[:PAGE],
        more=len(tests) > PAGE,
        titles=shown.titles,
        unit=unit,
        state=state,
        states=STATES,
        writes=not set(WRITERS).isdisjoint(request.state.account.roles),
    )


async def run(request: Request) -> Response:
    """POST /content/tests/run: on all drafts that the account may read; publishes nothing."""
    here, account = house(request), request.state.account

    def try_all(tx: Connection) -> tuple[Report, Titles]:
        from knowledge_base.trials.candidates import moves_within, published
        from knowledge_base.trials.running import run

        answering = answerer(request)
        moves = moves_within(tx, published(answering.library, tx), department_of(account))
        report = run(answering, tx, moves, here.now())
        keys = keys_of(one.test for one in report.outcomes) | {move.key for move in moves}
        return report, titles_of(units_of(tx, keys))

    # The models come with the first question, and cost a second: not when the console starts.
    report, titles = await here.read(try_all)
    approves = not set(REVIEWERS).isdisjoint(account.roles)
    values: dict[str, Any] = {"report": report, "titles": titles, "approves": approves, "most": SHOWN}
    return await here.run(lambda: render(request, "content_trial_report.html", **values))  # comparing texts takes long


def shown_to(tx: Connection, account: Account, unit: UnitKey | None = None) -> Shown:
    """The tests (of a unit) that an account may see: not those of what is but another department's draft."""
    tests = content_tests.every(tx, unit)
    hidden = secret(tx, keys_of(tests), department_of(account))
    tests = [test for test in tests if hidden.isdisjoint(test.units)]
    return Shown(tests, titles_of(units_of(tx, keys_of(tests))))


def _is_in(test: ContentTest, state: str) -> bool:
    if state == "switched_off":
        return not test.active
    return test.active and (state != "unapproved" or test.approved_by is None)


def _unit(text: str) -> UnitKey | None:
    kind, _, id = text.partition(":")
    return UnitKey(kind, id[:128]) if kind in KINDS and id and id.isprintable() else None


ROUTES = [
    route("/content/tests", listed, roles=READERS, nav="内容测试", under=PART),
    route("/content/tests/run", run, roles=READERS, methods=("POST",)),
]
