"""One way from an answer to a message, whether it is said at once or waits for a person's approval."""

from __future__ import annotations

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import reply
from actions.turn import say
from bot.assistant import SENT
from knowledge_base.answering.answer import Answer, Option

OPTIONS = (Option("首次申领", "first", "situation"), Option("换发", "renewal", "situation"))


@pytest.mark.parametrize(
    ("answer", "choices"),
    [
        (Answer("item", "工本费120元。", id="passport"), ()),
        (Answer("options", "哪一种？", options=OPTIONS), ()),
        (Answer("form", "请评价。"), ("满意", "不满意")),
        (Answer("options", "哪一种？", options=OPTIONS), ("满意",)),
    ],
)
def test_what_is_said_is_what_would_be_kept(answer: Answer, choices: tuple[str, ...]) -> None:
    dispatcher = CollectingDispatcher()
    say(dispatcher, answer, choices=choices)
    [message] = dispatcher.messages
    assert {key: message[key] for key in SENT if message.get(key)} == {
        **reply(answer, choices),
        "custom": {**reply(answer, choices)["custom"], "candidates": [], "effects": []},
    }


def test_options_go_before_other_choices() -> None:
    titles = [button["title"] for button in reply(Answer("options", "……", options=OPTIONS), ("满意",))["buttons"]]
    assert titles == ["首次申领", "换发"]
    assert "buttons" not in reply(Answer("item", "……"))
