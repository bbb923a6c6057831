"""Where conversations are kept: our own tracker stores, so that a turn commits as one.

Rasa calls `save` in the middle of a turn; nothing may be written then, because the replies, the answer record and
"message done" must commit together with the events. `save` therefore only notes the new events in the running turn,
and the worker writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from foundation import dialogue
from foundation.database import Database
from foundation.executor import Executor

LONGEST_SESSION = 40
"""Turns after which a session is closed and a new one begun with the same slots: turn 500 costs as much as turn 5."""
NOT_KEPT = ("understanding", "candidates", "effects", "location", "otherwise")
"""Parts of parse results, replies and metadata that only their own turn needs; where a citizen is, is kept nowhere."""


@dataclass
class RunningTurn:
    """What the turn under way has loaded and will write."""

    before: Sequence[Event] | None = None
    """The events of the present session, where they are read already."""
    loaded: int = 0
    """How many events the tracker had when it was read."""
    events: list[Event] = field(default_factory=list)
    slots: Mapping[str, Any] = field(default_factory=dict)
    """What the conversation remembers after the turn."""
    failure: Exception | None = None
    """Why the turn must not be kept, though Rasa goes on: the database did not answer an ability."""


running_turn: ContextVar[RunningTurn] = ContextVar("running_turn")
"""Set for the task that runs a turn; turns of other conversations run beside it."""


class TurnTrackerStore(TrackerStore):
    """Notes new events in the running turn; subclasses say where the old ones are."""

    async def load(self, conversation: str) -> Sequence[Event]:
        """The events of the present session, oldest first."""
        raise NotImplementedError

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        turn = running_turn.get()
        events = list(await self.load(sender_id) if turn.before is None else turn.before)
        events += turn.events
        turn.loaded = len(events) - len(turn.events)
        if not events:
            return None
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        turn = running_turn.get()
        turn.events = list(tracker.events)[turn.loaded :]
        turn.events += closing(tracker)
        turn.slots = tracker.current_slot_values()

    async def keys(self) -> list[str]:
        raise NotImplementedError("conversations are listed by the desk, not by Rasa")


class DatabaseTrackerStore(TurnTrackerStore):
    """Reads the present session from the database; `write` belongs in the turn's transaction."""

    def __init__(self, domain: Domain, database: Database, executor: Executor) -> None:
        super().__init__(domain)
        self._database = database
        self._executor = executor

    async def load(self, conversation: str) -> Sequence[Event]:
        return await self._executor.run(lambda: self._read(conversation))

    def _read(self, conversation: str) -> Sequence[Event]:
        with self._database.read() as tx:
            return read(tx, conversation)


class MemoryTrackerStore(TurnTrackerStore):
    """Keeps conversations in this process: for `zhengwu ask`, `zhengwu eval` and tests."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)
        self._events: dict[str, list[Event]] = {}

    async def load(self, conversation: str) -> Sequence[Event]:
        events = self._events.get(conversation, [])
        begin = max((n for n, event in enumerate(events) if isinstance(event, SessionStarted)), default=0)
        return events[begin:]

    def keep(self, conversation: str, events: Sequence[Event]) -> None:
        """Add a turn's events."""
        self._events.setdefault(conversation, []).extend(events)

    def forget(self, conversation: str) -> None:
        self._events.pop(conversation, None)


def read(tx: Connection, conversation: str) -> list[Event]:
    """The events of a conversation's present session, oldest first."""
    return [restored(body) for body in dialogue.session(tx, conversation)]


def write(tx: Connection, conversation: str, events: Sequence[Event]) -> None:
    """Append a turn's events to a conversation."""
    dialogue.append(tx, conversation, [stored(event) for event in events])


def stored(event: Event) -> dict[str, Any]:
    """An event as it is stored."""
    body: dict[str, Any] = event.as_dict()
    for part in ("parse_data", "data", "metadata"):
        if isinstance(body.get(part), dict):
            body[part] = without(body[part])
    return body


def restored(body: dict[str, Any]) -> Event:
    """What was stored, as an event again."""
    return kind_of_event(body["event"])._from_parameters(body)


@lru_cache
def kind_of_event(name: str) -> type[Event]:
    """Rasa looks through all subclasses, of each other too, for every event that it reads."""
    return Event.resolve_by_type(name)


def without(data: dict[str, Any]) -> dict[str, Any]:
    """Drop what only the turn itself needed."""
    kept = {key: value for key, value in data.items() if key not in NOT_KEPT}
    for part in ("custom", "metadata"):
        if isinstance(kept.get(part), dict):
            kept[part] = without(kept[part])
    return kept


def closing(tracker: DialogueStateTracker) -> list[Event]:
    """The events that end a session grown too long and begin the next with the same slots; mostly none."""
    turns = sum(isinstance(event, UserUttered) for event in tracker.events)
    if turns < LONGEST_SESSION or tracker.active_loop_name:
        return []
    kept = [SlotSet(name, value) for name, value in tracker.current_slot_values().items() if value is not None]
    return [ActionExecuted("action_session_start"), SessionStarted(), *kept, ActionExecuted("action_listen")]
