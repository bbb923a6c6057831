"""Which messages are for the form about applications, and which are not though it is active."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from actions.applications.state import FORM, State
from bot.components.understanding import in_a_form
from knowledge_base.answering.answer import Option
from knowledge_base.answering.understanding import Understanding

NUMBER = "SLS2026-110412-0087"


def said(text: str, kind: str = "ask", chosen: Option | None = None) -> Understanding:
    return Understanding(text, kind, 0.9, None, 0.0, False, chosen, (), 1)


def tracker(state: State | None = None, *events: Event) -> DialogueStateTracker:
    """A conversation; with a state, in the middle of the form."""
    slots = [AnySlot(name, mappings=[{"type": "custom"}], influence_conversation=False) for name in State().to_slots()]
    begun: list[Event] = []
    if state is not None:
        begun = [ActiveLoop(FORM), *(SlotSet(name, value) for name, value in state.to_slots().items())]
    return DialogueStateTracker.from_events("web:a", [*begun, *events], slots)


@pytest.mark.parametrize(
    ("text", "kind", "intent"),
    [
        (NUMBER, "emergency", "inform"),
        (f"{NUMBER}%00", "emergency", "inform"),
        (f"查一下{NUMBER}", "status", "inform"),
        ("⟦tail:ab12⟧", "empty", "inform"),
        ("验证码", "ask", "inform"),
        ("2", "choose", "inform"),
        ("好", "affirm", "inform"),
        ("？", "empty", "inform"),
        ("13", "chitchat", "inform"),
        ("算了", "deny", "cancel"),
        ("不查了", "status", "cancel"),
        ("那要多少钱", "ask", None),
        ("2026年多少钱", "ask", None),
        ("你好", "greet", None),
        ("转人工", "handover", None),
        ("0", "handover", None),
        ("家里着火了", "emergency", None),
        (f"woxiangsi {NUMBER}", "emergency", None),
    ],
)
def test_in_the_middle_of_the_form(text: str, kind: str, intent: str | None) -> None:
    assert in_a_form(text, said(text, kind), tracker(State())) == intent


@pytest.mark.parametrize(
    ("text", "kind", "intent"),
    [
        (NUMBER, "out_of_scope", "status"),
        (f"编号是{NUMBER}", "ask", "status"),
        ("20261123000123", "ask", None),
        ("⟦tail:ab12⟧", "empty", None),
        ("算了", "deny", None),
        ("验证码", "ask", None),
        ("0", "handover", None),
    ],
)
def test_outside_of_it(text: str, kind: str, intent: str | None) -> None:
    assert in_a_form(text, said(text, kind), tracker()) == intent
    assert in_a_form(text, said(text, kind), None) == intent


def test_an_option_of_a_question_in_the_middle_is_the_questions() -> None:
    chosen = Option("居住证申领", "residence-permit-apply", "item")
    assert in_a_form("1", said("1", "choose", chosen), tracker(State())) is None


def test_once_more_means_what_was_said_last() -> None:
    def utterance(kind: str) -> Any:
        return BotUttered("…", {"custom": {"answer": {"kind": kind}}})

    repeat = said("再说一遍", "repeat")
    assert in_a_form("再说一遍", repeat, tracker(State(), utterance("item"), utterance("form"))) == "inform"
    assert in_a_form("再说一遍", repeat, tracker(State(), utterance("form"), utterance("item"))) is None
