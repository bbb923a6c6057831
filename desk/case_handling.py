"""What the staff does to a case: states, departments, deadlines, replies. Each is written into the case's history.

A case is passed in as it was read: whoever changes one that somebody else has changed meanwhile is refused. What must
not be done twice has a `key` of the browser's own: the second time nothing happens. The audit log is the caller's, who
knows who is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import case_deliveries, cases, speech
from desk.case_confidence import CONFIDENTIAL
from desk.case_tables import case_events
from desk.case_words import WORDS, CaseRefused, kind_title, state_title
from desk.cases import ANSWERED, FORWARDED, IN_HAND, NOT_OURS, OPEN, WITHDRAWN, Case
from foundation.clock import CHINA
from foundation.dialogue import PERSON

NEXT: Mapping[str, tuple[str, ...]] = {
    "registered": (FORWARDED, IN_HAND, ANSWERED, NOT_OURS, WITHDRAWN),
    FORWARDED: (IN_HAND, ANSWERED, NOT_OURS, WITHDRAWN),
    IN_HAND: (ANSWERED, NOT_OURS, WITHDRAWN),
    ANSWERED: (IN_HAND,),
    NOT_OURS: (IN_HAND,),
    WITHDRAWN: (),
}
"""To which states a case may go from each. Into ANSWERED and NOT_OURS it goes by a reply, so that the citizen knows."""
MOST = 2000
"""Characters of a reply or a note."""
REPLIED = "case.replied"
"""The event of a reply, for templates of the platforms (docs/wechat.md)."""


@dataclass(frozen=True)
class By:
    """Who does it, and in what house."""

    account: str
    name: str
    """As the citizen reads it."""
    forward: bool
    """Whether an outside system is told."""
    hotline: str


def move(tx: Connection, case: Case, state: str, by: By, now: datetime, note: str = "") -> Case:
    """Take a case up, or have it withdrawn at the citizen's own wish. Raises CaseRefused."""
    if state not in (IN_HAND, WITHDRAWN):
        raise CaseRefused("over", state=state_title(case.state))
    return _move(tx, case, state, by, now, "moved", checked(note, required=False))


def transfer(tx: Connection, case: Case, department: str, by: By, now: datetime, note: str = "") -> Case:
    """Give a case to another department. Raises CaseRefused."""
    wanted, said = department.strip()[:80], checked(note, required=False)
    if not wanted:
        raise CaseRefused("no_department")
    if wanted == case.department:
        raise CaseRefused("same_department", department=wanted)
    if case.state not in OPEN:
        raise CaseRefused("over", state=state_title(case.state))
    detail = {"from": case.department, "to": wanted}
    changed = _changed(cases.change(tx, case, department=wanted, state=FORWARDED))
    cases.note(tx, changed, "transferred", now, account=by.account, name=by.name, text=said, detail=detail)
    _forward(tx, changed, by, now)
    return changed


def set_due(tx: Connection, case: Case, due_on: date, by: By, now: datetime) -> Case:
    """Set the day by which it should be done. Raises CaseRefused."""
    if due_on < now.astimezone(CHINA).date():
        raise CaseRefused("wrong_day")
    detail = {"from": case.due_on and case.due_on.isoformat(), "to": due_on.isoformat()}
    changed = _changed(cases.change(tx, case, due_on=due_on))
    cases.note(tx, changed, "due", now, account=by.account, name=by.name, detail=detail)
    return changed


def remark(tx: Connection, case: Case, text: str, by: By, now: datetime, key: str) -> None:
    """Add a note that only the staff sees. Raises CaseRefused."""
    if not done(tx, key):
        cases.note(tx, case, "noted", now, account=by.account, name=by.name, text=checked(text), key=key)


def reply(
    tx: Connection,
    case: Case,
    text: str,
    state: str | None,
    by: By,
    now: datetime,
    key: str,
    record: str,
) -> str | None:
    """Write to the citizen through the channel on which the case was filed; returns the text as they read it.

    Args:
        state: ANSWERED or NOT_OURS where the reply ends the case; None where it goes on.
        record: the number of the answer record that the caller writes.

    Returns:
        None where this was done already, under the same key.

    Raises:
        CaseRefused: the citizen cannot be reached, or the case is in no state for it.
    """
    if done(tx, key):
        return None
    said = checked(text)
    if case.conversation is None:
        raise CaseRefused("cut_off")
    if state is not None and state not in (ANSWERED, NOT_OURS):
        raise CaseRefused("over", state=state_title(case.state))
    end = state or (IN_HAND if case.state in OPEN else case.state)
    name = "reply_going_on" if end in OPEN else "reply_not_ours" if end == NOT_OURS else "reply"
    whole = WORDS.say(name, text=said, kind=kind_title(case.kind), number=case.number, hotline=by.hotline)
    _move(tx, case, end, by, now, "replied", said, key=key, again=True)
    _send(tx, case, whole, end, by, now, record)
    return whole


def done(tx: Connection, key: str) -> bool:
    """Whether what has this key was done already."""
    return tx.execute(select(case_events.c.id).where(case_events.c.key == key)).first() is not None


def checked(text: str, required: bool = True) -> str:
    """What was typed, without blanks around it. Raises CaseRefused: nothing, or too much."""
    said = text.strip()
    if required and not said:
        raise CaseRefused("no_text")
    if len(said) > MOST:
        raise CaseRefused("too_long", most=MOST)
    return said


def _move(
    tx: Connection,
    case: Case,
    state: str,
    by: By,
    now: datetime,
    action: str,
    text: str,
    key: str | None = None,
    again: bool = False,
) -> Case:
    """Bring a case into a state; `again`, whether it may be there already."""
    same = state == case.state
    if not (same and again) and state not in NEXT[case.state]:
        raise CaseRefused("over", state=state_title(case.state))
    closed = None if state in OPEN else case.closed_at if same else now
    changed = _changed(cases.change(tx, case, state=state, closed_at=closed))
    detail = {} if same else {"from": case.state, "to": state}
    cases.note(tx, changed, action, now, account=by.account, name=by.name, text=text, detail=detail, key=key)
    if not same:
        _forward(tx, changed, by, now)
    return changed


def _send(tx: Connection, case: Case, text: str, state: str, by: By, now: datetime, record: str) -> None:
    assert case.conversation is not None
    values = {"number": case.number, "kind": kind_title(case.kind), "state": state_title(state)}
    answer = {"record": record, **({CONFIDENTIAL: True} if case.hides_who else {})}
    custom = {"answer": answer, "notice": {"event": REPLIED, "values": values}}
    body: dict[str, Any] = {"text": text, "by": PERSON, "name": by.name, "custom": custom}
    speech.outgoing(tx, case.conversation, case.channel, body, now, by.account, record)


def _forward(tx: Connection, case: Case, by: By, now: datetime) -> None:
    if by.forward:
        case_deliveries.add(tx, case.id, "changed", now)


def _changed(case: Case | None) -> Case:
    if case is None:
        raise CaseRefused("changed")
    return case
