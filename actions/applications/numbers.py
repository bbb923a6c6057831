"""The 办件编号 in what a citizen writes. It is opaque to us: only how it is typed is put right, never what it says."""

from __future__ import annotations

import re

from actions.portal.application import plausible_number
from foundation.masking import CODE, ID_CARD, LANDLINE, PASSPORT
from foundation.text import normalise

TOKEN = re.compile("⟦([a-z]+):[0-9a-f]{4,16}⟧")
LOOK_ALIKES = frozenset({ID_CARD, "card", PASSPORT, LANDLINE, CODE})
"""What masking may take a number for; it lies in the vault then. Nobody's number looks like a phone or a plate."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－−_", "-"))
_LEAD = (
    r"(?:(?<![证照卡])编号|办件号?|受理(?:通知书)?(?:单|编)?号|业务(?:单|编)?号|流水号|申请(?:单|编)?号"
    r"|查询号|单号|(?<![编证照卡])号)码?"
)
_FILLER = r"(?:我|你|您|这|那|个|的|件|办|是|为|系|就|给|喏|叫|帮|请|查|询|一|下|看|吧|谢|no|[\s:.,，。#、!！~-])*"
_RUN = r"[0-9A-Z]+(?:\.[0-9A-Z]+)*(?: ?-+ ?[0-9A-Z]+| [0-9A-Z]+)*"
_OFFICIAL = r"[\u4e00-\u9fff]{0,10}[〔\[(【][0-9]{4}[〕\])】]第?[0-9A-Z-]{1,20}号?"
_LED = re.compile(rf"{_LEAD}{_FILLER}(?P<number>{_OFFICIAL}|{_RUN})(?![0-9A-Z元年月日号点天块万])", re.IGNORECASE)
_WHOLE = re.compile(rf"(?:{_FILLER}{_LEAD})*{_FILLER}(?P<number>{_OFFICIAL}|{_RUN}){_FILLER}", re.IGNORECASE)
_INSIDE = re.compile(rf"(?P<number>{_RUN})(?![0-9A-Z元年月日号点天块万])", re.IGNORECASE)
_HOTLINE = re.compile("(?:400|800)-?[0-9]{3}-?[0-9]{4}")
LONGEST = 200
"""Characters of a message in which a number is looked for."""


def number_in(text: str) -> str | None:
    """The application number in a masked message, as it is asked for; None where there is none.

    编号是ｓｌｓ2026—110412-0087 → SLS2026-110412-0087. Digits that a sentence speaks of otherwise (2000元, 2026年) are
    none; a message that is nothing but a number may have a shorter one.
    """
    plain = _plain(text)
    for shape, fewest, digits in ((_WHOLE, 6, 3), (_LED, 5, 3), (_INSIDE, 10, 6)):
        matches = [shape.fullmatch(plain)] if shape is _WHOLE else shape.finditer(plain)
        for match in filter(None, matches):
            number = spelt(match["number"])
            if _enough(number, fewest, digits) and plausible_number(number) and not _HOTLINE.fullmatch(number):
                return number
    return None


def only_a_number(text: str) -> bool:
    """Whether a message may be a 办件编号 and says nothing else, in Chinese at least."""
    return _alone(text, 6, 3) is not None or (text.isascii() and number_in(text) is not None)


def plainly_a_number(text: str) -> bool:
    """Whether a message is a 办件编号 and nothing else whatever was spoken of: letters, digits and some length."""
    number = _alone(text, 12, 8)
    return number is not None and bool(re.search("[A-Z]", number))


def _alone(text: str, fewest: int, digits: int) -> str | None:
    match = _WHOLE.fullmatch(_plain(text))
    number = spelt(match["number"]) if match else ""
    return number if _enough(number, fewest, digits) and plausible_number(number) else None


def spelt(number: str) -> str:
    """One spelling: capitals, without blanks, single dashes."""
    return re.sub("-+", "-", re.sub(r"\s", "", number)).upper().strip("-.")


def alike(number: str) -> str:
    """What all spellings of a number have in common, to count them as one."""
    return "".join(character for character in normalise(number).upper() if character.isalnum())


def tokens(text: str) -> list[tuple[str, str]]:
    """Kind and token of each masked value in a message, in order."""
    return [(match[1], match[0]) for match in TOKEN.finditer(text)]


def _plain(text: str) -> str:
    return normalise(TOKEN.sub(" ", text[:LONGEST])).translate(_DASHES)


def _enough(number: str, fewest: int, digits: int) -> bool:
    return sum(c.isalnum() for c in number) >= fewest and sum(c.isdigit() for c in number) >= digits
