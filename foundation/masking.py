"""Identifiers in a citizen's text, found by shape alone: people mistype, so check digits prove nothing.

Not identifiers: amounts, dates, document numbers, hotlines, short numbers, and application numbers (办件编号)
unless they look like an ID card or a mobile phone.

What proves who somebody is (the last four of an ID card, a one-time code) is short: it counts where it is the whole
message, or where words such as 后四位 or 验证码 lead to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

ID_CARD, PHONE, LANDLINE, BANK_CARD = "id", "phone", "landline", "card"
EMAIL, PASSPORT, PLATE, CREDIT_CODE = "email", "passport", "plate", "uscc"
TAIL, CODE = "tail", "code"
PROOFS = frozenset({TAIL, CODE})
KINDS = frozenset({ID_CARD, PHONE, LANDLINE, BANK_CARD, EMAIL, PASSPORT, PLATE, CREDIT_CODE}) | PROOFS


class Found(NamedTuple):
    """An identifier at `text[start:end]`; `value` is its plain spelling: half-width, upper case, no separators."""

    kind: str
    start: int
    end: int
    value: str


def _spaced(digits: str) -> str:
    """A pattern for these digit classes with up to two blanks or dashes between any two of them."""
    return "[ -]{0,2}".join(digits.split())


_D = "[0-9]"
_PROVINCE = "(?:" + "|".join(_spaced(p) for p in ("1 [1-5]", "2 [1-3]", "3 [1-7]", "4 [1-6]", "5 [0-4]", "6 [1-5]",
                                                  "7 1", "8 [1-3]", "9 [0-9]")) + ")"  # fmt: skip
_YEAR = f"(?:{_spaced(f'1 [89] {_D} {_D}')}|{_spaced(f'2 0 {_D} {_D}')})"
_MONTH = f"(?:{_spaced('0 [1-9]')}|{_spaced('1 [0-2]')})"
_DAY = f"(?:{_spaced('0 [1-9]')}|{_spaced('[12] [0-9]')}|{_spaced('3 [01]')})"
_BORN = f"{_YEAR}[ -]{{0,2}}{_MONTH}[ -]{{0,2}}{_DAY}"
_START, _END = r"(?<![0-9])(?<![0-9][.])", r"(?![0-9])"
_CODE_START, _CODE_END = r"(?<![0-9A-Z])(?<![0-9A-Z]-)", r"(?!-?[0-9A-Z])"

_ID_SHAPE = (
    # 18 places with a date of birth (one digit too few or too many is a slip), 15 places of the old card
    f"{_PROVINCE}[ -]{{0,2}}{_spaced(' '.join([_D] * 4))}[ -]{{0,2}}{_BORN}[ -]{{0,2}}{_spaced(f'{_D} {_D}')}"
    f"(?:[ -]{{0,2}}{_D})?(?:[ -]{{0,2}}[0-9X])?{_D}?(?![0-9X])"
    f"|{_PROVINCE}{_D}{{4}}{_D}{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]){_D}{{3}}(?![0-9X])"
    f"|{_D}{{17}}X(?![0-9A-Z])"
)
_PHONE_SHAPE = (
    rf"(?:(?:\+|00)?86[ -]{{0,2}})?1[3-9](?:{_D}[ -]{{0,2}}{_D}{{4}}[ -]{{0,2}}{_D}{{4}}"
    rf"|{_D}[ -]{_D}{{3}}[ -]{_D}{{5}}|{_D}{{2}}[ -]{_D}{{3}}[ -]{_D}{{4}}|{_D}{{3}}[ -]{_D}{{6}}){_END}"
)
_SHAPES = (
    (EMAIL, r"(?<![A-Z0-9._%+-])[A-Z0-9._%+-]{1,64}@(?:[A-Z0-9-]{1,63}\.){1,5}[A-Z]{2,24}"),
    ("masked", "⟦[a-z]+:[0-9a-f]{4,16}⟧"),
    (  # an application number, with letters and dashes, is opaque unless it ends in an ID card or phone
        "opaque",
        rf"(?<![0-9A-Z])(?=[A-Z])(?!(?:[0-9A-Z]{{1,28}}-){{0,5}}?[A-Z]*(?:{_PHONE_SHAPE}|{_ID_SHAPE})(?!-?[0-9A-Z]))"
        r"[A-Z]{1,8}[0-9]{0,20}(?:-[0-9A-Z]{1,20}){1,5}(?![0-9A-Z@])",
    ),
    (ID_CARD, rf"{_START}(?:{_ID_SHAPE})"),
    (PHONE, rf"{_START}{_PHONE_SHAPE}"),
    ("mistyped", rf"{_START}(?:1[1-5]|2[1-3]|[3-6][1-7]|50){_D}{{16}}{_END}"),
    (
        CREDIT_CODE,
        r"(?<![0-9A-Z])(?:[1569N][1239]|[278Y]1|3[1-5]|4[1])[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}(?![0-9A-Z])",
    ),
    (
        BANK_CARD,
        rf"{_START}[3-9](?:{_D}{{15,18}}|{_D}{{3}}(?:[ -]{_D}{{4}}){{3}}(?:[ -]?{_D}{{1,3}})?"
        rf"|{_D}{{5}}[ -]{_D}{{10,13}}){_END}",
    ),
    (
        LANDLINE,
        rf"{_START}\(?(?:010|02[0-9]|0[3-9]{_D}{{2}})(?:\)[ -]?|[ -]{{0,2}}){_D}{{7,8}}(?:[-转]{_D}{{1,6}})?{_END}",
    ),
    (
        PASSPORT,
        _CODE_START
        + r"(?:(?:E[A-HJ-NP-Z]|[SDP]E|C[A-HJ-NP-Z])[0-9]{7}"
        + r"|[EGSDPCWLTHM](?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9])[0-9]{8}(?:[0-9]{2})?)"
        + _CODE_END,
    ),
    (
        PLATE,
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-Z][ ·.-]?"
        r"(?=[A-Z]{0,5}[0-9])(?:[A-HJ-NP-Z0-9]{5,6}|[A-HJ-NP-Z0-9]{4}[挂学警港澳领])(?![0-9A-Z])",
    ),
    ("spoken", rf"(?<=电话|座机|固话)(?:号码)?(?:是|为|:|：)? ?(?P<local>[2-8]{_D}{{2,3}}[ -]?{_D}{{4}}){_END}"),
)
_ANY = re.compile("|".join(f"(?P<{kind}>{shape})" for kind, shape in _SHAPES), re.IGNORECASE)
_SPOKEN = f"{_D[:-1]}零〇一二三四五六七八九幺]"
_TAIL = rf"{_SPOKEN}(?: ?{_SPOKEN}){{2}} ?(?:{_SPOKEN}|X|叉)"
_MARKS = r"[\s.,。:;、!~'\"“”()]*"
_BEFORE = rf"{_MARKS}(?:(?:我|它|这个|喏|给)?的?(?:应该|就)?是)?{_MARKS}"
_AFTER = rf"(?:{_MARKS}(?:吧|啊|呀|哦|的|谢谢))?{_MARKS}"
_ALONE = re.compile(
    rf"{_BEFORE}(?:(?P<tail>{_TAIL})|(?P<code>{_D}{{3}}[ -]{_D}{{3}}|{_D}(?: ?{_D}){{5}})){_AFTER}"
    # an application number, and behind it what shows that one may see it
    rf"|{_MARKS}(?:[0-9A-Z._-]{{12,64}}[ \n]|[0-9A-Z._ -]{{6,64}}[,;、\n]){_MARKS}(?P<tail_behind>{_TAIL}){_AFTER}",
    re.IGNORECASE,
)
_LONGEST_ALONE = 100
_IS = r"(?:号码?)?[ :]{0,2}(?:应该|就)?[是为]?[ :]{0,2}"
_SAID = re.compile(
    rf"(?:[后末尾][四4](?:位数?|个数?字?)?|尾号){_IS}(?P<tail>{_TAIL})(?!{_SPOKEN}|[X年月日元-])"
    rf"|身份证{_IS}(?P<tail_of_card>{_D}{{3}}[0-9X叉])(?![0-9X年月日元岁到-])"
    rf"|(?:验证|校验|动态|确认|短信)[码号]{_IS}(?P<code>{_D}(?:[ -]?{_D}){{3,7}})(?!{_D}|[年月日元]|-{_D})",
    re.IGNORECASE,
)
_SPELT = str.maketrans("零〇一二三四五六七八九幺叉x", "001234567891XX")
_IGNORED = ("masked", "opaque")
_ALWAYS = (ID_CARD, PHONE, EMAIL)
_REFERENCE = re.compile("(?:(?<![证照卡])编号|办件号?|受理号|业务号|流水号|案号|文号|订单号)码?(?:是|为|[: ])*$")

# One character for one: full-width forms, the dashes and blanks that phones and forms put between groups, and the
# traditional characters of the words above.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN |= dict.fromkeys(map(ord, "‐‑‒–—−―"), ord("-"))
_PLAIN |= str.maketrans("後證驗碼號數應該為電話座機動態確認個×", "后证验码号数应该为电话座机动态确认个X")
_PLAIN |= dict.fromkeys(map(ord, "\t\xa0\u2002\u2003\u2009\u202f\u3000"), ord(" "))
_UNSEEN = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CANDIDATE = re.compile("[0-9０-９]{4}|[@＠]|[0-9０-９].*[0-9０-９]|[零〇一二三四五六七八九幺]{2}", re.DOTALL)


def find(text: str, whole: bool = True) -> list[Found]:
    """The identifiers in `text`, in order, none overlapping another.

    Args:
        whole: whether it is a whole message, so that 1234 alone is a proof.
    """
    if not _CANDIDATE.search(text):
        return []
    plain, places = text.translate(_PLAIN), None
    if _UNSEEN.search(plain):
        places = [i for i, c in enumerate(plain) if not _UNSEEN.match(c)]
        plain = _UNSEEN.sub("", plain)
    found = sorted(_proofs(plain, whole) + _identifiers(plain), key=lambda one: one.start)
    if places is not None:
        found = [one._replace(start=places[one.start], end=places[one.end - 1] + 1) for one in found]
    return [one for i, one in enumerate(found) if i == 0 or one.start >= found[i - 1].end]


def _identifiers(plain: str) -> list[Found]:
    found = []
    for match in _ANY.finditer(plain):
        kind = str(match.lastgroup)
        start, end = match.span()
        if kind == "local" or match["spoken"]:
            kind, (start, end) = LANDLINE, match.span("local")
        elif kind in _IGNORED or (kind not in _ALWAYS and _REFERENCE.search(plain[max(0, start - 16) : start])):
            continue
        found.append(Found(ID_CARD if kind == "mistyped" else kind, start, end, _value(kind, plain[start:end])))
    return found


def _proofs(plain: str, whole: bool) -> list[Found]:
    alone = _ALONE.fullmatch(plain) if whole and len(plain) <= _LONGEST_ALONE else None
    found = []
    for match in (alone,) if alone else _SAID.finditer(plain):
        group = str(match.lastgroup)
        value = re.sub("[ -]", "", match[group]).translate(_SPELT)
        found.append(Found(CODE if group == "code" else TAIL, *match.span(group), value))
    return found


def _value(kind: str, text: str) -> str:
    if kind == EMAIL:
        return text
    if kind == LANDLINE:
        return re.sub(r"[() ]", "", text)
    value = re.sub(r"[ ·.-]", "", text).upper()
    return re.sub(r"^(?:\+|00)?86(?=1)", "", value) if kind == PHONE else value


def mask(text: str, token_for: Callable[[Found], str], whole: bool = True) -> str:
    """Return `text` with each identifier replaced by what `token_for` gives for it; `whole` as for `find`."""
    parts, end = [], 0
    for found in find(text, whole):
        parts += [text[end : found.start], token_for(found)]
        end = found.end
    return "".join([*parts, text[end:]])


def redact(text: str) -> str:
    """Return `text` fit for a log: identifiers replaced by their kind alone, as ⟦id⟧. Lone numbers stay."""
    return mask(text, lambda found: f"⟦{found.kind}⟧", whole=False)
