"""Messages that are for the channel, not for the dialogue: 更多, 敬老版, 退出敬老版. Only a whole message is one."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from channels.rendering.words import entry
from foundation.text import squash

LONGEST = 40
"""Characters of a message that may be a command, quotation marks and courtesies included."""


class Command(Enum):
    MORE = "more"
    """Go on with what was not said yet."""
    ELDERLY = "elderly"
    """敬老版 from now on."""
    STANDARD = "standard"
    """No 敬老版 any more."""


class Patterns(NamedTuple):
    more: re.Pattern[str]
    elderly: re.Pattern[str]
    standard: re.Pattern[str]


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """The commands as they remain of a message without its punctuation."""
    words = entry("commands")
    before, after = rf"(?:{words['polite_before']})*", rf"(?:{words['polite_after']})*"
    more = "|".join(map(re.escape, words["more"]))
    on, off = rf"(?:{words['turn_on']})?", rf"(?:{words['turn_off']})"
    return Patterns(
        re.compile(f"{before}(?:{more}){after}"),
        re.compile(f"{before}{on}(?:{words['elderly']}){after}"),
        re.compile(f"{before}(?:{off}(?:{words['elderly']})|{on}(?:{words['standard']})){after}"),
    )


def command(text: str) -> Command | None:
    """The command that a message is; None where it is a question, which 下一步怎么办 or 还有别的材料吗 are."""
    if len(text) > LONGEST:
        return None
    said = squash(text)
    more, elderly, standard = patterns()
    if more.fullmatch(said):
        return Command.MORE
    if standard.fullmatch(said):
        return Command.STANDARD
    if elderly.fullmatch(said):
        return Command.ELDERLY
    return None
