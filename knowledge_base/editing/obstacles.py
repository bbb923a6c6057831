"""What stands in the way of a publication that was scheduled, when its time has come.

Between the two somebody else may have published what contradicts it, or what makes its content tests fail. Nobody is
there to answer for that, so it waits for somebody who is. What was answered for when it was scheduled counts as it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from knowledge_base.editing import overriding, settling
from knowledge_base.editing.fields import kind_name
from knowledge_base.findings import Finding
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.quality import entering
from knowledge_base.store import releases
from knowledge_base.store.releases import Move
from knowledge_base.trials.outcomes import Outcome, Report
from knowledge_base.trials.reach import units_of
from knowledge_base.trials.telling import failure


class Obstacle(NamedTuple):
    units: frozenset[UnitKey]
    """Those of what was to be published that are at fault; empty: it cannot be told which."""
    problem: str
    """For the staff: what it is and what to do."""


def obstacles(tx: Connection, moves: Sequence[Move], report: Report, now: datetime) -> list[Obstacle]:
    """What forbids these moves by now: broken units, contradictions and failing tests without anybody's consent.

    Warnings about a unit alone (a day of review that has passed meanwhile) do not: they held nothing up when it was
    scheduled, and the text that is published in its place is no better.

    Args:
        report: what content tests say of just these moves.
    """
    moved = frozenset(move.key for move in moves)
    blocks = [one for one in releases.inspect_moves(tx, moves, now, strict=False) if one.severity == "block"]
    warnings = entering.contradictions(tx, moves)
    known = settling.answered_for(tx, {one.digest for one in warnings})
    against = [*blocks, *(one for one in warnings if one.digest not in known)]
    failing = overriding.held_up_by(tx, report)
    named = {one.unit for one in against} | {key for one in failing for key in _units_of(one)}
    titles = {key: f"{kind_name(key.kind)}“{unit.title}”" for key, unit in units_of(tx, named).items()}

    def name(key: UnitKey) -> str:
        return titles.get(key, str(key))

    return [
        *(Obstacle(moved & set(_spoken_of(one)), f"{name(one.unit)}：{one.problem}。{one.cure}。") for one in against),
        *(Obstacle(moved & one.test.units, failure(one, name)) for one in failing),
    ]


def _spoken_of(finding: Finding) -> list[UnitKey]:
    return [finding.unit] if finding.other is None else [finding.unit, finding.other]


def _units_of(outcome: Outcome) -> set[UnitKey]:
    """The units that a test speaks of, and the one that answers instead."""
    answer = outcome.after
    return outcome.test.units | ({UnitKey(answer.kind, answer.id)} if answer.id and answer.kind in KINDS else set())
