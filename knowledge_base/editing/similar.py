"""Questions as citizens put them, added to those that a unit answers: a draft that is reviewed like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation.text import squash
from knowledge_base.editing import working
from knowledge_base.editing.errors import Forbidden, Missing, WrongState
from knowledge_base.editing.scope import department_of, is_within
from knowledge_base.model import KINDS, Unit, UnitKey, parse_unit
from knowledge_base.store import drafts, releases


def add_questions(
    tx: Connection, key: UnitKey, questions: Sequence[str], account: str, department: str | None, now: datetime
) -> Unit | None:
    """Draft the unit with more similar questions, and return it; None where it has these questions already.

    Args:
        department: of whoever adds them; None: of the whole office.

    Raises:
        Missing: there is no such unit, or a draft removes it.
        Forbidden: it is another department's.
        WrongState: its draft is under review, or the same account is typing in its editor.
    """
    drafts.hold(tx, key)  # what is read here is added to
    unit = with_questions(tx, key, questions, department)
    if working.read(tx, key, account) is not None:
        raise WrongState("typing")
    if unit is not None:
        working.save(tx, key, account, unit, working.standing(tx, key), now)
    return unit


def with_questions(tx: Connection, key: UnitKey, questions: Sequence[str], department: str | None) -> Unit | None:
    """The unit as it stands, with those of these questions that it does not have; None where it has them all.

    Raises:
        Missing, Forbidden: as `add_questions`.
    """
    stored, draft = releases.find(tx, releases.current(tx), key), drafts.draft(tx, key)
    before = draft.unit if draft is not None else stored.unit if stored is not None else None
    for unit in (before, stored.unit if stored is not None else None):
        if unit is not None and not is_within(unit, department):
            raise Forbidden("other_department", department=department_of(unit))
    if before is None or key.kind not in KINDS:
        raise Missing("unknown")
    known = set(map(squash, (*before.names(), *before.questions())))
    new = {squash(question): question for question in questions if squash(question) not in known}
    if not new:
        return None
    body = working.begin(tx, key)
    return parse_unit({**body, "similar_questions": [*body.get("similar_questions", ()), *new.values()]})
