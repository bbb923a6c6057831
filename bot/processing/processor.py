"""Rasa's message processor over a graph run in order, with our own actions called directly.

What is left out does nothing for us: a second tracker made of all events before each action, in case the action is
rejected (ours never are; forms keep it), slots drawn from messages (all of ours are set by actions alone), and
deep copies of every event for debug logs that are not kept.
"""

from __future__ import annotations

import logging
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rasa.core.actions.action import Action
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.exceptions import ActionLimitReached, ModelNotFound
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_VALIDATE_SLOT_MAPPINGS,
    MAPPING_TYPE,
    SlotMappingType,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.rule_policy import OfficeRulePolicy
from bot.model_storage import AnsweringStorage
from bot.processing.in_order import InOrder
from bot.processing.own_action import own
from bot.processing.ways import Ways
from foundation.aside import letting_others_on
from foundation.executor import Executor

log = logging.getLogger(__name__)


class OfficeProcessor(MessageProcessor):
    """Runs turns as Rasa does; what a turn says and leaves behind is the same."""

    _threads: Executor | None = None

    @classmethod
    def load(
        cls,
        model: Path,
        tracker_store: Callable[[Domain], TrackerStore],
        actions: Any,
        threads: Executor | None = None,
    ) -> OfficeProcessor:
        """A trained model, with what stands where Rasa expects the action server's endpoint.

        Args:
            threads: for what understanding does aside; without them it is done in its place.

        Raises:
            rasa.exceptions.ModelNotFound: the archive cannot be read.
        """
        lock = InMemoryLockStore()  # asked by Rasa's channels alone, which we have none of
        processor = cls(model, InMemoryTrackerStore(None), lock, TemplatedNaturalLanguageGenerator({}), actions)
        processor.nlg = TemplatedNaturalLanguageGenerator(processor.domain.responses)
        processor.tracker_store = tracker_store(processor.domain)
        processor._threads = threads
        return processor

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._slots_by_actions_alone = set_by_actions_alone(self.domain)
        rules = self.graph_runner.find(OfficeRulePolicy) if isinstance(self.graph_runner, InOrder) else None
        self._ways = Ways(self.domain, rules._longest) if rules is not None else None
        self._plain = {name: own(name, self.domain, self.action_endpoint) for name in plain_actions(self.domain)}

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, GraphRunner]:
        with TemporaryDirectory() as folder:
            try:
                metadata, runner = load_predict_graph_runner(Path(folder), Path(model_path), AnsweringStorage, InOrder)
            except (tarfile.ReadError, OSError) as error:
                raise ModelNotFound(f"the model {model_path} cannot be read ({error})") from error
        return Path(model_path).name, metadata, runner

    async def parse_message(
        self, message: UserMessage, tracker: DialogueStateTracker | None = None, only_output_properties: bool = True
    ) -> dict[str, Any]:
        seen = tracker or DialogueStateTracker.from_events(message.sender_id, [])

        def understand() -> dict[str, Any]:
            return self._parse_message_with_graph(message, seen, only_output_properties)

        return understand() if self._threads is None else await letting_others_on(self._threads, understand)

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        if self._slots_by_actions_alone:
            return tracker
        return await super().run_action_extract_slots(output_channel, tracker)

    def _get_action(self, action_name: str) -> Action:
        return self._plain.get(action_name) or own(action_name, self.domain, self.action_endpoint)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """Raises ActionLimitReached where a turn goes in circles."""
        again = self.should_predict_another_action(tracker.latest_action_name)
        if self.is_action_limit_reached(tracker, again):
            raise ActionLimitReached("the limit of actions to predict has been reached")
        prediction = self._predict_next_with_tracker(tracker)
        name = self.domain.action_names_or_texts[prediction.max_confidence_index]
        return self._get_action(name), prediction

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        if self._ways is None or tracker.followup_action:
            return super()._predict_next_with_tracker(tracker)
        return self._ways.predict(tracker, super()._predict_next_with_tracker)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        name = action.name()
        if name not in self._plain:
            return await super()._run_action(action, tracker, output_channel, nlg, prediction)
        tracker.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, tracker, self.domain)
        except Exception:  # as Rasa does: the turn goes on, and the worker apologises where nothing was said
            log.exception("the action '%s' failed; nothing of it is kept", name)
            events = []
        tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)
        await self._send_bot_messages(events, tracker, output_channel)
        return self.should_predict_another_action(name)

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing: for that warning an empty domain is built at every message, to compare ours with."""

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Nothing: what citizens say does not belong in a log."""


def plain_actions(domain: Domain) -> set[str]:
    """Actions that cannot be rejected: ours but the forms and their validations, and listening."""
    return {name for name in domain.user_actions if not name.startswith(("utter_", "validate_"))} | {ACTION_LISTEN_NAME}


def set_by_actions_alone(domain: Domain) -> bool:
    """Whether nothing of a message goes into a slot by a mapping of the domain."""
    mappings = [mapping for slot in domain.slots for mapping in slot.mappings]
    validated = ACTION_VALIDATE_SLOT_MAPPINGS in domain.user_actions
    return not validated and all(
        mapping[MAPPING_TYPE] == str(SlotMappingType.CUSTOM) and "action" not in mapping for mapping in mappings
    )
