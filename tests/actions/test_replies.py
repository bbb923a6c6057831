"""One way from an answer to a message, whether it is said at once or waits for a person's approval."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import reply
from actions.turn import department_told, say
from bot.assistant import SENT
from knowledge_base.answering.answer import Answer, Option
from knowledge_base.model import Faq, ServiceItem
from knowledge_base.model.unit import Owner

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
        "custom": {**reply(answer, choices)["custom"], "candidates": [], "effects": [], "department": None},
    }


def test_options_go_before_other_choices() -> None:
    titles = [button["title"] for button in reply(Answer("options", "……", options=OPTIONS), ("满意",))["buttons"]]
    assert titles == ["首次申领", "换发"]
    assert "buttons" not in reply(Answer("item", "……"))


@pytest.mark.parametrize(
    ("answer", "department"),
    [
        (Answer("item", "……", id="passport"), "公安局"),
        (Answer("options", "首次还是换发？", id="passport"), "公安局"),
        (Answer("faq", "……", id="dogs"), "城管局"),
        (Answer("faq", "……", id="passport"), None),
        (Answer("options", "哪一种？", options=OPTIONS), None),
        (Answer("fallback", "……"), None),
    ],
)
def test_the_department_that_answers_for_what_is_told(answer: Answer, department: str | None) -> None:
    item = ServiceItem(id="passport", name="护照", department="出入境大厅", owner=Owner(department="公安局"))
    faq = Faq(id="dogs", question="狗怎么上户口", answer="……", department="城管局")
    snapshot: Any = SimpleNamespace(get=lambda kind, id: {item.key: item, faq.key: faq}.get((kind, id)))
    assert department_told(answer, snapshot) == department
