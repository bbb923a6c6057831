"""Review 审核: a draft is read by others than its authors, in one to three steps, before it may be published.

三审三校: first, second and final reading, each by another person. A draft that is saved again begins anew.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.errors import Forbidden, Missing, Overtaken, Unfit, WrongState
from knowledge_base.editing.trail import APPROVED as PASSED
from knowledge_base.editing.trail import COMMENT, REJECTED, SAVED, SUBMITTED, WITHDRAWN, note, round_of
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as store
from knowledge_base.store.drafts import APPROVED, DRAFT, IN_REVIEW, Draft

LONGEST_COMMENT = 1000


def submit(tx: Connection, key: UnitKey, account: str, comment: str, now: datetime) -> None:
    """Send a draft to review.

    Raises:
        Missing: there is no draft.
        WrongState: it is under review already, or has passed it.
    """
    store.hold(tx, key)
    draft = existing(tx, key)
    if draft.state != DRAFT:
        raise WrongState("in_review" if draft.state == IN_REVIEW else "has_passed")
    _move(tx, draft, SUBMITTED, account, comment, now, state=IN_REVIEW, step=0)


def withdraw(tx: Connection, key: UnitKey, account: str, now: datetime) -> None:
    """Take a draft back from review, or from having passed it, to go on writing.

    Raises:
        Missing, WrongState.
    """
    store.hold(tx, key)
    draft = existing(tx, key)
    if draft.state == DRAFT:
        raise WrongState("not_in_review")
    _move(tx, draft, WITHDRAWN, account, "", now, state=DRAFT, step=0, publish_at=None)


def approve(
    tx: Connection, key: UnitKey, revision: int | None, account: str, comment: str, now: datetime, steps: int
) -> Draft:
    """Let a draft pass one step of `steps`, and return it as it is then: approved, when that was the last.

    Args:
        revision: what the reviewer has read.

    Raises:
        Missing: there is no draft.
        WrongState: it is not under review.
        Overtaken: it is not what the reviewer has read.
        Forbidden: the reviewer wrote it, or let it pass an earlier step.
    """
    store.hold(tx, key)
    draft = _under_review(tx, key, revision)
    may_review(tx, draft, account)
    step = draft.step + 1
    state = APPROVED if step >= steps else IN_REVIEW
    _move(tx, draft, PASSED, account, comment, now, state=state, step=step)
    return existing(tx, key)


def reject(tx: Connection, key: UnitKey, revision: int | None, account: str, reason: str, now: datetime) -> None:
    """Send a draft back to its authors, with the reason.

    Raises:
        Unfit: no reason is given.
        Missing, WrongState, Overtaken, Forbidden: as in `approve`.
    """
    if not reason.strip():
        raise Unfit("reason")
    store.hold(tx, key)
    draft = _under_review(tx, key, revision)
    may_review(tx, draft, account)
    _move(tx, draft, REJECTED, account, reason, now, state=DRAFT, step=0)


def remark(tx: Connection, key: UnitKey, account: str, comment: str, now: datetime) -> None:
    """Say something about a draft without deciding on it."""
    draft = existing(tx, key)
    if text := comment.strip()[:LONGEST_COMMENT]:
        note(tx, key, draft.revision, COMMENT, account, now, comment=text, step=draft.step, order=draft.order)


def may_review(tx: Connection, draft: Draft, account: str) -> None:
    """Whether an account may read this step of a draft's review.

    Raises:
        Forbidden: it wrote the draft, or let it pass an earlier step.
    """
    if account in authors(tx, draft):
        raise Forbidden("own")
    if account in readers(tx, draft):
        raise Forbidden("step_taken")


def authors(tx: Connection, draft: Draft) -> set[str]:
    """Who wrote a draft or sent it to review since the unit was last published."""
    return {draft.account} | {one.account for one in round_of(tx, draft.key) if one.verdict in (SAVED, SUBMITTED)}


def readers(tx: Connection, draft: Draft) -> set[str]:
    """Who has let a draft pass the steps that it has passed."""
    found = set()
    for one in round_of(tx, draft.key):
        if one.verdict == SUBMITTED:
            break
        if one.verdict == PASSED:
            found.add(one.account)
    return found


def existing(tx: Connection, key: UnitKey) -> Draft:
    """The draft of a unit. Raises Missing: there is none."""
    found = store.draft(tx, key)
    if found is None:
        raise Missing("no_draft")
    return found


def _under_review(tx: Connection, key: UnitKey, revision: int | None) -> Draft:
    draft = existing(tx, key)
    if draft.revision != revision:
        raise Overtaken("changed")
    if draft.state != IN_REVIEW:
        raise WrongState("not_in_review")
    return draft


def _move(
    tx: Connection, draft: Draft, verdict: str, account: str, comment: str, now: datetime, **values: object
) -> None:
    if not store.move(tx, draft.key, draft.revision, seen=draft, **values):
        raise Overtaken("changed")
    said, step = comment.strip()[:LONGEST_COMMENT], int(str(values["step"]))
    note(tx, draft.key, draft.revision, verdict, account, now, comment=said, step=step, order=draft.order)
    audit.record(tx, account, f"kb.{verdict}", str(draft.key), {"revision": draft.revision, "step": step}, now)
