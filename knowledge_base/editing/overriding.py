"""Content tests that a named person has published over, for what they publish: at its time it is not asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.settling import ACCEPTED, answered_for
from knowledge_base.editing.tables import settlements
from knowledge_base.store.releases import Move
from knowledge_base.store.revisions import insert_for
from knowledge_base.trials.content_tests import ContentTest
from knowledge_base.trials.outcomes import Outcome, Report
from knowledge_base.trials.telling import failure

TEST = "test"
"""What stands in a settlement in place of a unit's kind; the test's number is its id."""


def override(tx: Connection, report: Report, reason: str, account: str, now: datetime) -> None:
    """Keep who answers, and why, for the tests that hold these revisions up."""
    for outcome in report.blocking:
        test = outcome.test
        row: dict[str, object] = {"kind": TEST, "unit_id": str(test.id), "problem": failure(outcome)}
        row |= {"verdict": ACCEPTED, "reason": reason.strip(), "account": account, "at": now}
        for digest in _digests(test, report.moves):
            put = insert_for(tx, settlements).values(row | {"finding": digest})
            tx.execute(put.on_conflict_do_nothing())
        audit.record(tx, account, "kb.settle", f"test:{test.id}", {"problem": row["problem"]}, now)


def held_up_by(tx: Connection, report: Report) -> list[Outcome]:
    """The tests that forbid publishing and that nobody has answered for, of all that is published at once."""
    wanted = [(outcome, set(_digests(outcome.test, report.moves))) for outcome in report.blocking]
    known = answered_for(tx, {digest for _, digests in wanted for digest in digests})
    return [outcome for outcome, digests in wanted if not digests <= known]


def _digests(test: ContentTest, moves: Iterable[Move]) -> list[str]:
    """What is the same for the same test and the same revision; of a test that was changed it is another."""
    asked = [TEST, test.id, test.turns, test.region, test.as_of and test.as_of.isoformat(), test.expect.to_dict()]
    said = [
        json.dumps([*asked, *key, new], ensure_ascii=False) for key, _, new in sorted(moves, key=lambda one: one[0])
    ]
    return [hashlib.sha256(one.encode("utf-8", "replace")).hexdigest() for one in said]
