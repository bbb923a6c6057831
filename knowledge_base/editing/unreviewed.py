"""Publishing all drafts without review, as the operator does at the command line: content tests must pass as ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from knowledge_base.editing import settling
from knowledge_base.editing.errors import Overtaken
from knowledge_base.editing.publishing import Unproven, findings_of
from knowledge_base.store import releases
from knowledge_base.store.releases import Release
from knowledge_base.trials import content_tests
from knowledge_base.trials.outcomes import Report


def publish(tx: Connection, account: str, text: str, now: datetime, report: Report, strict: bool = False) -> Release:
    """Make a release of all drafts, with their warnings.

    Args:
        report: what content tests say of just these drafts on the present release.
        strict: warnings forbid it, those about contradictions between units too, but for those that a named person
            has answered for.

    Raises:
        Overtaken: the report is about something else; run the tests again.
        Unproven: a test fails. To publish over it a person must give their name, in the console.
        releases.Refused: a draft has a blocking problem, or, when `strict`, a warning.
    """
    releases.lock(tx)
    moves = releases.pending_moves(tx)
    if not report.covers(releases.current(tx), moves):
        raise Overtaken("report_outdated")
    if report.blocking:
        raise Unproven(report)
    if strict:
        findings = [one for one in findings_of(tx, moves, now) if one.severity != "note"]
        settled = settling.answered_for(tx, {one.digest for one in findings})
        if against := [one for one in findings if one.severity == "block" or one.digest not in settled]:
            raise releases.Refused(against)
    detail = {"tests": report.detail()} if report.outcomes else None
    made = releases.publish(tx, account, text, now, detail=detail)
    content_tests.note_passed(tx, [one.test.id for one in report.outcomes if one.passed], made.number)
    return made
