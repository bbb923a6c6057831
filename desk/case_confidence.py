"""举报: who may see what of a case, and of the conversation in which it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import presence
from desk.case_rules import Rules
from desk.case_words import WORDS
from desk.cases import Case
from foundation import dialogue
from foundation.accounts import Account
from foundation.dialogue import Line, tracker_events

CONFIDENTIAL = "confidential"
"""In an answer's payload: it belongs to a report, and so does what the citizen said before it."""
SEE_ALL = frozenset({"supervisor", "admin"})


@dataclass(frozen=True)
class Viewer:
    """A member of staff before the cases."""

    departments: tuple[str, ...] | None
    """Those whose cases they may see; None for all."""

    @property
    def trusted(self) -> bool:
        """Whether they may learn who has made a report."""
        return self.departments is None

    @classmethod
    def of(cls, tx: Connection, account: Account, rules: Rules, now: datetime) -> Viewer:
        """Supervisors and administrators see all; others their departments'. Who has none sits at the general desk."""
        if not SEE_ALL.isdisjoint(account.roles):
            return cls(None)
        return cls(presence.agent(tx, account.name, now).departments or (rules.general,))

    def may_see(self, case: Case) -> bool:
        """What it is about and what happened to it, not who filed it."""
        return self.departments is None or case.department in self.departments

    def may_reveal(self, case: Case) -> bool:
        """Who filed it, for a reason: contact, identifiers, conversation."""
        return self.trusted if case.hides_who else self.may_see(case)


def transcript(tx: Connection, conversation: str, limit: int = 200, before: int | None = None) -> list[Line]:
    """What was said, as foundation.dialogue.transcript tells it, without what belongs to a report.

    For everybody who shows conversations to the staff.
    """
    lines = dialogue.transcript(tx, conversation, limit, before)
    return list(_covered(lines, None if before is None else _is_secret(tx, conversation, before)))


def recent(tx: Connection, since: datetime, events: int) -> dict[str, list[Line]]:
    """What was said of late, as foundation.dialogue.recent tells it, without what belongs to a report."""
    return {name: list(_covered(lines, None)) for name, lines in dialogue.recent(tx, since, events).items()}


def _covered(lines: Sequence[Line], next_one: bool | None) -> Iterator[Line]:
    """Cover lines; `next_one` is whether the reply behind the last one belongs to a report, where that is known."""
    asked: bool | None = None
    for place, line in enumerate(lines):
        if line.who == "citizen":
            replies = (bool(one.answer.get(CONFIDENTIAL)) for one in lines[place + 1 :] if one.who != "citizen")
            # What has no reply yet is the form's if that was asking.
            secret = next(replies, asked if next_one is None else next_one)
        else:
            secret = bool(line.answer.get(CONFIDENTIAL))
            asked = secret and line.who == "robot"
        if secret:
            line = replace(line, text=str(WORDS.entry("covered")), answer={}, choices=(), metadata={})
        yield line


def _is_secret(tx: Connection, conversation: str, since: int) -> bool | None:
    """Whether the first reply from an event on belongs to a report; None where there is none."""
    mine = (tracker_events.c.conversation == conversation) & (tracker_events.c.id >= since)
    query = select(tracker_events.c.body).where(mine, tracker_events.c.type == "bot").order_by(tracker_events.c.id)
    body = tx.execute(query.limit(1)).scalar_one_or_none()
    if body is None:
        return None
    return bool((((body.get("data") or {}).get("custom") or {}).get("answer") or {}).get(CONFIDENTIAL))
