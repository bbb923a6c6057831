"""The lean rule policy predicts what Rasa's own predicts, in whatever a conversation may come to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.assistant import MODEL
from bot.components.rule_policy import OfficeRulePolicy, lately
from bot.in_process_actions import InProcessActions
from bot.processing.processor import OfficeProcessor
from bot.trackers import MemoryTrackerStore
from foundation.settings import get_settings

pytestmark = pytest.mark.slow


class Both:
    """The trained rules, read by either policy."""

    def __init__(self) -> None:
        model = get_settings().model_dir / MODEL
        processor = OfficeProcessor.load(model, MemoryTrackerStore, InProcessActions())
        nodes = processor.graph_runner._nodes.values()  # type: ignore[attr-defined]
        learned = next(one._component for one in nodes if isinstance(one._component, RulePolicy))
        self.domain: Domain = processor.domain
        self.processor = processor
        context = ExecutionContext(GraphSchema({}), "model")
        means = (learned._model_storage, learned._resource, context)
        self.rasas = RulePolicy(dict(learned.config), *means, learned.featurizer, learned.lookup)
        self.ours = OfficeRulePolicy(dict(learned.config), *means, learned.featurizer, lookup=learned.lookup)

    def predict(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        theirs, ours = (policy.predict_action_probabilities(tracker, self.domain) for policy in (self.rasas, self.ours))
        assert told(ours) == told(theirs), [str(event) for event in tracker.events]
        anew = MessageProcessor._predict_next_with_tracker(self.processor, tracker)
        for _ in range(2):  # the second time it is remembered, if it ever is
            remembered = self.processor._predict_next_with_tracker(tracker)
            assert told(remembered) == told(anew), [str(event) for event in tracker.events]
            assert all(event.timestamp >= tracker.events[-1].timestamp for event in remembered.events)
        return remembered


def told(prediction: PolicyPrediction) -> tuple[Any, ...]:
    events = [event.as_dict() for event in (*prediction.events, *prediction.optional_events)]
    for event in events:
        event.pop("timestamp", None)
    return (
        list(prediction.probabilities),
        events,
        prediction.is_no_user_prediction,
        prediction.is_end_to_end_prediction,
        prediction.hide_rule_turn,
    )


@pytest.fixture(scope="module")
def both() -> Both:
    return Both()


def said(chance: random.Random, both: Both) -> Event:
    intent = chance.choice([*both.domain.intents, "ask", "inform", "cancel", "status", "complaint"])
    entities = [{"entity": "aspect", "value": "fee", "start": 0, "end": 1}] if chance.random() < 0.3 else []
    return UserUttered("…", {"name": intent, "confidence": 1.0}, entities)


def came_of(action: str, chance: random.Random, both: Both) -> Iterator[Event]:
    """What may come of an action: of a form, that it goes on, ends or is rejected; of any other, that a form ends."""
    if action in both.domain.form_names:
        outcome = chance.choice(("goes on", "ends", "rejected"))
        if outcome == "rejected":
            yield ActionExecutionRejected(action)
            return
        yield ActionExecuted(action)
        yield ActiveLoop(action)
        yield SlotSet("requested_slot", chance.choice(both.domain.required_slots_for_form(action)))
        if outcome == "ends":
            yield ActiveLoop(None)
            yield SlotSet("requested_slot", None)
        return
    yield ActionExecuted(action)
    if action != "action_listen" and chance.random() < 0.1:
        yield ActiveLoop(None)
        yield SlotSet("requested_slot", None)


@pytest.mark.parametrize("seed", range(12))
def test_it_predicts_as_rasas_does(both: Both, seed: int) -> None:
    chance = random.Random(seed)
    tracker = DialogueStateTracker("x", both.domain.slots)
    start: tuple[Event, ...] = (
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
    )
    tracker.update_with_events(list(start), both.domain)
    for _ in range(15):
        tracker.update(said(chance, both), both.domain)
        for _ in range(5):
            prediction = both.predict(tracker)
            action = both.domain.action_names_or_texts[prediction.max_confidence_index]
            tracker.update_with_events(list(prediction.events), both.domain)
            for event in came_of(action, chance, both):
                tracker.update(event, both.domain)
            if tracker.latest_action_name == "action_listen":
                break
        else:  # as Rasa's limit of actions would
            tracker.update(ActionExecuted("action_listen"))


def test_a_long_conversation_is_read_from_its_end_with_the_form_that_is_active() -> None:
    turn = [
        UserUttered("…", {"name": "ask"}),
        ActionExecuted("action_answer_question"),
        ActionExecuted("action_listen"),
    ]
    events = [ActiveLoop("complaint_form"), *turn * 20]
    seen = lately(events, 4)
    assert len(seen) < 12
    assert seen[0] == events[0] and seen[-1] is events[-1]
