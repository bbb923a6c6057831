"""How Chinese sounds: toneless syllables, with the pairs that many regions do not tell apart made one."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
SYLLABLE = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|[aeiouv])"
)


@lru_cache(maxsize=20_000)
def sound(character: str) -> str:
    """The syllable of one character; the character itself where it has none."""
    return alike(lazy_pinyin(character)[0])


def sounds(text: str) -> tuple[str, ...]:
    return tuple(map(sound, text))


def alike(syllable: str) -> str:
    """zh, ch, sh like z, c, s; n like l at the beginning; ing, eng like in, en."""
    for careful, plain in INITIALS:
        if syllable.startswith(careful):
            syllable = plain + syllable[2:]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith(("ing", "eng")) else syllable


def syllables(letters: str) -> tuple[str, ...]:
    """The syllables that a run of letters spells (shenfenzheng); empty where it spells none wholly."""
    found: list[str] = []
    for part in letters.split():
        end = 0
        for match in SYLLABLE.finditer(part):
            if match.start() != end:
                return ()
            found.append(alike(match[0]))
            end = match.end()
        if end != len(part):
            return ()
    return tuple(found)
