"""Conversations as they are kept: only the present session is read, and only the worker writes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from bot.trackers import (
    LONGEST_SESSION,
    DatabaseTrackerStore,
    MemoryTrackerStore,
    RunningTurn,
    TurnTrackerStore,
    restored,
    running_turn,
    stored,
    write,
)
from foundation.database import Database
from foundation.dialogue import tracker_events
from foundation.executor import Executor

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask]
slots:
  topic_id: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  misses: {type: any, influence_conversation: false, mappings: [{type: custom}]}
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
"""
)
ME = "rest:me"
Keep = Callable[[str, list[Event]], None]


@pytest.fixture
def executor() -> Iterator[Executor]:
    executor = Executor("test", 2)
    yield executor
    executor.close()


@pytest.fixture
def store(database: Database, executor: Executor) -> DatabaseTrackerStore:
    return DatabaseTrackerStore(DOMAIN, database, executor)


@pytest.fixture
def keep(database: Database) -> Keep:
    def keep(conversation: str, events: list[Event]) -> None:
        with database.write() as tx:
            write(tx, conversation, events)

    return keep


def kept(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(tracker_events.c.type).order_by(tracker_events.c.id)).scalars())


async def a_turn(store: TurnTrackerStore, *said: Event, conversation: str = ME) -> RunningTurn:
    """What Rasa does in a turn: reads the tracker, adds events, saves, reads again, adds, saves."""
    turn = RunningTurn()
    token = running_turn.set(turn)
    try:
        for event in said:
            tracker = await store.retrieve(conversation) or DialogueStateTracker(conversation, DOMAIN.slots)
            tracker.update(event)
            await store.save(tracker)
    finally:
        running_turn.reset(token)
    return turn


async def read(store: TurnTrackerStore, conversation: str = ME) -> DialogueStateTracker | None:
    token = running_turn.set(RunningTurn())
    try:
        return await store.retrieve(conversation)
    finally:
        running_turn.reset(token)


async def test_nobody_was_here_yet(store: DatabaseTrackerStore) -> None:
    assert await read(store) is None


async def test_saving_writes_nothing_until_the_worker_does(
    store: DatabaseTrackerStore, database: Database, keep: Keep
) -> None:
    turn = await a_turn(store, UserUttered("护照"), SlotSet("topic_id", "passport"), BotUttered("答"))
    assert kept(database) == []
    assert [event.type_name for event in turn.events] == ["user", "slot", "bot"]
    keep(ME, turn.events)
    tracker = await read(store)
    assert tracker is not None
    assert tracker.get_slot("topic_id") == "passport"
    assert [event.type_name for event in tracker.events] == ["user", "slot", "bot"]


async def test_each_turn_adds_its_own_events_only(store: DatabaseTrackerStore, database: Database, keep: Keep) -> None:
    for number in range(3):
        turn = await a_turn(store, UserUttered(str(number)), BotUttered(f"答{number}"))
        assert len(turn.events) == 2
        keep(ME, turn.events)
    assert kept(database) == ["user", "bot"] * 3
    tracker = await read(store)
    assert tracker is not None
    assert [event.text for event in tracker.events] == ["0", "答0", "1", "答1", "2", "答2"]  # type: ignore[attr-defined]


async def test_conversations_are_kept_apart(store: DatabaseTrackerStore, keep: Keep) -> None:
    keep("rest:a", [UserUttered("甲")])
    keep("rest:ab", [UserUttered("乙")])
    tracker = await read(store, "rest:a")
    assert tracker is not None and [event.text for event in tracker.events] == ["甲"]  # type: ignore[attr-defined]


async def test_turns_of_two_conversations_at_once(store: DatabaseTrackerStore, keep: Keep) -> None:
    turns = await asyncio.gather(
        *(a_turn(store, UserUttered(name), BotUttered(name), conversation=name) for name in ("a", "b", "c"))
    )
    assert [[event.text for event in turn.events] for turn in turns] == [["a"] * 2, ["b"] * 2, ["c"] * 2]  # type: ignore[attr-defined]


async def test_only_the_present_session_is_read(store: DatabaseTrackerStore, keep: Keep) -> None:
    keep(ME, [ActionExecuted("action_session_start"), SessionStarted(), UserUttered("旧"), SlotSet("topic_id", "old")])
    keep(ME, [ActionExecuted("action_session_start"), SessionStarted(), SlotSet("topic_id", "new"), UserUttered("新")])
    tracker = await read(store)
    assert tracker is not None
    assert [event.type_name for event in tracker.events] == ["session_started", "slot", "user"]
    assert tracker.get_slot("topic_id") == "new"


@pytest.mark.parametrize("kind", ["database", "memory"])
async def test_a_long_session_is_closed_and_its_slots_go_on(
    database: Database, executor: Executor, keep: Keep, kind: str
) -> None:
    in_memory = MemoryTrackerStore(DOMAIN)
    store = DatabaseTrackerStore(DOMAIN, database, executor) if kind == "database" else in_memory
    closed = []
    for number in range(1, 2 * LONGEST_SESSION + 10):
        turn = await a_turn(store, UserUttered(str(number)), SlotSet("topic_id", f"unit-{number}"), BotUttered("答"))
        if any(isinstance(event, SessionStarted) for event in turn.events):
            closed.append(number)
        (keep if kind == "database" else in_memory.keep)(ME, turn.events)
        tracker = await read(store)
        assert tracker is not None
        assert tracker.get_slot("topic_id") == f"unit-{number}"
        assert sum(isinstance(event, UserUttered) for event in tracker.events) < LONGEST_SESSION
    assert closed == [LONGEST_SESSION, 2 * LONGEST_SESSION]


async def test_what_only_the_turn_needed_is_not_kept(
    store: DatabaseTrackerStore, database: Database, keep: Keep
) -> None:
    parse = {"intent": {"name": "ask"}, "entities": [], "text": "护照", "understanding": {"candidates": [1, 2]}}
    answer = {"kind": "item", "id": "passport"}
    said = BotUttered("答", data={"custom": {"answer": answer, "candidates": [{"id": "x"}]}})
    keep(ME, [UserUttered("护照", intent={"name": "ask"}, parse_data=parse), said])
    with database.read() as tx:
        user, bot = tx.execute(select(tracker_events.c.body).order_by(tracker_events.c.id)).scalars()
    assert "understanding" not in user["parse_data"] and user["parse_data"]["intent"] == {"name": "ask"}
    assert bot["data"]["custom"] == {"answer": answer}
    assert "understanding" in parse, "what runs still has it"


async def test_writing_nothing(database: Database) -> None:
    with database.write() as tx:
        write(tx, ME, [])
    assert kept(database) == []


def test_where_a_citizen_is_is_not_kept() -> None:
    place = {"latitude": 38.9, "longitude": 82.8, "label": "明镜路"}
    parsed = {"intent": {"name": "ask_office"}, "metadata": {"location": place, "voice": True}}
    said = UserUttered("离我最近的大厅", parse_data=parsed, metadata={"location": place, "voice": True})
    body = stored(said)
    assert "明镜路" not in json.dumps(body, ensure_ascii=False) and "38.9" not in json.dumps(body)
    assert body["metadata"] == {"voice": True} == body["parse_data"]["metadata"]


@pytest.mark.parametrize("event", [
    UserUttered("护照", {"name": "ask", "confidence": 0.5}), BotUttered("答", {"custom": {"answer": {}}}),
    SlotSet("a", 3), ActionExecuted("action_listen", "p", 0.5), SessionStarted(),
    ConversationPaused(), ConversationResumed(), ActiveLoop("form"), LoopInterrupted(True), Restarted(),
    AllSlotsReset(), FollowupAction("action_x"), DefinePrevUserUtteredFeaturization(False),
], ids=lambda event: event.type_name)  # fmt: skip
def test_events_are_restored_as_rasa_does_it(event: Event) -> None:
    body = stored(event)
    [expected] = deserialise_events([dict(body)])
    found = restored(dict(body))
    assert type(found) is type(event) and found.as_dict() == expected.as_dict()


def test_an_event_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown event name"):
        restored({"event": "made_up"})
