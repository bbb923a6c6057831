"""What is predicted for a way is asked for once, and told with the time of the turn that asks again."""

from __future__ import annotations

from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    DefinePrevUserUtteredFeaturization,
    Event,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.processing.ways import Ways


class Asked:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        self.times += 1
        return PolicyPrediction([1.0], "rules", events=[DefinePrevUserUtteredFeaturization(False, timestamp=1.0)])


def tracker(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("x", [ActionExecuted("action_listen"), *events])


def heard(text: str, intent: str = "ask") -> UserUttered:
    return UserUttered(text, {"name": intent, "confidence": 1.0})


def test_the_same_way_is_asked_for_once_whatever_was_said() -> None:
    ways, anew = Ways(Domain.empty(), 4), Asked()
    first, second = (ways.predict(tracker(heard(text)), anew) for text in ("护照怎么办", "驾照怎么换"))
    assert anew.times == 1 and first.probabilities == second.probabilities
    assert first.events[0] is not second.events[0]
    assert all(prediction.events[0].timestamp > 1.0 for prediction in (first, second))
    ways.predict(tracker(heard("再见", "goodbye")), anew)
    assert anew.times == 2


def test_in_a_form_it_is_always_asked() -> None:
    ways, anew = Ways(Domain.empty(), 4), Asked()
    for _ in range(2):
        ways.predict(tracker(ActiveLoop("complaint_form"), heard("路灯坏了")), anew)
    assert anew.times == 2
