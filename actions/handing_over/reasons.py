"""Whether a person should take over after this turn, and why.

Distress alone takes nothing away from who was answered: it brings a person where the robot has no answer, and offers
one, first in the queue, where it has. Why: docs/decisions/0012-when-a-person-takes-over.md.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from knowledge_base.answering.turn import SUGGEST_A_PERSON_AFTER, Turn
from knowledge_base.answering.understanding import Understanding

DISTRESSED, DISTRESSED_AT = "distressed", 0.6
"""Below this probability a mood gives a place in the queue, and nothing more."""
UNANSWERED = ("fallback", "options")

Reason = Literal["asked", "misses", "distress", "rule"]


class Mood(NamedTuple):
    """The mood of a message and how probable it is."""

    name: str = "calm"
    probability: float = 1.0

    @property
    def distressed(self) -> bool:
        return self.name == DISTRESSED and self.probability >= DISTRESSED_AT


def reason(said: Understanding, turn: Turn, mood: Mood, marked: bool) -> Reason | None:
    """Why a person should have the conversation now; None, the robot keeps it.

    Args:
        turn: what the robot would say, and remember.
        marked: a supervisor wants a person to answer this.
    """
    if said.kind == "handover":
        return "asked"
    if marked:
        return "rule"
    if mood.distressed and turn.answer.kind in UNANSWERED:
        return "distress"
    if turn.answer.kind == "fallback" and turn.context.misses >= SUGGEST_A_PERSON_AFTER:
        return "misses"
    return None
