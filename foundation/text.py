"""One spelling for what people type: width, script, fillers and numerals made alike before anything is compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

# Invisible or unprintable: controls that are not white space, format characters (zero-width, direction marks,
# soft hyphen, byte order mark), variation selectors, filler letters, halves of surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACE = re.compile(r"\s+")
_SPACED = re.compile("(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?: [\u4e00-\u9fff]){2,}(?![\u4e00-\u9fff])")
"""Characters typed one by one: 身 份 证."""
_NOT_WORD = re.compile(r"(?!(?<=\d)\.(?=\d))[\W_]")  # a decimal point distinguishes 1.6 from 16
_STEPS = 4
"""Rules applied again until nothing changes stop here at the latest; two passes suffice for real text."""


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def normalise(text: str) -> str:
    """Return `text` in NFKC and simplified characters, nothing invisible, white space folded to single blanks.

    Masked values such as ⟦id:7f3a⟧ pass unchanged. Takes any string, broken surrogates too; applying it twice
    changes nothing more.
    """
    for _ in range(_STEPS):
        before, text = text, _normalise_once(text)
        if text == before:
            break
    return text


def _normalise_once(text: str) -> str:
    if not text.isascii():
        text = _converter().convert(unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    text = _SPACE.sub(" ", _UNSEEN.sub("", text)).strip()
    return _SPACED.sub(lambda spaced: spaced[0].replace(" ", ""), text)


@lru_cache(maxsize=16)
def squash(text: str) -> str:
    """Return what remains for exact comparison: normalised, lower case, without punctuation and spaces."""
    for _ in range(_STEPS):
        before, text = text, _NOT_WORD.sub("", normalise(text).lower())
        if text == before:
            break
    return text


_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_TIME = "个?工作日|个?自然日|个月|个?小时|个?星期|个?学期|分钟|周岁|岁|周(?!边)|天|日|月|年(?![级制])"
_AMOUNT = "万?元(?![区桥里化旦])|块钱?|寸|份|张|平方米|平米|公里|公斤|亩|吨"
_ONLY_SEVERAL = "个(?!人)|人|次|名|位|折|倍|点(?:钟|半)"
"""Behind 一 and 二 these are rarely counts (一次性, 二次供水, 一人公司, 一个人): left alone there."""
_COUNT = re.compile(
    rf"(?<![第周期拜初统唯零〇一二两三四五六七八九十百千万亿几数\d])"
    rf"([零〇一二两三四五六七八九十百千万亿]+)(?=({_TIME}|{_AMOUNT})|{_ONLY_SEVERAL})"
)


def numerals(text: str) -> str:
    """Write Chinese numerals that count something in Arabic digits: 三十天 → 30天, 二〇二六年 → 2026年.

    What belongs to a word (一件事, 三支一扶, 十堰), an ordinal (第三条) or a guess (三四天) stays.
    """
    return _COUNT.sub(_arabic, text)


def _arabic(match: re.Match[str]) -> str:
    run = match[1]
    if run in ("一", "二") and match[2] is None:
        return run
    if len(run) == 4 and all(c in _DIGITS for c in run):
        return "".join(str(_DIGITS[c]) for c in run)  # a year, read digit by digit
    number = _number(run)
    if number is None:
        return run
    return f"{number // 10_000}万" if number and number % 10_000 == 0 else str(number)


def _number(run: str) -> int | None:
    """The value of a well-formed numeral below 10^8; None for others, such as 百, 三四 or 一百二."""
    high, wan, low = run.rpartition("万")
    if wan:
        thousands = _below_wan(high)
        rest = _below_wan(low.lstrip("零〇")) if low else 0
        if not thousands or rest is None or (rest and rest < 1000 and low[0] not in "零〇"):
            return None
        return thousands * 10_000 + rest
    return _below_wan(run)


def _below_wan(run: str) -> int | None:
    value, place, gap = 0, 10_000, False
    i = 0
    while i < len(run):
        if run[i] in "零〇":
            if gap or i == 0:
                return None
            gap, i = True, i + 1
            continue
        digit = _DIGITS.get(run[i])
        if digit is None:
            if run[i] != "十" or i > 0:
                return None
            digit, step = 1, 0  # 十五
        else:
            step = 1
        unit = _PLACES.get(run[i + step], 0) if i + step < len(run) else 1
        if not 0 < unit < place or (place > unit * 10 and place < 10_000 and not gap):
            return None
        value, place, gap = value + digit * unit, unit, False
        i += step + (unit > 1)
    return None if gap else value or None


_MARKS = r"[\s,，.。!！?？、~～…;；:：]"
_OPENINGS = re.compile(
    rf"(?:{_MARKS}|请问(?!询)(?:一?下)?|请教(?!育)(?:一?下)?|打扰(?:一下|了)|(?:麻烦|劳驾)(?:[你您](?:问一?下)?|问一?下|一下|(?={_MARKS}))"
    rf"|[你您]们?好[呀啊]?|(?:hi|hello|哈喽)(?![a-z])|在吗|不好意思|那个啥?|[嗯哎]|(?:喂|客服)(?=[你您请喂]|{_MARKS})"
    rf"|(?:(?:我们?)?(?:就是)?想要?|我们?要)(?:请?问|咨询|请教|了解|知道)(?:一下|下|的是)?)+",
    re.IGNORECASE,
)
_THANKS = re.compile("(?:多谢|感谢|谢谢?)[你您]?们?了?$")
_PARTICLES = frozenset("吧嘛呢啊呀哦噢哈啦哟 ,，.。!！?？、~～…;；:：\t\r\n\u3000")
_WORDS = frozenset(("网吧", "酒吧", "书吧", "水吧", "茶吧", "氧吧", "贴吧", "毛呢", "喇嘛"))


def strip_fillers(text: str) -> str:
    """Take greetings, 请问, 谢谢, 啊呢吧嘛 and marks off both ends; a text that is nothing else is returned whole."""
    opening = _OPENINGS.match(text)
    rest = text[opening.end() :] if opening else text
    while rest:
        if thanks := _THANKS.search(rest, max(0, len(rest) - 6)):
            rest = rest[: thanks.start()]
        elif rest[-1] in _PARTICLES and rest[-2:] not in _WORDS:
            rest = rest[:-1]
        else:
            break
    return rest if squash(rest) else text
