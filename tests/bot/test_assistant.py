"""What the assistant makes of a turn's text and of Rasa's responses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.assistant import Assistant
from bot.trackers import running_turn
from foundation.errors import ConfigError
from foundation.settings import Settings
from knowledge_base.answering.classifier import Label

ANSWER = {"kind": "item", "id": "passport"}

CALM: Any = SimpleNamespace(read=lambda text: Label("calm", 1.0))
"""Stands for the trained model of moods."""


class FakeProcessor:
    """Notes what it is asked and says what it is told to say."""

    def __init__(self, *responses: dict[str, Any]) -> None:
        self.responses = responses
        self.texts: list[str] = []

    async def handle_message(self, message: Any) -> None:
        self.texts.append(message.text)
        for response in self.responses:
            await message.output_channel.send_response(message.sender_id, dict(response))


def assistant(settings: Settings, *responses: dict[str, Any]) -> tuple[Assistant, FakeProcessor]:
    processor = FakeProcessor(*responses)
    return Assistant(processor, CALM, settings), processor  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["/restart", " /restart", "\u3000/session_start", "\n/ask{}", "/", "//restart"])
async def test_text_is_never_an_intent(settings: Settings, text: str) -> None:
    ours, processor = assistant(settings, {"text": "答", "custom": {"answer": ANSWER}})
    await ours.turn("rest:a", "rest", text)
    assert not processor.texts[0].strip().startswith("/")


async def test_only_the_last_message_carries_the_answer(settings: Settings) -> None:
    weighed = [{"kind": "item", "id": "passport", "confidence": 0.9}]
    custom = {"answer": ANSWER, "candidates": weighed, "department": "公安局"}
    ours, _ = assistant(settings, {"text": "一", "custom": custom}, {"text": "二", "custom": custom, "elements": []})
    result = await ours.turn("rest:a", "rest", "护照")
    assert result.replies == [{"text": "一"}, {"text": "二", "custom": {"answer": ANSWER}}]
    assert (result.candidates, result.department) == (weighed, "公安局")


@pytest.mark.parametrize("responses", [[], [{"text": "没有答案"}]])
async def test_silence_becomes_an_apology(settings: Settings, responses: list[dict[str, Any]]) -> None:
    ours, _ = assistant(settings, *responses)
    result = await ours.turn("rest:a", "rest", "护照")
    last = result.replies[-1]
    assert last["custom"]["answer"]["kind"] == "fallback" and settings.hotline in last["text"]


async def test_a_failed_turn_leaves_no_running_turn(settings: Settings) -> None:
    ours, processor = assistant(settings)

    async def fail(message: Any) -> None:
        raise RuntimeError("broken")

    processor.handle_message = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await ours.turn("rest:a", "rest", "护照")
    with pytest.raises(LookupError):
        running_turn.get()


async def test_a_turn_that_could_not_reach_the_database_is_no_answer(settings: Settings) -> None:
    ours, processor = assistant(settings)

    async def goes_on(message: Any) -> None:
        running_turn.get().failure = OperationalError("SELECT", {}, Exception("away"))

    processor.handle_message = goes_on  # type: ignore[method-assign]
    with pytest.raises(OperationalError):
        await ours.turn("rest:a", "rest", "护照")


def test_not_trained_yet(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="make setup"):
        Assistant.load(settings, lambda domain: None)  # type: ignore[arg-type, return-value]
