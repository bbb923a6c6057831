"""Records, recalls and switches in words for the staff (records.yml); their filters for templates."""

from __future__ import annotations

from pathlib import Path

from console.pages import TEMPLATES
from foundation.channel_names import CHANNEL_NAMES
from foundation.log import who
from foundation.words import Words
from knowledge_base.records import Record, channel_of

_words = Words(Path(__file__).with_name("records.yml"))
word, entry = _words.say, _words.entry


def channel_name(name: str) -> str:
    """A channel in words; of those erased there is none."""
    return CHANNEL_NAMES.get(name) or (name or word("erased"))


def pseudonym(record: Record) -> str:
    """Who was told, so that two records of the same person can be told from those of two; nothing else is known."""
    return who(record.conversation)[:6] if record.conversation else word("erased")


def kind_of(record: Record) -> str:
    """What was answered: a unit's kind, or another."""
    known: dict[str, str] = entry("kinds")
    return known.get(record.kind, record.kind)


def aspect_of(aspect: str | None) -> str:
    from knowledge_base.answering.phrases import aspect_name

    return aspect_name(aspect) if aspect else word("whole")


TEMPLATES.globals["record_words"] = entry
TEMPLATES.filters["channel"] = channel_name
TEMPLATES.filters["channel_of"] = lambda record: channel_name(channel_of(record.conversation))
TEMPLATES.filters["pseudonym"] = pseudonym
TEMPLATES.filters["record_kind"] = kind_of
TEMPLATES.filters["aspect"] = aspect_of
