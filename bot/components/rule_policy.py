"""Rasa's rules, found without building what no rule looks at.

Rasa turns the whole conversation into states at every prediction, twice, and compares each rule with them. Rules look
at few states, the last ones, and ours never at a message's words: those states are built, once, and compared with the
rules that may fit the last of them. What is predicted is the same (tests/bot/test_rule_policy.py compares the two).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

FOUND = tuple[str | None, str | None, bool]
MESSAGES = 2
"""So many messages back, a conversation is read at least."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class OfficeRulePolicy(RulePolicy):
    """Predicts as RulePolicy does, for rules about intents. While it learns, it is Rasa's own."""

    def __init__(self, *arguments: Any, lookup: dict[str, Any] | None = None, **named: Any) -> None:
        super().__init__(*arguments, lookup=lookup, **named)
        self._learned = lookup is not None

    @cached_property
    def _last_states(self) -> dict[str, State]:
        """What the last state must be, of each rule of either kind."""
        keys = [key for name in ("rules", "rules_for_loop_unhappy_path") for key in self.lookup.get(name, {})]
        return {key: json.loads(key)[-1] for key in keys}

    @cached_property
    def _longest(self) -> int:
        """States of the longest rule."""
        return max((len(json.loads(key)) for key in self._last_states), default=1)

    @cached_property
    def _hears_intents_alone(self) -> bool:
        """Whether each rule that follows a message asks for its intent: then none can be found by words."""
        after = [state for state in self._last_states.values() if previous(state) == ACTION_LISTEN_NAME]
        return all(INTENT in (state.get(USER) or {}) for state in after)

    @cached_property
    def _by_last_state(self) -> dict[tuple[str | None, str | None], list[str]]:
        found = defaultdict(list)
        for key, state in self._last_states.items():
            found[previous(state), intent(state)].append(key)
        return dict(found)

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> FOUND:
        if self._learned and use_text_for_last_user_input and self._hears_intents_alone:
            return None, None, False
        found: FOUND = super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)
        return found

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        if not self._learned:
            return list(super()._prediction_states(tracker, domain, use_text_for_last_user_input, rule_only_data))
        short = DialogueStateTracker.from_events(
            tracker.sender_id, lately(tracker.events, self._longest), domain.slots, domain=domain
        )
        states: list[State] = super()._prediction_states(short, domain, use_text_for_last_user_input, rule_only_data)
        return states[-self._longest :] if len(short.events) < len(tracker.events) else states

    def _get_possible_keys(self, lookup: Mapping[str, str], states: Sequence[State]) -> set[str]:
        if not self._learned or not states or not (before := previous(states[-1])):
            return set(super()._get_possible_keys(lookup, states))
        asked = {intent(states[-1]), None}
        may_be = [key for one in asked for key in self._by_last_state.get((before, one), ()) if key in lookup]
        return set(super()._get_possible_keys({key: lookup[key] for key in may_be}, states))

    @staticmethod
    def format_tracker_states(states: Sequence[State]) -> str:
        """Nothing: Rasa wants it for a log that is not kept."""
        return ""


def previous(state: State) -> str | None:
    """The action before a state."""
    return (state.get(PREVIOUS_ACTION) or {}).get(ACTION_NAME)


def intent(state: State) -> str | None:
    return (state.get(USER) or {}).get(INTENT)


def lately(events: Sequence[Event], states: int) -> list[Event]:
    """The end of a conversation with at least so many states, beginning with a message, and the form active there."""
    events = list(events)
    heard = executed = 0
    for place in reversed(range(len(events))):
        executed += isinstance(events[place], ActionExecuted)
        if isinstance(events[place], UserUttered):
            heard += 1
            if heard >= MESSAGES and executed > states:
                form = next((one for one in reversed(events[:place]) if isinstance(one, ActiveLoop)), None)
                return [*([form] if form else []), ActionExecuted(ACTION_LISTEN_NAME), *events[place:]]
    return events
