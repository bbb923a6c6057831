"""Content tests on a candidate release: which answers stay right, which break, and what would change."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer
from knowledge_base.search.snapshot import Snapshot
from knowledge_base.store.releases import Move
from knowledge_base.trials.answerer import Answerer, Moment
from knowledge_base.trials.candidates import candidate, published
from knowledge_base.trials.content_tests import ContentTest, active
from knowledge_base.trials.outcomes import Outcome, Report
from knowledge_base.trials.remembering import Remembering

Progress = Callable[[int, int], None]
"""Told how many questions of how many are answered."""


def run(
    answerer: Answerer, tx: Connection, moves: Sequence[Move], now: datetime, tell: Progress = lambda done, of: None
) -> Report:
    """Try all active tests on what is published, and on that with these moves.

    Takes up to some seconds, so call it in a transaction that only reads, and publish in another one which refuses a
    report that does not cover its release and moves: a writer on SQLite would hold up every citizen's turn for as
    long. With no tests nothing is indexed. The caller publishes only where `blocking` is empty or a named person has
    given a reason, keeps `detail` in the release, and then calls `content_tests.note_passed`.

    Args:
        moves: what would be published, as releases.pending_moves has it.
        now: tests without a day of their own are asked for its day; drafts that come into force later, for the day of
            their publication.
        tell: called as questions are answered.
    """
    began = time.monotonic()
    tests, day = active(tx), now.astimezone(CHINA).date()
    base = answerer.remembering = Remembering.of(published(answerer.library, tx), answerer.remembering)
    same = (base.release, frozenset(moves), tuple(tests), day)
    if answerer.last is not None and answerer.last[0] == same:
        return answerer.last[1]
    moved = {move.key for move in moves}
    there = [test for test in tests if all(key in base.units or key in moved for key in test.units)]
    outcomes: list[Outcome] = []
    if there:
        # All of the present first: the words of the drafts' names join the process's vocabulary with the candidate.
        before = _present(answerer, there, base, day)
        tell(len(there), 2 * len(there))
        following = candidate(base, tx, moves)
        for done, (test, said) in enumerate(zip(there, before), start=len(there) + 1):
            tell(done, 2 * len(there))
            told = _asked(answerer, test, following, day)
            faults = test.expect.faults(told)
            broke = bool(faults) and not test.expect.faults(said)
            about = test.unit in moved or (test.approved_by is not None and test.expect.unit in moved)
            outcomes.append(Outcome(test, said, told, faults, broke, about))
    spent = time.monotonic() - began
    report = Report(base.release, frozenset(moves), tuple(outcomes), spent, len(tests) - len(there))
    answerer.last = (same, report)  # what was shown before publishing is asked for once more when it is published
    return report


def _present(answerer: Answerer, tests: Sequence[ContentTest], base: Snapshot, day: date) -> list[Answer]:
    """What is answered on the published release; kept for the next run."""
    known = answerer.present
    answers: dict[tuple[object, ...], Answer] = {}
    for test in tests:
        key = (base.release, test.turns, test.region, test.as_of or day)
        answers[key] = known.get(key) or _asked(answerer, test, base, day)
    answerer.present = answers
    return [answers[base.release, test.turns, test.region, test.as_of or day] for test in tests]


def _asked(answerer: Answerer, test: ContentTest, snapshot: Snapshot, day: date) -> Answer:
    """By day, not by the hour: a test must not pass in the morning and fail in the evening."""
    return answerer.converse(test.turns, snapshot, Moment(test.as_of or day), test.region)[-1].answer
