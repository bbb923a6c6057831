"""From questions to a draft: more similar questions for a unit that there is, or a new FAQ. Nothing is published."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation.accounts import Account
from knowledge_base.editing import working
from knowledge_base.editing.faults import Fault, checked
from knowledge_base.editing.similar import add_questions, with_questions
from knowledge_base.learning.errors import LearningError
from knowledge_base.learning.questions import plain
from knowledge_base.model import Unit, UnitKey


@dataclass(frozen=True)
class Proposal:
    """What somebody wants to make of questions."""

    questions: tuple[str, ...]
    target: UnitKey | None = None
    """The unit that shall be asked by them, too; None: a new FAQ."""
    answer: str = ""
    """Of the new FAQ; the first question is its own."""

    @classmethod
    def of(cls, questions: Sequence[str], target: UnitKey | None, answer: str) -> Proposal:
        """Raises LearningError: there is no question, or neither a unit nor an answer."""
        asked = tuple(dict.fromkeys(filter(None, map(plain, questions))))
        if not asked:
            raise LearningError("no_questions")
        if target is None and not answer.strip():
            raise LearningError("no_target")
        return cls(asked, target, answer.strip())


def proposed(tx: Connection, proposal: Proposal, account: Account, department: str | None) -> Unit | list[Fault] | None:
    """The unit as it would be; None where it is asked by these questions already; or what is wrong with it.

    Raises:
        EditingError: there is no such unit, or it is another department's.
    """
    if proposal.target is not None:
        return with_questions(tx, proposal.target, proposal.questions, department)
    question, *similar = proposal.questions
    body = {"question": question, "similar_questions": similar, "answer": proposal.answer}
    owner = {"person": account.display_name, "department": account.department or None}
    return checked(_new_key(question, account.name), {**body, "department": account.department or None, "owner": owner})


def draft(
    tx: Connection, proposal: Proposal, account: Account, department: str | None, now: datetime
) -> Unit | list[Fault] | None:
    """Save the same as a draft.

    Raises:
        EditingError: as `proposed`; or its draft is under review, or somebody is typing in its editor.
    """
    if proposal.target is not None:
        return add_questions(tx, proposal.target, proposal.questions, account.name, department, now)
    unit = proposed(tx, proposal, account, department)
    if isinstance(unit, Unit):
        working.save(tx, unit.key, account.name, unit, None, now)
    return unit


def _new_key(question: str, account: str) -> UnitKey:
    """The same for the same question and person, so that nobody drafts it twice by pressing twice, and nobody learns
    that another has."""
    said = f"{account}\n{question}".encode("utf-8", "replace")
    return UnitKey("faq", f"faq-{hashlib.blake2b(said, digest_size=6).hexdigest()}")
