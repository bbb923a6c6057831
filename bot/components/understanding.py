"""The one graph component of the pipeline: tokens, kind of talk, aspect, candidates.

Rasa sees the kind of talk as the intent and the aspect as an entity; the whole understanding travels in the parse
result under `understanding`, where the actions read it. Nothing here depends on the knowledge base's content, so
publishing never trains.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.forms import FORMS, Written
from actions.handing_over.hearing import for_the_desk, only_a_contact
from actions.turn import LOCATION
from foundation.text import normalise
from knowledge_base.answering.context import Context
from knowledge_base.answering.examples import PLACEHOLDER, Example
from knowledge_base.answering.grievances import KIND as GRIEVANCE
from knowledge_base.answering.kind_of_talk import is_danger
from knowledge_base.answering.models import LanguageModels, train
from knowledge_base.answering.understanding import Understanding, understand
from knowledge_base.library import open_library
from knowledge_base.regions import open_regions

UNDERSTANDING = "understanding"
ALWAYS_FIRST = ("emergency", "handover")
ASKING = ("ask", "ask_office", "correct")
"""Kinds of talk that ask for an aspect; in 再见 or 谢谢 there is none to tell Rasa of."""
INTENTS = {GRIEVANCE: "ask"}
"""What Rasa takes a kind of talk for that is told by its words and not among those it was trained on."""
VERSION = "1"
"""Change it when what is learned changes though the training data does not: it is part of Rasa's cache key."""

ComponentType = DefaultV1Recipe.ComponentType


@DefaultV1Recipe.register([ComponentType.INTENT_CLASSIFIER, ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class OfficeUnderstanding(GraphComponent):
    """Wraps `knowledge_base.answering.understand` for Rasa."""

    def __init__(self, storage: ModelStorage, resource: Resource, models: LanguageModels | None = None) -> None:
        self._storage = storage
        self._resource = resource
        self._models = models

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OfficeUnderstanding:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> OfficeUnderstanding:
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, LanguageModels.load(Path(directory)))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return VERSION

    def train(self, training_data: TrainingData) -> Resource:
        """Learn kind of talk and aspect from the NLU examples."""
        self._models = train([example_of(message) for message in training_data.intent_examples])
        with self._storage.write_to(self._resource) as directory:
            self._models.save(Path(directory))
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Add intent, aspect and understanding to each message, in the light of the conversation so far."""
        assert self._models is not None, "the component is used before it was trained or loaded"
        slots = tracker.current_slot_values() if tracker is not None else {}
        snapshot = open_library().snapshot
        for message in messages:
            context = Context.from_slots(slots, message.get(METADATA))
            said = understand(message.get(TEXT) or "", context, snapshot, self._models, open_regions())
            kind = (
                in_a_form(message.get(TEXT) or "", said, tracker, message.get(METADATA))
                or (may_be_for_the_desk(said) and for_the_desk(message.get(TEXT) or "", slots, said_last(tracker)))
                or INTENTS.get(said.kind, said.kind)
            )
            message.set(INTENT, {INTENT_NAME_KEY: kind, "confidence": said.kind_confidence}, add_to_output=True)
            message.set(UNDERSTANDING, said.to_dict(), add_to_output=True)
            if said.aspect and said.kind in ASKING:
                # The whole sentence asks for it; so marked, test stories can say which aspect they expect.
                end = len(message.get(TEXT))
                entity = {"entity": "aspect", "value": said.aspect, "start": 0, "end": end, "extractor": "aspect"}
                message.set(ENTITIES, [entity], add_to_output=True)
        return messages


def may_be_for_the_desk(said: Understanding) -> bool:
    """Emergencies and the wish for a person come first; but 打我139… is a number to call, and no blow."""
    return said.kind not in ALWAYS_FIRST or (only_a_contact(said.text) and not is_danger(said.text))


def in_a_form(
    text: str, said: Understanding, tracker: DialogueStateTracker | None, metadata: Mapping[str, Any] | None = None
) -> str | None:
    """The intent of a message that begins a form, or is for the one that is active; None for any other.

    Emergencies and the wish for a person are never for a form.
    """
    slots = tracker.current_slot_values() if tracker is not None else {}
    again = tracker is not None and spoke_last(tracker)
    written = Written(text, said, slots, again, bool((metadata or {}).get(LOCATION)))
    form = FORMS.get(tracker.active_loop_name or "") if tracker is not None else None
    if form is not None and said.kind in ALWAYS_FIRST and (is_danger(said.text) or not form.is_plain(written)):
        return None
    meant = form.intent(written) if form is not None else None
    return meant or next(filter(None, (one.begun_by(written) for one in FORMS.values() if one is not form)), None)


def spoke_last(tracker: DialogueStateTracker) -> bool:
    """Whether what was said last is a form's: then it is that which somebody did not understand."""
    said = last_of_ours(tracker)
    answer = ((said.data.get("custom") or {}).get("answer") or {}) if said is not None else {}
    return answer.get("kind") == "form"


def said_last(tracker: DialogueStateTracker | None) -> str:
    """What we said last."""
    said = last_of_ours(tracker) if tracker is not None else None
    return (said.text or "") if said is not None else ""


def last_of_ours(tracker: DialogueStateTracker) -> BotUttered | None:
    return next((event for event in reversed(tracker.events) if isinstance(event, BotUttered)), None)


def example_of(message: Message) -> Example:
    """A Rasa training message as our example."""
    text = message.get(TEXT)
    entities = sorted(message.get(ENTITIES) or (), key=lambda one: -one["start"])
    blanked = text
    for entity in entities:
        blanked = blanked[: entity["start"]] + PLACEHOLDER + blanked[entity["end"] :]
    metadata = (message.get("metadata") or {}).get("intent") or {}
    topics = tuple(normalise(text[entity["start"] : entity["end"]]) for entity in reversed(entities))
    return Example(normalise(text), normalise(blanked), message.get(INTENT), metadata.get("aspect"), topics)
