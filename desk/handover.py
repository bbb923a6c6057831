"""One handover: what is known of it, and the one way in which it changes its state.

waiting ──take, assign──> with_agent ──end──> wrap_up ──close──> closed        the robot has it before and after
   ^ │                     │ ^ │                                    ^
   │ └─withdraw────────────│─│─│────────────────────────────────────┘
   └──transfer, give back──┘ └─┘ transfer to a colleague
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import DeskError, NotFound, NotYours, Taken, WrongState
from desk.tables import handover_spans, handovers
from foundation import accounts
from foundation.errors import AccountError

WAITING, WITH_AGENT, WRAP_UP, CLOSED = "waiting", "with_agent", "wrap_up", "closed"
OPEN = (WAITING, WITH_AGENT)
"""States in which the robot is silent."""
Reason = Literal["asked", "misses", "distress", "rule", "item", "approval", "stepped_in", "rating"]
"""Why a person should take over: the citizen asks; two misses in a row; distress; a supervisor's rule; an item marked
人工; an answer needs approval; a supervisor steps in; a bad rating."""
CITIZEN, SYSTEM = "citizen", "system"
"""Who brought a change about, where no account did."""


@dataclass(frozen=True)
class Handover:
    """A conversation with a person, from the request to the close. Texts are masked.

    `assigned_to` is an account's name and stays when it has ended. `withdrawn` says why the citizen left, where they
    did. `priority` are the points of the moment in a list in order (desk/queue.py), and 0 elsewhere. `version` counts
    the changes of state and of hands.
    """

    id: int
    conversation: str
    channel: str
    state: str
    reason: str
    department: str
    region: str | None
    topic_kind: str | None
    topic_id: str | None
    topic_title: str | None
    question: str
    mood: str
    misses: int
    elderly: bool
    urgent: bool
    contact: str | None
    opened_at: datetime
    assigned_to: str | None
    assigned_at: datetime | None
    first_reply_at: datetime | None
    last_citizen_at: datetime
    last_agent_at: datetime | None
    seen_at: datetime
    place_told_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    withdrawn: str | None
    outcome: str | None
    topic: str | None
    version: int
    priority: int = 0

    @property
    def owes_a_reply(self) -> bool:
        """Whether the citizen spoke last."""
        return self.last_agent_at is None or self.last_agent_at < self.last_citizen_at


def of_row(row: Mapping[str, Any]) -> Handover:
    return Handover(**row)


def get(tx: Connection, id: int, lock: Literal[False, True, "skip"] = False) -> Handover:
    """The handover with this id. Raises NotFound.

    With a lock nobody else changes it before this transaction ends; "skip" finds nothing while another has it locked.
    """
    query = select(handovers).where(handovers.c.id == id)
    if lock:
        query = query.with_for_update(skip_locked=lock == "skip")
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("not_found.handover")
    return of_row(row)


def change(tx: Connection, found: Handover, **values: Any) -> Handover:
    """Change what is not state: who spoke last, how urgent it is. `found` was read with a lock."""
    tx.execute(update(handovers).where(handovers.c.id == found.id).values(values))
    changes.touch(tx, changes.of(found.id), changes.QUEUE)
    return get(tx, found.id)


def move(
    tx: Connection,
    found: Handover,
    to: str,
    now: datetime,
    by: str,
    why: str,
    until: datetime | None = None,
    **values: Any,
) -> Handover:
    """Bring a handover, as it was just read, into the state `to`: its row, and the spans of which figures are made.

    The span so far ends now, or at `until`.

    Raises:
        WrongState: it is not any more as it was read.
    """
    unchanged = (handovers.c.id == found.id) & (handovers.c.version == found.version)
    done = update(handovers).where(unchanged, handovers.c.state == found.state)
    if tx.execute(done.values(state=to, version=found.version + 1, **values)).rowcount != 1:
        raise refusal(tx, get(tx, found.id), changed=True)
    moved = get(tx, found.id)
    running = (handover_spans.c.handover == found.id) & handover_spans.c.until.is_(None)
    tx.execute(update(handover_spans).where(running).values(until=until or now))
    if to != CLOSED:
        begin(tx, moved, now, by, why)
    changes.touch(tx, changes.of(found.id), changes.QUEUE)
    return moved


def begin(tx: Connection, found: Handover, now: datetime, by: str, why: str) -> None:
    """Begin the span of a handover's present state."""
    account = None if found.state == WAITING else found.assigned_to
    span = {"handover": found.id, "conversation": found.conversation, "state": found.state, "account": account}
    tx.execute(insert(handover_spans).values(**span, department=found.department, since=now, by=by, why=why))


def held(tx: Connection, id: int, account: str, *states: str) -> Handover:
    """The handover, locked, in one of `states` and in this agent's hands. Raises what says why not."""
    found = get(tx, id, lock=True)
    if found.state not in states:
        raise refusal(tx, found)
    if found.assigned_to != account:
        raise NotYours("handover.not_yours", name=name_of(tx, found.assigned_to))
    return found


def refusal(tx: Connection, found: Handover, changed: bool = False) -> DeskError:
    """Why something cannot be done to a handover as it is."""
    name = name_of(tx, found.assigned_to)
    if found.state == WITH_AGENT:
        return Taken("handover.changed" if changed else "handover.taken", name=name)
    return WrongState(f"handover.{found.state}", name=name)


def name_of(tx: Connection, account: str | None) -> str:
    """How an account's owner is called."""
    try:
        return accounts.get(tx, account or "").display_name
    except AccountError:
        return account or ""
