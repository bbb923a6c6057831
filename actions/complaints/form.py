"""Which messages are for the form that takes complaints down, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actions.complaints import hearing, wording
from actions.complaints.draft import CIRCUMSTANCES, FORM, NOTHING, Draft, joined
from foundation.text import squash
from knowledge_base.answering.decision import ANSWER_AT, OFFER_AT
from knowledge_base.answering.reading import sureness
from knowledge_base.answering.understanding import Understanding

if TYPE_CHECKING:
    from actions.forms import Intent, Written

INTENT = "complaint"
"""The kind of talk that begins it."""
URGENT = ("emergency", "handover")
COURTESIES = ("greet", "goodbye", "thanks", "praise", "insult", "bot_challenge", "help")
OF_AN_APPLICATION = ("status", "mine", "remind", "stop_reminding")
ASKING = ("ask", "ask_office", "correct")
QUESTION = re.compile("[?？]|多少|几[天点个号]|多久|多长|怎么|咋|如何|什么|啥|哪|能不能|可不可以|要不要|是不是|[吗么]$")
LOOK_UP = re.compile("查|进度|办件|提醒|告诉我|通知我")
LONGEST_QUESTION, LONGEST_ASIDE = 30, 20
"""Characters of a question in the middle; the latter where a story is waited for, which may ask things, too."""


class ComplaintForm:
    name = FORM

    def begun_by(self, message: Written) -> str | None:
        return INTENT if message.said.kind not in URGENT and hearing.opens(message.text) else None

    def is_plain(self, message: Written) -> bool:
        draft, long = Draft.of_slots(message.slots), len(squash(message.text)) >= hearing.MATTER
        if draft is None:
            return False
        if message.said.kind == "emergency":  # 每天晚上; 对门把煤气罐放楼道里: the numbers to call then stand above
            return not long or draft.awaits not in CIRCUMSTANCES
        if draft.awaits == "contact" and hearing.contact_in(message.text) is not None:
            return True
        return draft.awaits in ("what", "more") and message.said.kind == "handover" and long

    def intent(self, message: Written) -> Intent | None:
        draft = Draft.of_slots(message.slots)
        step = draft.awaits if draft is not None else "kind"
        if hearing.leaves(message.text) and not (step in CIRCUMSTANCES and hearing.skips(message.text)):
            return "cancel"
        if message.said.chosen is not None:
            return None  # of what was offered for a question in the middle
        if draft is not None and answers(draft, message.text):
            return "inform"
        if message.said.kind == "repeat" and not message.again:
            return None
        story = step in ("what", "more")
        aside = is_aside(message.text, message.said, story) and not (story and draft and draft.kind == "praise")
        return None if aside else "inform"

    def reminder(self, slots: Mapping[str, Any]) -> str:
        draft = Draft.of_slots(slots)
        return wording.waiting(draft) if draft is not None else ""

    def parting(self, slots: Mapping[str, Any]) -> str:
        draft = Draft.of_slots(slots)
        return wording.parting(draft) if draft is not None and draft.matter else ""

    def left(self, slots: Mapping[str, Any], text: str) -> dict[str, Any]:
        draft = Draft.of_slots(slots)
        if draft is None:
            return NOTHING
        if text and draft.awaits in ("what", "more", "summary"):
            draft = replace(draft, what=joined(draft.what, text))
        return replace(draft, changing=None, failures=0).to_slots()


def answers(draft: Draft, text: str) -> bool:
    """Whether a message is plainly one of the answers that are waited for, though it may sound like a courtesy."""
    match draft.awaits:
        case "kind":
            return hearing.kind_chosen(text) is not None
        case "which":
            return hearing.part_chosen(text, wording.parts(draft)) is not None
        case "where" | "when" | "contact":
            return hearing.skips(text) or (draft.awaits == "contact" and hearing.contact_in(text) is not None)
        case "summary":
            return bool(hearing.at_the_end(text) or hearing.part_named(text) or hearing.contact_in(text))
    return False


def is_aside(text: str, said: Understanding, story: bool) -> bool:
    """Whether a message is about something else.

    Args:
        story: whether a story is waited for: then little else is meant.
    """
    length = len(squash(text))
    if said.kind in COURTESIES:
        return length < hearing.MATTER
    if said.kind in OF_AN_APPLICATION:
        return length <= LONGEST_ASIDE and bool(QUESTION.search(text) or LOOK_UP.search(text))
    if said.kind not in ASKING or not QUESTION.search(text):
        return False
    if story:
        return length <= LONGEST_ASIDE and said.aspect is not None and sureness(said.candidates) >= ANSWER_AT
    return length <= LONGEST_QUESTION and (said.aspect is not None or sureness(said.candidates) >= OFFER_AT)
