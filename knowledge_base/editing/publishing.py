"""Publishing what has passed review: at once, on a day, or a whole change order; by somebody who did not write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from knowledge_base.editing import orders, overriding, review, settling
from knowledge_base.editing.errors import EditingError, Forbidden, Missing, Overtaken, Unfit, WrongState
from knowledge_base.editing.trail import PUBLISHED, note
from knowledge_base.findings import Finding
from knowledge_base.model import UnitKey
from knowledge_base.quality import entering
from knowledge_base.store import releases
from knowledge_base.store.drafts import APPROVED, Draft
from knowledge_base.store.releases import Move, Release
from knowledge_base.trials import content_tests
from knowledge_base.trials.outcomes import Report


@dataclass(frozen=True)
class Consent:
    """What a named person takes upon themselves: warnings, by digest, and tests that fail, for a reason."""

    warnings: frozenset[str] = frozenset()
    tests: bool = False
    reason: str = ""


NO_CONSENT = Consent()


class Unproven(EditingError):
    """Content tests fail, and nobody has answered for that."""

    def __init__(self, report: Report) -> None:
        super().__init__("tests_fail", count=len(report.blocking))
        self.report = report


def publish(
    tx: Connection,
    keys: Sequence[UnitKey],
    account: str,
    text: str,
    now: datetime,
    report: Report,
    consent: Consent = NO_CONSENT,
    order: int | None = None,
) -> Release:
    """Make a release of drafts that have passed review. Arguments and errors as in `check`."""
    found = check(tx, keys, account, now, report, consent, order)
    detail = {"tests": report.detail(account, consent.reason), "reason": consent.reason.strip()}
    made = release(tx, found, account, text, now, order, detail)
    content_tests.note_passed(tx, [one.test.id for one in report.outcomes if one.passed], made.number)
    return made


def check(
    tx: Connection,
    keys: Sequence[UnitKey],
    account: str,
    now: datetime,
    report: Report,
    consent: Consent = NO_CONSENT,
    order: int | None = None,
) -> list[Draft]:
    """The drafts of these units, which an account may publish; what it consents to is kept under its name.

    Args:
        report: what content tests said of just these drafts on the present release.
        order: the change order whose drafts these are; a draft of an order is published with it alone.

    Raises:
        Missing: one of them has no draft.
        WrongState: one has not passed its review, or belongs to a change order; or the order is done with.
        Forbidden: the account wrote one of them.
        Overtaken: the report is about something else, or the order holds something else; run the tests again.
        Unproven: a test fails without consent.
        Unfit: consent without a reason.
        releases.Refused: something forbids it, or a warning has not been consented to.
    """
    releases.lock(tx)
    require_whole(tx, keys, order)
    found = [publishable(tx, key, account, order) for key in keys]
    moves = releases.pending_moves(tx, keys)
    if not report.covers(releases.current(tx), moves):
        raise Overtaken("report_outdated")
    if report.blocking and not consent.tests:
        raise Unproven(report)
    if (report.blocking or consent.warnings) and not consent.reason.strip():
        raise Unfit("consent_reason")
    if report.blocking:
        overriding.override(tx, report, consent.reason, account, now)
    findings = findings_of(tx, moves, now)
    settling.settle(tx, consent.warnings, consent.reason, findings, account, now)
    settled = settling.answered_for(tx, {one.digest for one in findings})
    if against := [one for one in findings if one.severity == "block"]:
        raise releases.Refused(against)
    if against := [one for one in findings if one.severity == "warning" and one.digest not in settled]:
        raise releases.Refused(against)
    return found


def findings_of(tx: Connection, moves: Sequence[Move], now: datetime) -> list[Finding]:
    """What is wrong with what enters, for itself and against what stays."""
    return [*releases.inspect_moves(tx, moves, now, strict=True), *entering.contradictions(tx, moves)]


def order_keys(tx: Connection, id: int) -> list[UnitKey]:
    """The units of a change order that is ready to be published.

    Raises:
        WrongState: it is empty, done with, or something of it has not passed its review.
    """
    order = orders.get(tx, id)
    found = orders.drafts_of(tx, id)
    if order.state != orders.OPEN:
        raise WrongState("order_shut", title=order.title)
    if not found:
        raise WrongState("order_empty", title=order.title)
    if missing := [str(draft.key) for draft in found if draft.state != APPROVED]:
        raise WrongState("order_partly", title=order.title, units="、".join(missing))
    return [draft.key for draft in found]


def require_whole(tx: Connection, keys: Sequence[UnitKey], order: int | None) -> None:
    """Raises Overtaken: a change order holds something else by now than these units. WrongState: as `order_keys`."""
    if order is not None and set(order_keys(tx, order)) != set(keys):
        raise Overtaken("report_outdated")


def publishable(tx: Connection, key: UnitKey, account: str | None, order: int | None) -> Draft:
    """A draft that has passed review, and may be published by an account (None: whoever scheduled it).

    Raises:
        Missing, WrongState, Forbidden: as in `publish`.
    """
    draft = review.existing(tx, key)
    if draft.state != APPROVED:
        raise WrongState("not_approved")
    if draft.order is not None and draft.order != order:
        raise WrongState("in_order", title=orders.get(tx, draft.order).title)
    if account is not None and account in review.authors(tx, draft):
        raise Forbidden("own")
    return draft


def release(
    tx: Connection,
    found: Sequence[Draft],
    account: str,
    text: str,
    now: datetime,
    order: int | None,
    detail: Mapping[str, Any],
    strict: bool = True,
) -> Release:
    """Make the release, and note it in the trail of each unit.

    Raises:
        Overtaken: one of them has been written anew, or taken back, since it was found.
    """
    if not found:
        raise Missing("no_draft")
    releases.lock(tx)
    keys = [draft.key for draft in found]
    stand = {(move.key, move.new) for move in releases.pending_moves(tx, keys, APPROVED)}
    if stand != {(draft.key, draft.revision) for draft in found}:
        raise Overtaken("report_outdated")
    accepted = settling.settled(tx, keys)
    made = releases.publish(
        tx, account, text, now, strict=strict, only=keys, state=APPROVED, accepted=accepted, detail=detail
    )
    for draft in found:
        note(tx, draft.key, draft.revision, PUBLISHED, account, now, step=draft.step, order=order)
    if order is not None and made.fresh:
        orders.done(tx, order, made.number)
    return made
