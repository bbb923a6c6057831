"""What the system tells a citizen whose conversation is, was or will be with a person: who took over, how long yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from foundation import dialogue, outbox
from foundation.clock import CHINA
from foundation.text import squash
from foundation.words import Words

FILE = Path(__file__).with_name("notices.yml")
RATE = "rate"
"""In an event's metadata and a reply's `custom`: the citizen was asked for a score."""

_words = Words(FILE)


def notice(name: str, /, **values: object) -> str:
    """The sentence called `name` (dots go down), filled in. Raises KeyError: there is none, or a value is missing."""
    return _words.say(name, **values)


def scores() -> list[str]:
    """The five scores in words, from 1 (非常不满意) to 5 (非常满意)."""
    return [str(one) for one in _words.entry("scores")]


def wants_back(text: str) -> bool:
    """Whether all that a message says is that the robot shall go on: 我要返回原籍办理 does not."""
    return squash(text) in _words.entry("back_words")


def where(position: int, minutes: int | None) -> str:
    """Where somebody stands in the queue: first is `position` 1; `minutes` is None where nobody can tell."""
    if position <= 1:
        return notice("where.next")
    if minutes is None:
        return notice("where.ahead", ahead=position - 1)
    return notice("where.wait", ahead=position - 1, minutes=minutes)


def moment(at: datetime, now: datetime) -> str:
    """A time to come as people say it: 今天15:30, 明天9:00, 11月30日9:00."""
    here, days = at.astimezone(CHINA), (at.astimezone(CHINA).date() - now.astimezone(CHINA).date()).days
    name = {0: "today", 1: "tomorrow"}.get(days, "later")
    return notice(f"moment.{name}", month=here.month, day=here.day, time=f"{here.hour}:{here.minute:02}")


def asking_for_a_score(text: str) -> dict[str, Any]:
    """A reply that ends with the question how satisfied the citizen is, best answer first."""
    buttons = [{"title": score, "payload": score} for score in reversed(scores())]
    return {"text": f"{text}\n{question_for_a_score()}", "buttons": buttons, "custom": {RATE: True}}


def question_for_a_score() -> str:
    """The question how satisfied somebody is, and below it the scores with their numbers: 1 is the best."""
    return "\n".join([notice("rate"), *(f"{number}. {score}" for number, score in enumerate(reversed(scores()), 1))])


def asks_for_a_score(text: str) -> bool:
    """Whether a message of ours is that question, whatever stands before and behind it."""
    return question_for_a_score() in text


def tell(
    tx: Connection,
    conversation: str,
    channel: str,
    bodies: Sequence[dict[str, Any]],
    now: datetime,
    inbox_id: int | None = None,
) -> None:
    """Send what no turn of the robot's brought about, and have the tracker know of it.

    `inbox_id`: of the citizen's message that it replies to, if any.
    """
    outbox.add(tx, conversation, channel, bodies, now, inbox_id)
    events = [
        dialogue.told(body["text"], now, {RATE: True} if RATE in body.get("custom", {}) else {}) for body in bodies
    ]
    dialogue.append(tx, conversation, events)
