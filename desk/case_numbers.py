"""The number of a case 诉求编号, such as SQ-4827-1935-55: digits that can be read out on the phone.

Nobody can guess it from another's, and it is never taken for an answer record's, which has letters in it. The last two
digits are a check (ISO/IEC 7064, MOD 97-10), so that a slip is told from a number that does not exist.
"""

from __future__ import annotations

import re
import secrets

from foundation.text import normalise

PREFIX = "SQ"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―－−_", "-"))
_SHAPE = re.compile(
    r"(?<![0-9A-Z-])(?P<prefix>SQ[ :-]{0,2})?(?P<digits>[1-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{2})(?![0-9A-Z-])",
    re.IGNORECASE,
)


def new_number() -> str:
    """A random number. That it is free the caller makes sure."""
    body = str(secrets.randbelow(8 * 10**7) + 2 * 10**7)  # never begins like a telephone number
    return spelt(f"{body}{98 - int(body) * 100 % 97:02}")


def spelt(digits: str) -> str:
    """Ten digits as they are shown: SQ-4827-1935-55."""
    return f"{PREFIX}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def number_in(text: str) -> str | None:
    """The case number in a message, however typed, with or without SQ; None where there is none, or a wrong one."""
    return next((spelt(digits) for _, digits in _found(text) if int(digits) % 97 == 1), None)


def mistyped(text: str) -> bool:
    """Whether a message holds what should be a case number, and is not one."""
    return number_in(text) is None and any(prefix for prefix, _ in _found(text))


def _found(text: str) -> list[tuple[bool, str]]:
    plain = normalise(text).translate(_DASHES)
    return [(bool(one["prefix"]), re.sub("[ -]", "", one["digits"])) for one in _SHAPE.finditer(plain)]
