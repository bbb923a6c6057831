"""Questions that were not answered well, as they come from above; and what among them is no question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from foundation.clock import CHINA
from knowledge_base.model import UnitKey

MASKED = re.compile("⟦[a-z]+:[0-9a-f]+⟧")
LETTERS = re.compile(r"[^\W\d_]{2}")
ADVERTISES = re.compile(r"https?://|www\.|\.(?:com|cn|net|top|xyz)\b|加(?:我|你)?(?:微信|vx|v信|qq)", re.IGNORECASE)
REPEATS, LONG_ENOUGH = 0.34, 8
"""A text of so many characters of which so few are different is not written to ask something."""
LONGEST = 300
MOST_A_DAY = 40
"""Nobody misses more answers than that on one day and still asks."""


@dataclass(frozen=True)
class Question:
    """One asking. `text` is masked; `who` only tells one citizen's questions from another's."""

    text: str
    at: datetime
    who: str
    channel: str
    region: str | None
    why: str
    candidates: Sequence[tuple[UnitKey, float]] = ()
    """What might have been meant when it was asked, best first, and how sure that seemed."""


def plain(text: str) -> str:
    """A question without what was masked in it, on one line: what a unit may be asked by."""
    return " ".join(MASKED.sub("", text).split())


def genuine(questions: Iterable[Question]) -> list[Question]:
    """Those that look as if somebody wanted to know something: no advertisements, no keys held down, no flood."""
    asked = [one for one in questions if _asks(one.text)]
    a_day = Counter((one.who, one.at.astimezone(CHINA).date()) for one in asked)
    return [one for one in asked if a_day[one.who, one.at.astimezone(CHINA).date()] <= MOST_A_DAY]


def _asks(text: str) -> bool:
    said = "".join(plain(text).split())
    if not LETTERS.search(said) or len(said) > LONGEST or ADVERTISES.search(said):
        return False
    return len(said) < LONG_ENOUGH or len(set(said)) > REPEATS * min(len(said), 30)
