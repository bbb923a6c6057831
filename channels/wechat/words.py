"""The sentences and tables in words.yml, and what the buttons of menu.yml say."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from foundation.words import Words

WORDS, MENU = Path(__file__).with_name("words.yml"), Path(__file__).with_name("menu.yml")
_words, _menu = Words(WORDS), Words(MENU)
word = _words.say


def is_placeholder(text: str) -> bool:
    """Whether the platform put this in place of what it could not express."""
    return text.strip() in _words.content["placeholders"]


def with_smileys(text: str) -> str:
    """The text with WeChat's codes of smileys named: `/::)` is [微笑]."""
    names = _words.content["smileys"]
    return _smileys().sub(lambda found: f"[{names[found[0]]}]", text) if "/:" in text else text


def button(key: str) -> str | None:
    """What a citizen says by a button of the account's menu; None where menu.yml does not know it."""
    return _said("buttons", key)


def scene(name: str) -> str | None:
    """What a citizen says by scanning a QR code of ours."""
    return _said("scenes", name)


def _said(kind: str, key: str) -> str | None:
    said = (_menu.content.get(kind) or {}).get(key)
    return None if said is None else str(said)


@lru_cache(maxsize=1)
def _smileys() -> re.Pattern[str]:
    codes = sorted(map(str, _words.content["smileys"]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, codes)))
