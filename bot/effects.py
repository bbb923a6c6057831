"""What a turn brings about besides its replies: done in the transaction that stores them, or not at all.

An action writes nothing. It puts `"effects": [{"do": name, …}]` beside the `answer` of its reply; the worker takes them
out and does them here. A turn that is run again after a crash has done nothing the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from channels import conversations
from desk import approvals, cases, handovers, ratings, tasks
from foundation.cipher import Cipher
from foundation.inbox import Claim
from foundation.vault import Vault

CONTACT_KEPT = timedelta(days=30)
"""A phone number to call back is kept so long after it was due."""

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Doing:
    """Of which turn an effect is, and what it is done with."""

    claim: Claim
    cipher: Cipher
    now: datetime

    @property
    def conversation(self) -> str:
        return self.claim.message.conversation

    @property
    def channel(self) -> str:
        return self.claim.message.channel

    @property
    def source(self) -> str:
        """What is opened under this name twice is opened once."""
        return f"turn:{self.claim.id}"


def do(tx: Connection, effects: Sequence[Data], doing: Doing) -> None:
    """Do all effects of a turn, in order.

    Raises:
        KeyError: one is unknown, or lacks something; the turn then fails as a whole.
    """
    for effect in effects:
        EFFECTS[effect["do"]](tx, doing, {name: value for name, value in effect.items() if name != "do"})


def _handover(tx: Connection, doing: Doing, data: Data) -> None:
    elderly = conversations.elderly(tx, doing.conversation)
    handovers.open_handover(
        tx, handovers.Request(doing.conversation, doing.channel, elderly=elderly, **data), doing.now
    )


def _callback(tx: Connection, doing: Doing, data: Data) -> None:
    """A phone number was left: with the rating that it belongs to, or as a task of its own."""
    due, contact = datetime.fromisoformat(data["due_at"]), data["contact"]
    Vault(doing.cipher).keep(tx, contact, doing.conversation, due + CONTACT_KEPT)
    if rated := data.get("rating"):
        subject = f"handover:{rated['handover']}" if rated["handover"] is not None else rated["subject"]
        rating = ratings.of_subject(tx, doing.conversation, subject, lock=True)
        if rating is not None and ratings.add_contact(tx, rating, contact, doing.now):
            return
    about = ("question", "said", "topic_kind", "topic_id", "topic_title", "region", "mood")
    task = tasks.NewTask(
        kind=tasks.CALLBACK,
        source=doing.source,
        title=data.get("topic_title") or data.get("question") or data["said"],
        department=data.get("department") or "",
        due_at=due,
        conversation=doing.conversation,
        channel=doing.channel,
        contact=contact,
        detail={name: data[name] for name in about if data.get(name)},
    )
    tasks.open_task(tx, task, doing.now)


def _task(tx: Connection, doing: Doing, data: Data) -> None:
    due = data.get("due_at")
    task = tasks.NewTask(
        source=doing.source,
        conversation=doing.conversation,
        channel=doing.channel,
        **{**data, "due_at": datetime.fromisoformat(due) if due else None},
    )
    tasks.open_task(tx, task, doing.now)


def _rate(tx: Connection, doing: Doing, data: Data) -> None:
    due = datetime.fromisoformat(data["due_at"])
    given = {name: value for name, value in data.items() if name != "due_at"}
    ratings.rate(tx, ratings.NewRating(doing.conversation, doing.channel, **given), due, doing.now)


def _approval(tx: Connection, doing: Doing, data: Data) -> None:
    new = approvals.NewApproval(
        conversation=doing.conversation,
        channel=doing.channel,
        source=doing.source,
        question=data["question"],
        body=data["reply"],
        department=data["department"],
        title=data["title"],
    )
    approvals.ask(tx, new, datetime.fromisoformat(data["due_at"]), doing.now)


def _case(tx: Connection, doing: Doing, data: Data) -> None:
    cases.file_case(tx, doing.cipher, doing.conversation, doing.channel, data, doing.now)


EFFECTS: dict[str, Callable[[Connection, Doing, Data], object]] = {
    "handover": _handover,
    "callback": _callback,
    "task": _task,
    "rate": _rate,
    "approval": _approval,
    "case": _case,
}
