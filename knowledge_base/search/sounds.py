"""How characters sound, for those who type pinyin, its initials, or a character that sounds alike.

A text becomes one code for each character: the code of its possible readings, so that 行 is found by xing and by hang.
Sounds that many do not tell apart (zh/z, ch/c, sh/s, -ng/-n) are one.
"""

from __future__ import annotations

import re
import runpy
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase, digits
from typing import NamedTuple

import numpy as np

from knowledge_base.search.sequences import Codes, Element, Table

Readings = frozenset[str]

UNHEARD = 1
"""The code of what has no sound that we know; 0 separates texts."""
_ALSO = """
行hang 长chang 长zhang 重chong 会kuai 参shen 给ji 还huan 车ju 系ji 率shuai 调tiao 调diao 校jiao
校xiao 传zhuan 藏zang 朝zhao 得dei 都du 度duo 合ge 划hua 间jian 降xiang 结jie 解xie 卡ka
卡qia 乐yue 量liang 落la 没mo 没mei 模mu 弄long 强jiang 切qie 曲qu 色shai 厦xia 厦sha
什shen 省xing 石dan 识zhi 宿xiu 提di 血xie 血xue 要yao 载zai 择zhai 着zhuo 着zhe 柏bai
薄bao 薄bo 堡bu 便pian 差chai 差cha 称chen 乘cheng 盛cheng 畜xu 大dai 弹tan 弹dan 番pan
贾gu 贾jia 角jue 觉jiao 露lou 脉mai 圈juan 拓ta 尾yi 员yuan 粘nian 仔zi 仔zai 服fu
祭ji 契qi 期ji 殷yin 单shan 颤chan 否pi 核hu 蔓wan 伽jia 蚌beng 秘mi 秘bi 泌mi
丽li 陆lu 燕yan 尉wei 蔚yu 率lu 了liao
"""
"""Second readings that are alive. (The dictionary lists archaic ones beside them, which would find 信 by shen.)"""
INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
SPLITS = 3
"""Ways to split letters into syllables (xian: xian, xi an) that are tried."""
_RUNS = re.compile(r"[a-z]+|.", re.DOTALL)
_PLAIN = re.compile("[a-z]*[aeiou][a-z]*")
_DIAERESIS = re.compile("(?<=[nl])v")
"""ü as it is typed; here it is u."""


class _Sounds(NamedTuple):
    syllables: frozenset[str]
    begun: dict[str, Readings]
    """For each beginning of a syllable the syllables that go on from it; for a letter also the letter."""
    readings: list[Readings]
    """By code: folded syllables, or the letter or digit itself."""
    codes: dict[int, str]
    """By character: its code, as a character, for str.translate."""
    first: dict[str, str]
    """By character: its commonest reading, folded."""


class _Codes(dict[int, str]):
    def __missing__(self, character: int) -> str:
        return "\0" if character == 0 else chr(UNHEARD)


@lru_cache(maxsize=1)
def _sounds() -> _Sounds:
    # pypinyin's table of single characters is read without the package, which would load 40 MB of phrases with it.
    spec = find_spec("pypinyin")
    assert spec is not None and spec.origin is not None
    table = runpy.run_path(str(Path(spec.origin).with_name("pinyin_dict.py")))["pinyin_dict"]
    syllables: set[str] = set()
    numbers: dict[Readings, int] = {frozenset(): 0, frozenset("?"): UNHEARD}
    codes = _Codes()
    for character in ascii_lowercase + digits:
        codes[ord(character)] = chr(numbers.setdefault(frozenset([character]), len(numbers)))
    also: dict[str, list[str]] = defaultdict(list)
    for pair in _ALSO.split():
        also[pair[0]].append(pair[1:])
    first: dict[str, str] = {}
    for character, listed in table.items():
        if not _common(chr(character)):
            continue
        heard = [_toneless(listed.split(",")[0]), *also[chr(character)]]
        if all(map(_PLAIN.fullmatch, heard)):
            syllables.update(heard)
            first[chr(character)] = fold(heard[0])
            key = frozenset(map(_syllable, heard))
            codes[character] = chr(numbers.setdefault(key, len(numbers)))
    return _Sounds(frozenset(syllables), _beginnings(syllables), list(numbers), codes, first)


def _syllable(spelling: str) -> str:
    """A syllable in a set of readings; the mark keeps "a" apart from the letter."""
    return f"{fold(spelling)}'"


def _beginnings(syllables: set[str]) -> dict[str, Readings]:
    found = {letter: {letter} for letter in ascii_lowercase}
    for syllable in syllables:
        for end in range(1, len(syllable) + 1):
            found.setdefault(syllable[:end], set()).add(_syllable(syllable))
    return {beginning: frozenset(readings) for beginning, readings in found.items()}


def _common(character: str) -> bool:
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def _toneless(reading: str) -> str:
    apart = unicodedata.normalize("NFD", reading)
    return "".join(c for c in apart if not unicodedata.combining(c))


def fold(syllable: str) -> str:
    """One spelling for sounds that are often confused: shenfen-zheng → sen, fen, zen."""
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return syllable


def syllables(text: str) -> tuple[str, ...]:
    """The commonest reading of each character, folded; a character without one stands for itself."""
    first = _sounds().first
    return tuple(first.get(character, character) for character in text)


def spelt(letters: str) -> tuple[str, ...]:
    """The folded syllables that letters and blanks spell, the longest that can be; empty where they do not."""
    known, found = _sounds().syllables, []
    for part in _DIAERESIS.sub("u", letters).split():
        start = 0
        while start < len(part):
            ends = range(min(len(part), start + 6), start, -1)
            end = next((end for end in ends if part[start:end] in known and _goes_on(part, end)), None)
            if end is None:
                return ()
            found.append(fold(part[start:end]))
            start = end
    return tuple(found)


def _goes_on(part: str, end: int) -> bool:
    """Whether a syllable may end there: what follows begins one."""
    return end == len(part) or (part[end] in ascii_lowercase and part[end] not in "iuv" and _begins(part[end:]))


def _begins(rest: str) -> bool:
    return any(rest[:length] in _sounds().syllables for length in range(1, 7))


def encode(text: str) -> Codes:
    """The codes of a text, one for each character; NUL stays 0."""
    return np.frombuffer(text.translate(_sounds().codes).encode("utf-16-le"), np.uint16)


def patterns(text: str) -> list[list[Element]]:
    """What a squashed text may sound like, likeliest first: hanzi, pinyin whole or begun, and initials, mixed at will.

    Empty when it holds something without a sound.
    """
    ways: list[list[Element]] = [[]]
    runs = _RUNS.findall(text)
    for number, run in enumerate(runs):
        splits = _split(run, last=number == len(runs) - 1) if run.isascii() and run.isalpha() else None
        if splits is None:
            element = _alike(run)
            if element is None:
                return []
            ways = [[*way, element] for way in ways]
        else:
            ways = [[*way, *tokens] for way in ways for tokens in splits][:SPLITS]
    return ways


def _alike(character: str) -> Element | None:
    """The codes of all that shares a reading with a character."""
    code = ord(_sounds().codes[ord(character)])
    return None if code == UNHEARD else code if character.isascii() else _table(_sounds().readings[code])


@lru_cache(maxsize=4096)
def _table(readings: Readings) -> Table:
    return np.array([not readings.isdisjoint(known) for known in _sounds().readings])


def _split(letters: str, last: bool) -> list[Sequence[Element]]:
    """The likeliest ways to read letters as syllables and initials; at the end of a text the last may be incomplete."""
    syllables, begun = _sounds().syllables, _sounds().begun
    letters = _DIAERESIS.sub("u", letters)
    best: list[list[tuple[float, tuple[Element, ...]]]] = [[(0.0, ())]]
    for end in range(1, len(letters) + 1):
        ways = []
        for start in range(max(0, end - 6), end):
            token = letters[start:end]
            cost = 1.0 if token in syllables else 1.5
            if last and end == len(letters) and token in begun:
                element = _table(begun[token])
            elif token in syllables:
                element = _table(frozenset([_syllable(token)]))
            elif token in INITIALS:
                element = _table(begun[token])
            else:
                continue
            ways += [(before + cost, (*tokens, element)) for before, tokens in best[start]]
        best.append(sorted(ways, key=lambda way: way[0])[:SPLITS])
    return [tokens for _, tokens in best[-1]]
