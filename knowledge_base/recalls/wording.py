"""The text of a recall: as it is proposed, as it may be written, and as each citizen gets it."""

from __future__ import annotations

import re

from foundation.clock import CHINA
from knowledge_base.answering.phrases import aspect_name
from knowledge_base.recalls.comparing import Difference
from knowledge_base.recalls.said import Lines
from knowledge_base.recalls.words import WORDS, RecallRefused
from knowledge_base.records import Record

MOST, MOST_REASON = 1000, 500
"""Characters that may be written."""
LONGEST = 400
"""Characters of what was said, and of what is said now, in a message; of more the beginning is quoted."""
FIELD = re.compile(r"\{([^{}\n]*)\}")


def proposed() -> str:
    """The text to begin with."""
    return str(WORDS.entry("template"))


def checked(text: str, reason: str) -> tuple[str, str]:
    """A text and a reason as they may be kept. Raises RecallRefused: one is missing, too long or has odd fields."""
    text, reason = text.replace("\r\n", "\n").strip(), reason.strip()
    if not 0 < len(text) <= MOST:
        raise RecallRefused("text", most=MOST)
    if not 0 < len(reason) <= MOST_REASON:
        raise RecallRefused("reason", most=MOST_REASON)
    known: dict[str, str] = WORDS.entry("fields")
    odd = next((name for name in FIELD.findall(text) if name not in known), None)
    if odd is not None:
        raise RecallRefused("field", name=f"{{{odd}}}", known="".join(f"{{{name}}}" for name in known))
    return text, reason


def filled(text: str, title: str, record: Record, difference: Difference) -> str:
    """The text as whoever was given this record gets it."""
    day = record.at.astimezone(CHINA)
    values = {
        "day": WORDS.say("day", month=day.month, day=day.day),
        "title": named(title, difference),
        "number": record.number,
        "was": quoted(difference.was) or WORDS.say("nothing_was"),
        "now": quoted(difference.now) or WORDS.say("nothing_now"),
    }
    known: dict[str, str] = WORDS.entry("fields")
    return FIELD.sub(lambda found: values[known[found[1]]] if found[1] in known else found[0], text)


def named(title: str, difference: Difference) -> str:
    """A unit by its title, and what was asked of it."""
    aspects = [aspect_name(aspect) for aspect in difference.aspects if aspect is not None]
    return WORDS.say("of_aspects", title=title, aspects=WORDS.entry("separator").join(aspects)) if aspects else title


def quoted(lines: Lines) -> str:
    """Lines as one text that is not too long."""
    text = "\n".join(lines)
    return text if len(text) <= LONGEST else text[:LONGEST] + WORDS.say("cut")
