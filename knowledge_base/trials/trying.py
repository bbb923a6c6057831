"""Content tests before something is published: run where there are any, at no cost where there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from knowledge_base.store import releases
from knowledge_base.store.releases import Move
from knowledge_base.trials import content_tests
from knowledge_base.trials.outcomes import Report

if TYPE_CHECKING:
    from knowledge_base.trials.answerer import Answerer  # brings scikit-learn


def tried(
    tx: Connection,
    moves: Sequence[Move],
    now: datetime,
    open_answerer: Callable[[], Answerer],
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Report:
    """What content tests say of these moves; `open_answerer` is called, and models are loaded, only if there are tests.

    Takes up to some seconds: see `running.run`, also for the arguments.
    """
    if not content_tests.active(tx):
        return Report(releases.current(tx), frozenset(moves), (), 0.0)
    from knowledge_base.trials.running import run

    return run(open_answerer(), tx, moves, now, tell)
