"""What a portal says, made fit to be quoted in a sentence: no markup, no identifiers, no full stops of its own.

A portal's texts are typed by many hands and programs: with line breaks, HTML, a full stop or two at the end, the word
`null`, or the applicant's telephone number. What is left is still the portal's own words.
"""

from __future__ import annotations

import re
import unicodedata

from actions.applications.sentences import sentence
from actions.portal.application import mask_number
from foundation.masking import LANDLINE, Found, find, mask

LONGEST = 160
"""Characters of a quotation that a citizen reads on a phone."""
LONGEST_LEGAL = 400
"""Of what is better not cut: remedies and their deadlines."""
LONGEST_NAME = 40
TELLING = 6
"""Characters from which on a text that holds an application's number is known to mean it."""

_TAG = re.compile(r"<[^<>]{0,200}>")
_NOTHING = re.compile(r"(?<![A-Za-z])(?:none|null|nil|undefined|nan)(?![A-Za-z])", re.IGNORECASE)
_EMPTY = re.compile(r"[\W_]*(?:n/?a|无|暂无|空)?[\W_]*", re.IGNORECASE)
_MARKS = "，。；：、！？,;:!?"
_RUN = re.compile(rf"[{_MARKS}](?:\s*[{_MARKS}])+")
_EDGE = f"{_MARKS}.·~ "
_HAN_BLANK = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=[,;:!?])")
_PHONE = re.compile(r"[0-9+()（）][0-9+()（）转#\-–—、,，/; ]{1,38}[0-9)）]")
_TRACKING = re.compile(r"[^0-9A-Za-z-]")
_STARS = re.compile(r"\*+")
_NUMBER = re.compile(r"[^0-9A-Za-z㐀-鿿〇()（）\[\]【】〔〕_.*-]")


def quoted(text: str | None, number: str = "", most: int = LONGEST) -> str | None:
    """A text of the portal, to stand before a full stop; None where it says nothing.

    Args:
        number: the application's; the text may name it, and then it is masked there.
        most: characters; what is longer is cut, and that is said.
    """
    text = _plain(text, number)
    if text is None or len(text) <= most:
        return text
    return sentence("cut", text=_unidentified(text[:most]).rstrip(_EDGE))


def named(text: str | None, number: str = "") -> str | None:
    """A name that the portal gives: of a service, an office, a document; None where it gives none."""
    text = _plain(text, number)
    return text if text is None or len(text) <= LONGEST_NAME else f"{_unidentified(text[: LONGEST_NAME - 1])}…"


def _plain(text: str | None, number: str) -> str | None:
    if not text:
        return None
    if len(number) >= TELLING:
        text = text.replace(number, shown_number(number))
    text = _TAG.sub("\n", _unidentified(_visible(text)))
    text = _NOTHING.sub("", text).translate({ord("{"): "（", ord("}"): "）", ord("<"): "〈", ord(">"): "〉"})
    text = re.sub(r"\s*\n\s*", sentence("separator"), text.strip())
    text = _HAN_BLANK.sub("", re.sub(r"\s+", " ", text))
    text = _RUN.sub(_strongest, text).strip(_EDGE)
    return None if _EMPTY.fullmatch(text) else _unidentified(text)  # what is gone may have parted one


def shown_number(number: str) -> str:
    """An application's number as it may be said: short, and with nothing in it that numbers do not have."""
    return _STARS.sub(sentence("hidden"), _NUMBER.sub("", mask_number(number)))


def office_phone(text: str | None) -> str | None:
    """A telephone number to call an office at; None for what is none, or somebody's mobile phone."""
    plain = unicodedata.normalize("NFKC", text or "").strip()
    if not _PHONE.fullmatch(plain) or any(found.kind != LANDLINE for found in find(plain)):
        return None
    return plain


def tracking(text: str | None) -> str | None:
    """A parcel's number; None where there is none: a word, or somebody's identifier in its place, is none."""
    number = _TRACKING.sub("", unicodedata.normalize("NFKC", text or ""))[:40].strip("-")
    has_digit = any(character.isdigit() for character in number)
    return number if has_digit and not any(found.kind != LANDLINE for found in find(number)) else None


def _visible(text: str) -> str:
    """Without what cannot be seen; line breaks stay."""
    return "".join(c if c in "\n\r\t" or unicodedata.category(c)[0] != "C" else "" for c in text).replace("\r", "\n")


def _unidentified(text: str) -> str:
    """Without anybody's identifiers; of two without a gap between them one shows when the other is gone."""
    before = ""
    while text != before:
        before, text = text, mask(text, _hidden)
    return text


def _hidden(found: Found) -> str:
    """An office's landline may be said; everybody else's identifiers may not."""
    return found.value if found.kind == LANDLINE else sentence("hidden")


def _strongest(run: re.Match[str]) -> str:
    """One mark for several: the one that ends a sentence, else the first."""
    return next((mark for mark in run[0] if mark in "。！？!?"), run[0][0])
