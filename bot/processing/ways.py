"""Predictions remembered by the way that a conversation has taken of late.

Which rule fits follows from what was heard and done in the last states, and from nothing that a citizen says besides:
most turns take one of a few dozen ways.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.rule_policy import lately

Way = tuple[tuple[Any, ...], ...]
"""What was heard and done, one after the other."""
Predict = Callable[[DialogueStateTracker], PolicyPrediction]
SEEN_BY_NO_RULE = (BotUttered, SlotSet, SessionStarted)
MOST = 2000


class Ways:
    def __init__(self, domain: Domain, longest: int) -> None:
        """`longest`: states of the longest rule."""
        self._longest = longest
        self._known: dict[Way, PolicyPrediction] = {}
        self._hold = not any(slot.influence_conversation for slot in domain.slots)

    def predict(self, tracker: DialogueStateTracker, anew: Predict) -> PolicyPrediction:
        """What `anew` predicts; asked once for each way. Where a form is active, or a slot has a say, always."""
        way = way_of(lately(tracker.events, self._longest)) if self._hold and not tracker.active_loop_name else None
        if way is None:
            return anew(tracker)
        if way not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[way] = anew(tracker)
        return fresh(self._known[way])


def fresh(prediction: PolicyPrediction) -> PolicyPrediction:
    """A prediction as if it were made now: its events go into a conversation with their time."""
    made = copy(prediction)
    made.events = [now(event) for event in prediction.events]
    made.optional_events = [now(event) for event in prediction.optional_events]
    return made


def now(event: Event) -> Event:
    made = copy(event)
    made.timestamp = time.time()
    return made


def way_of(events: Sequence[Event]) -> Way | None:
    """What rules may see of events; None where some of them have to be looked at as Rasa does."""
    way: list[tuple[Any, ...]] = []
    for event in events:
        if isinstance(event, UserUttered):
            way.append(("heard", event.intent_name, *sorted({str(one["entity"]) for one in event.entities})))
        elif isinstance(event, ActionExecuted):
            way.append(("did", event.action_name, event.action_text, event.hide_rule_turn))
        elif isinstance(event, DefinePrevUserUtteredFeaturization):
            way.append(("by", event.use_text_for_featurization))
        elif not isinstance(event, SEEN_BY_NO_RULE):
            return None
    return tuple(way)
