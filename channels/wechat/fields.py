"""Values of template and subscription messages, made to fit: each field's name begins with its type, and has a limit.

developers.weixin.qq.com, 订阅消息参数值内容限制说明: thing1, phrase2, character_string3, time4 … A value over its limit
has the whole message refused (47003), so it is cut here, where a person would cut it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime

import regex

from foundation.clock import CHINA

KIND = re.compile(r"([a-z_]+?)\d*$")
HAN = re.compile(r"[㐀-䶿一-鿿]+")
PAUSES = "。！？；，、：,;: （("
NOTHING = "无"
_DAY = r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{4}年\d{1,2}月(?:\d{1,2}日)?|(?:\d{4}[-/.])?\d{1,2}[-/.]\d{1,2}"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_WHEN = rf"(?:(?:{_DAY})(?: {_CLOCK})?|{_CLOCK})"
WHEN = re.compile(rf"{_WHEN}(?:~{_WHEN})?")


def shown(value: object) -> str:
    """A value as text: times as the office's clock shows them."""
    if isinstance(value, datetime):
        return f"{_day(value.astimezone(CHINA))} {value.astimezone(CHINA):%H:%M}"
    return _day(value) if isinstance(value, date) else "" if value is None else str(value)


def fit(field: str, value: str) -> str | None:
    """The value for a field of a template.

    Args:
        field: with its type in front: thing1, phrase2. Of an unknown type it is treated as a thing.

    Returns:
        What the platform takes; None when nothing of the value is of that type.
    """
    kind = KIND.match(field)
    line = " ".join(_printable(value).split())
    return RULES.get(kind.group(1) if kind else "", _thing)(line)


def cut(text: str, most: int) -> str:
    """At most `most` characters (of UTF-16, as the platform counts): up to a pause, else up to a word, and `…`."""
    if _width(text) <= most:
        return text
    head = _within(text, most - 1)
    pause = max(head.rfind(mark) for mark in PAUSES)
    if pause >= len(head) // 2:
        head = head[:pause]
    else:
        word = re.search(r"[0-9A-Za-z.\-_/]+$", head)
        if word and word.start() >= len(head) // 2 and re.match(r"[0-9A-Za-z]", text[len(head) :]):
            head = head[: word.start()]
    return f"{head.rstrip(PAUSES)}…"


def _thing(line: str) -> str:
    return cut(line, 20) or NOTHING


def _name(line: str) -> str:
    return cut(line, 20 if line.isascii() else 10) or NOTHING


def _phrase(line: str) -> str | None:
    """At most five Chinese characters: what stands before the first pause."""
    found = HAN.search(line)
    return found.group()[:5] if found else None


def _character_string(line: str) -> str | None:
    found = "".join(c for c in _narrow(line) if "!" <= c <= "~")
    return (found if len(found) <= 32 else f"{found[:29]}...") or None


def _number(line: str) -> str | None:
    found = re.search(r"-?\d+(?:\.\d+)?", _narrow(line).replace(",", ""))
    return found.group() if found and len(found.group()) <= 32 else None


def _amount(line: str) -> str | None:
    found = re.search(r"[¥$€£]?\d{1,10}(?:\.\d{1,2})?(?![\d.])元?", _narrow(line).replace(",", ""))
    return found.group() if found else None


def _phone(line: str) -> str | None:
    found = re.search(r"\+?\d[\d-]{1,15}(?!\d)", _narrow(line).replace(" ", "-"))
    return found.group().rstrip("-") if found else None


def _car(line: str) -> str | None:
    found = line.replace(" ", "").replace("·", "").upper()
    return found if 0 < _width(found) <= 8 else None


def _letters(line: str) -> str | None:
    return "".join(re.findall("[A-Za-z]", _narrow(line)))[:32] or None


def _symbols(line: str) -> str | None:
    return _within("".join(c for c in line if not c.isalnum() and not c.isspace()), 5) or None


def _when(line: str) -> str | None:
    found = WHEN.fullmatch(_narrow(line))
    return found.group() if found else None


RULES: dict[str, Callable[[str], str | None]] = {
    "thing": _thing, "name": _name, "phrase": _phrase, "character_string": _character_string, "number": _number,
    "amount": _amount, "phone_number": _phone, "car_number": _car, "letter": _letters, "symbol": _symbols,
    "time": _when, "date": _when,
}  # fmt: skip


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _narrow(line: str) -> str:
    """With full-width digits, letters and signs as their narrow ones."""
    return unicodedata.normalize("NFKC", line)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c.isspace() else "" for c in text)


def _width(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _within(text: str, most: int) -> str:
    """As many whole characters, as a reader sees them, as have room."""
    found, left = [], most
    characters: Iterable[str] = regex.findall(r"\X", text)
    for character in characters:
        left -= _width(character)
        if left < 0:
            break
        found.append(character)
    return "".join(found)
