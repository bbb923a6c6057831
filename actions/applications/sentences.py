"""What is said about applications, from sentences.yml; and the law that some of it rests on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from foundation.words import Words
from knowledge_base.answering.answer import source_dict
from knowledge_base.model import Source

FILE = Path(__file__).with_name("sentences.yml")

_words = Words(FILE)


def sentence(name: str, /, **values: object) -> str:
    """The sentence called `name` (dots go down: `happened.accepted`), filled in; values that it does not name are free.

    Raises:
        KeyError: there is no such sentence, or a value for it is missing.
    """
    return _words.say(name, **values)


def law(name: str) -> dict[str, Any]:
    """A provision as the payload's `sources` show it. Raises KeyError for one that is not there."""
    return source_dict(Source(**_words.entry(f"laws.{name}")))


def in_words(day: date, today: date) -> str:
    """11月26日; of another year 2027年1月5日; the day itself 今天（11月26日）."""
    if day == today:
        return sentence("day.today", month=day.month, day=day.day)
    return sentence("day.here" if day.year == today.year else "day.far", year=day.year, month=day.month, day=day.day)
