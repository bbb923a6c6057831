"""The kind of talk of a message: what the classifier says, and the few rules that come before it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.answering.answer import Option
from knowledge_base.answering.classifier import Label

SURE_OF_KIND = 0.5
KNOWN_QUESTION = 0.75
"""A unit this probable is the answer, even where the words sound like another kind of talk."""
EMERGENCIES = Path(__file__).with_name("emergencies.yml")
EMERGENCY_AT = 0.35
"""An emergency is acted on well before it is the most probable reading."""


def kind_of_talk(
    ranked: Sequence[Label], text: str, chosen: Option | None, has_topic: bool, best: float
) -> tuple[str, float]:
    """The kind of talk and how sure it is; emergencies first, then what the knowledge base plainly knows."""
    if text.strip("。. ") in ("0", "零"):  # "回0转人工": the classifier knows no lone digit
        return "handover", 1.0
    emergency = next((label.probability for label in ranked if label.name == "emergency"), 0.0)
    if any(words in text for words in emergencies()):
        return "emergency", 1.0
    if emergency >= EMERGENCY_AT:
        return "emergency", emergency
    if chosen is not None:
        return "choose", 1.0
    name, confidence = ranked[0]
    known = best >= KNOWN_QUESTION and name not in ("ask_office", "status", "handover")
    if has_topic and name != "ask" and (known or confidence < SURE_OF_KIND):
        return "ask", max(best, 1 - confidence)
    return name, confidence


@lru_cache(maxsize=1)
def emergencies() -> tuple[str, ...]:
    """Words that decide by themselves; a classifier alone must not miss them."""
    return tuple(yaml.safe_load(EMERGENCIES.read_text(encoding="utf-8")))
