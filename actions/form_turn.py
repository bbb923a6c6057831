"""What the actions of every form need of the turn."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.surroundings import surroundings
from foundation.masking import find


async def masked(tracker: Tracker) -> str:
    """The latest message, masked: as the gateway has it, or here where there is none, as in `rasa shell`."""
    text: str = tracker.latest_message["text"] or ""
    if not find(text):
        return text
    here, conversation = surroundings(), tracker.sender_id
    return await here.write(lambda tx: here.secrets.hide(tx, text, conversation, here.clock.now()))


def already_answered(tracker: Tracker) -> bool:
    """Whether something was said since the citizen's message."""
    kinds = (event.get("event") for event in reversed(tracker.events))
    return next((kind == "bot" for kind in kinds if kind in ("bot", "user")), False)
