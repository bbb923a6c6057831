"""A citizen asks, in their own conversation, for their data or for its erasure: whole messages that say only that.

No model has a part in it, so that nothing is erased on a guess. Whoever asks is noted as a request at once; an erasure
that they confirm, in so many words, is carried out by bot/retaining.py, for this message must be answered first.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

import bot.erasing  # noqa: F401  # all that an installation keeps of a citizen
from foundation import erasures, rights
from foundation.calendar import WorkCalendar
from foundation.cipher import Cipher
from foundation.settings import Settings
from foundation.text import squash
from foundation.words import Words

OWN_DATA = "own_data"
"""In a reply's `custom`: it is about that."""
LONGEST = 30
CONFIRM = "confirm"
CONFIRMED_WITHIN = timedelta(days=1)

_words = Words(Path(__file__).with_suffix(".yml"))


def wish(text: str) -> str | None:
    """What a message asks for, and nothing else: copy, erasure, confirm; None: neither."""
    if len(text) > LONGEST:
        return None
    plain = squash(text)
    return next((name for name, shape in _shapes().items() if shape.fullmatch(plain)), None)


def answer(
    tx: Connection, conversation: str, wanted: str, settings: Settings, now: datetime
) -> list[dict[str, Any]] | None:
    """The replies to a wish; None: it confirms what was not asked for."""
    cipher = Cipher.of_settings(settings)
    if wanted == CONFIRM:
        return [_body("confirmed")] if _confirm(tx, conversation, now) else None
    calendar = WorkCalendar(settings.calendar_file)
    made = rights.receive(tx, cipher, wanted, conversation, rights.CHAT, erasures.CITIZEN, now, calendar)
    due = _words.say("day", month=made.due_on.month, day=made.due_on.day)
    return [_body(wanted, number=made.id, due=due, hotline=settings.hotline)]


def _confirm(tx: Connection, conversation: str, now: datetime) -> bool:
    for one in rights.of_conversation(tx, conversation):
        fresh = one.way == rights.CHAT and one.received_at > now - CONFIRMED_WITHIN
        if one.kind == rights.ERASURE and fresh and one.state in (rights.OPEN, rights.PROPOSED):
            rights.confirm(tx, one.id, now)
            return True
    return False


def _body(name: str, **values: object) -> dict[str, Any]:
    return {"text": _words.say(name, **values).strip(), "custom": {OWN_DATA: name}}


@lru_cache(maxsize=1)
def _shapes() -> dict[str, re.Pattern[str]]:
    asked = _words.entry("asked")
    polite = f"(?:{asked['polite']})*"
    shapes = {name: re.compile(f"{polite}{asked[name]}{polite}") for name in (rights.ERASURE, rights.COPY)}
    return {**shapes, CONFIRM: re.compile(asked["confirm"])}
