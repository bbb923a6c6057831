"""Messages that answer what the help desk asked: a phone number to call back, a score."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from desk.notices import asks_for_a_score, scores
from foundation.masking import EMAIL, LANDLINE, PHONE
from foundation.text import squash
from knowledge_base.answering.choice import place as place_of

AWAITS_CONTACT, AWAITS_SCORE = "awaits_contact", "awaits_score"
"""Slots: for what a contact was asked for (an object, or None), and what a score was asked for (likewise, with `open`
until it was given)."""
CONTACT = re.compile(f"⟦(?:{PHONE}|{LANDLINE}|{EMAIL}):[0-9a-f]+⟧")
FEW = 4
"""Characters: 打我, 联系电话."""

Heard = Literal["leave_contact", "rate"]


def for_the_desk(text: str, slots: Mapping[str, Any], last: str = "") -> Heard | None:
    """Which of the two a message is; None where it is neither, or was not asked for.

    Args:
        text: masked.
        last: what we said last: a number is a score only in answer to the question for one.
    """
    if slots.get(AWAITS_CONTACT) and contact(text):
        return "leave_contact"
    if (slots.get(AWAITS_SCORE) or {}).get("open") and score(text, by_number=asks_for_a_score(last)):
        return "rate"
    return None


def score(text: str, by_number: bool = True) -> int | None:
    """1 to 5 where a message is one of the five scores and nothing else, in words or by its place in the question."""
    said, best_first = squash(text), list(reversed(scores()))
    place = place_of(said, len(best_first)) if by_number else None
    found = place or next((place for place, words in enumerate(best_first, 1) if said == squash(words)), 0)
    return len(best_first) + 1 - found if 1 <= found <= len(best_first) else None


def contact(text: str) -> str | None:
    """The token of the phone number or address in a masked message."""
    found = CONTACT.search(text)
    return found[0] if found else None


def only_a_contact(text: str) -> bool:
    """Whether a masked message is a phone number or address with a word or two around it."""
    return CONTACT.search(text) is not None and len(squash(CONTACT.sub("", text))) <= FEW
