"""The assistant assembled: Rasa's message processor over our tracker store, actions and output channel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event

from actions.handing_over.considering import MOOD
from bot.in_process_actions import InProcessActions
from bot.processing.processor import OfficeProcessor
from bot.trackers import RunningTurn, TurnTrackerStore, running_turn
from bot.training import LANGUAGE, require_whole
from foundation.errors import ConfigError
from foundation.executor import Executor
from foundation.settings import Settings
from knowledge_base.answering import mood
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.mood import MoodModel
from knowledge_base.answering.phrases import phrase

MODEL = "zhengwu.tar.gz"
SENT = ("text", "buttons", "image", "attachment", "custom")
"""What of a response goes to the citizen; Rasa adds its own bookkeeping."""


class TurnResult(NamedTuple):
    """What a turn said and what is to be written of it."""

    replies: list[dict[str, Any]]
    """Bodies for the outbox; the last one carries `custom.answer`."""
    candidates: list[dict[str, Any]]
    """What might have been meant, best first; for evaluation, never sent."""
    events: list[Event]
    effects: Sequence[Mapping[str, Any]] = ()
    """What the turn brings about besides (bot/effects.py)."""
    region: str | None = None
    """The division where the citizen is, as far as the conversation knows."""
    mood: str | None = None
    milliseconds: int | None = None
    """That the turn took."""
    department: str | None = None
    """That answers for the unit, in the release that was answered from."""


class Collected(OutputChannel):
    """Keeps each response whole: text, buttons and custom in one message."""

    def __init__(self, channel: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self._channel = channel

    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append({key: message[key] for key in SENT if message.get(key)})


class Assistant:
    """Runs single turns. Load it once a process: importing Rasa takes seconds and half a gigabyte."""

    def __init__(self, processor: OfficeProcessor, mood: MoodModel, settings: Settings) -> None:
        self._processor = processor
        self._mood = mood
        self._settings = settings

    @classmethod
    def load(
        cls, settings: Settings, tracker_store: Callable[[Domain], TurnTrackerStore], threads: Executor | None = None
    ) -> Assistant:
        """Load the trained model.

        Args:
            threads: where the encoder computes while other turns go on.

        Raises:
            ConfigError: it was not trained yet, or is damaged.
        """
        path = settings.model_dir / MODEL
        if not Path(path).exists():
            raise ConfigError(f"there is no trained model at {path}: run `make setup` (or `zhengwu train`)")
        require_whole(settings)
        processor = OfficeProcessor.load(path, tracker_store, InProcessActions(), threads)
        return cls(processor, MoodModel.load(settings.model_dir / LANGUAGE / mood.FILE), settings)

    def mood(self, text: str) -> str:
        """The mood of a message, by name: one of knowledge_base.answering.mood.MOODS."""
        return self._mood.read(text).name

    async def turn(
        self,
        conversation: str,
        channel: str,
        text: str,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        before: Sequence[Event] | None = None,
    ) -> TurnResult:
        """Run one turn of a conversation; nothing is stored.

        Args:
            before: the events of the conversation's present session, where they are read already.

        Raises:
            DBAPIError: the database did not answer; the turn may be run again.
        """
        turn, began = RunningTurn(before=before), time.monotonic()
        token = running_turn.set(turn)
        try:
            out = Collected(channel)
            # Text is never an intent: Rasa takes what begins with "/" for one, after blanks too.
            text = text.strip()
            safe = f"／{text[1:]}" if text.startswith("/") else text
            felt = self._mood.read(text)
            about = {**(metadata or {}), MOOD: list(felt)}
            message = UserMessage(safe, out, conversation, None, channel, message_id, about)
            await self._processor.handle_message(message)
            if turn.failure is not None:
                raise turn.failure
        finally:
            running_turn.reset(token)
        result = self._result(out.messages, turn.events)
        spent = int((time.monotonic() - began) * 1000)
        return result._replace(region=turn.slots.get("region"), mood=felt.name, milliseconds=spent)

    def _result(self, messages: list[dict[str, Any]], events: list[Event]) -> TurnResult:
        """Let only the last message of the turn carry the answer; a turn without one is answered with an apology."""
        if not messages or "answer" not in messages[-1].get("custom", {}):
            return TurnResult([*messages, self.apology()], [], events)
        custom = messages[-1]["custom"]
        effects = [effect for message in messages for effect in message.get("custom", {}).get("effects", [])]
        for message in messages[:-1]:
            message.pop("custom", None)
        last = {**messages[-1], "custom": {"answer": custom["answer"]}}
        result = TurnResult([*messages[:-1], last], custom.get("candidates", []), events, effects)
        return result._replace(department=custom.get("department"))

    def apology(self) -> dict[str, Any]:
        """What is said when a turn failed."""
        return apology(self._settings)


def apology(settings: Settings) -> dict[str, Any]:
    text = phrase("too_often_failed", hotline=settings.hotline)
    return {"text": text, "custom": {"answer": Answer("fallback", text).payload()}}
