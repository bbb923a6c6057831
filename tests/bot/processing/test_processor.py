"""Turns of the lean processor beside the same turns of Rasa's own, with the trained model and actions that do nothing
but say their name."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import Event

from bot.assistant import MODEL
from bot.processing.processor import OfficeProcessor, set_by_actions_alone
from foundation.aside import aside
from foundation.executor import Executor
from foundation.settings import get_settings

TALKS = {
    "a": ("ask", "thanks", "handover", "ask", "status", "inform", "ask", "cancel", "goodbye"),
    "b": ("complaint", "inform", "ask", "cancel", "ask"),
}
"""Conversations of kinds of talk, one a message."""


class Actions:
    """Stands for the action server: each says its name; a validation now and then finds nothing."""

    url = "nowhere"
    kwargs: dict[str, Any] = {"enable_selective_domain": True}

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def request(self, json: dict[str, Any], **_: Any) -> dict[str, Any]:
        name = json["next_action"]
        self.asked.append(name)
        if name == "action_handover":
            raise RuntimeError("it fails")
        waits = name.startswith("validate_") and len(self.asked) % 2
        events = [] if waits else [{"event": "slot", "name": "last_text", "value": name, "timestamp": None}]
        return {"events": events, "responses": [{"text": name, "buttons": [{"title": "一", "payload": "1"}]}]}


def told(events: list[Event]) -> list[dict[str, Any]]:
    """Without what differs from run to run."""
    known = [event.as_dict() for event in events]
    for event in known:
        for name in ("timestamp", "message_id", "metadata", "parse_data"):
            event.pop(name, None)
        event["policy"] = "a policy" if event.get("policy") else None
    return known


@pytest.mark.slow
async def test_a_conversation_goes_as_with_rasas_own() -> None:
    ours_asked, theirs_asked = Actions(), Actions()
    model = get_settings().model_dir / MODEL
    ours = OfficeProcessor.load(model, InMemoryTrackerStore, ours_asked)
    responses = TemplatedNaturalLanguageGenerator(ours.domain.responses)
    theirs = MessageProcessor(
        str(model), InMemoryTrackerStore(ours.domain), InMemoryLockStore(), responses, theirs_asked
    )
    heard: list[list[Any]] = []
    for processor in (ours, theirs):
        heard.append([])
        for citizen, kinds in TALKS.items():
            out = CollectingOutputChannel()
            for kind in kinds:
                parsed = {"text": kind, "intent": {"name": kind, "confidence": 1.0}, "entities": []}
                await processor.handle_message(UserMessage(kind, out, citizen, parsed, "rest"))
            tracker = await processor.tracker_store.retrieve(citizen)
            heard[-1] += [out.messages, told(list(tracker.events))]
    assert heard[0] == heard[1]
    assert ours_asked.asked == theirs_asked.asked
    assert {"action_answer_question", "action_handover", "validate_complaint_form"} <= set(ours_asked.asked)


def test_slots_are_left_to_actions_only_where_the_domain_does() -> None:
    def domain(*mappings: dict[str, str], actions: tuple[str, ...] = ()) -> Any:
        return SimpleNamespace(slots=[SimpleNamespace(mappings=list(mappings))], user_actions=list(actions))

    assert set_by_actions_alone(domain({"type": "custom"}))
    assert not set_by_actions_alone(domain({"type": "custom"}, {"type": "from_text"}))
    assert not set_by_actions_alone(domain({"type": "custom", "action": "action_fill"}))
    assert not set_by_actions_alone(domain({"type": "custom"}, actions=("action_validate_slot_mappings",)))


@pytest.mark.parametrize("given", [True, False])
async def test_what_understanding_does_aside_is_done_in_the_threads_that_were_given(given: bool) -> None:
    class Understanding(OfficeProcessor):
        def __init__(self, threads: Executor | None) -> None:
            """Without a model."""
            self._threads = threads

        def _parse_message_with_graph(self, *_: Any, **__: Any) -> dict[str, Any]:
            return {"here": threading.current_thread().name, "aside": aside(lambda: threading.current_thread().name)}

    threads = Executor("encoding", 1) if given else None
    main = threading.current_thread().name
    try:
        found = await Understanding(threads).parse_message(UserMessage("你好"))
    finally:
        if threads:
            threads.close()
    assert found == {"here": main, "aside": "encoding_0" if given else main}
