"""Our actions and forms, called without the checks that an answer from the network needs.

Rasa checks what an action server answers against a JSON schema, and that schema against the schema of schemas, each
time anew: more than half of a turn. Between functions of one process `rasa_sdk` has made the events already, and there
is no connection that could fail.
"""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import Action, RemoteAction, action_for_name_or_text
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.trackers import restored


class OwnAction(RemoteAction):
    """An action of our own (bot/in_process_actions.py)."""

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """What it says and then its events, as Rasa's."""
        assert self.action_endpoint is not None
        answer = await self.action_endpoint.request(json=self._action_call_format(tracker, domain))
        said: list[Event] = await self._utter_responses(answer["responses"], output_channel, nlg, tracker)
        return [*said, *map(restored, answer["events"])]


class OwnForm(FormAction):
    """A form whose validation and questions are actions of our own."""

    async def validate_slots(
        self,
        slot_candidates: dict[str, Any],
        tracker: DialogueStateTracker,
        domain: Domain,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
    ) -> list[Event]:
        """As Rasa's: none without a validation."""
        name = f"validate_{self.name()}"
        if name not in domain.action_names_or_texts:
            return []
        filled: list[Event] = [SlotSet(slot, value) for slot, value in slot_candidates.items()]
        seen = self._temporary_tracker(tracker, filled, domain)
        return await OwnAction(name, self.action_endpoint).run(output_channel, nlg, seen, domain)

    async def _ask_for_slot(
        self,
        domain: Domain,
        nlg: NaturalLanguageGenerator,
        output_channel: OutputChannel,
        slot_name: str,
        tracker: DialogueStateTracker,
    ) -> list[Event]:
        asking = self._name_of_utterance(domain, slot_name)
        if not asking:
            return []
        return await own(asking, domain, self.action_endpoint).run(output_channel, nlg, tracker, domain)


def own(name: str, domain: Domain, endpoint: Any) -> Action:
    """The action of a name, as `rasa.core.actions.action.action_for_name_or_text` finds it, but ours for ours.

    Raises:
        ActionNotFoundException: the domain does not know it.
    """
    if name in domain.form_names:
        return OwnForm(name, endpoint)
    if name in domain.user_actions and not name.startswith("utter_"):
        return OwnAction(name, endpoint)
    return action_for_name_or_text(name, domain, endpoint)
