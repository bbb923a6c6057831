"""What single cells say: days, time limits, fees, materials."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from foundation.clock import CHINA
from foundation.text import normalise, numerals
from knowledge_base.importing.columns import catalogue, word

DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[ T]?\s*(\d{1,2}:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?|(\d{4})(\d\d)(\d\d)"
)
SERIAL = re.compile(r"([3-6]\d{4})(?:\.\d+)?")
"""Excel's count of days, 1982 to 2091, where a day's cell has lost its format."""

LONGEST = 80
"""Characters of a cell that may be a day, a number of days or an amount."""
SPAN = r"(\d{1,4})(?:\.0+)?[(]?个?(工作日|自然日|日历日|日历天|日|天)?[)]?(?:之内|以内|内)?"
DAYS = re.compile(SPAN)
BOTH = {
    ("legal", "promised"): re.compile(rf"法定\D{{0,8}}?{SPAN}[,;。]?承诺\D{{0,8}}?{SPAN}[。;]?"),
    ("promised", "legal"): re.compile(rf"承诺\D{{0,8}}?{SPAN}[,;。]?法定\D{{0,8}}?{SPAN}[。;]?"),
}
COUNTED = re.compile(rf"[自从]?([^自从\d]{{2,20}}之日)起(?:计算)?,?{SPAN}(?:办结|办理完毕)?[。;]?")

MONEY = re.compile(
    r"(?:([\u4e00-\u9fff]{1,8}费)[:：]?)?[¥￥]?(\d+(?:,\d{3})*(?:\.\d+)?)元?(?:人民币)?(?:[/每]([\u4e00-\u9fff]{1,4}))?"
)

DETAILS = re.compile(r"(.+?)\s*[（(]([^（()）]+)[）)]", re.DOTALL)
FORM = re.compile(r"(.*?)(?:各?(\d{1,2})份)?")


def as_date(text: str) -> str:
    """A day in ISO form; of a moment with a time zone, the day in China.

    Raises:
        ValueError: it is not a day.
    """
    plain = numerals(normalise(text[:LONGEST]))
    if serial := SERIAL.fullmatch(plain):
        return (date(1899, 12, 30) + timedelta(days=int(serial.group(1)))).isoformat()
    match = DATE.fullmatch(plain)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a day; write it as 2026-11-01")
    year, month, day = (int(match.group(group) or match.group(group + 5 - (group > 3))) for group in (1, 2, 3))
    try:
        found = datetime(year, month, day)
        if match.group(5):
            zone = match.group(5).replace("Z", "+00:00")
            clock = datetime.strptime(f"{match.group(4)}:00"[:8].zfill(8) + zone, "%H:%M:%S%z")
            found = clock.replace(year=year, month=month, day=day).astimezone(CHINA)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a day of the calendar") from error
    return found.date().isoformat()


def span(text: str) -> dict[str, Any] | None:
    """A number of days, or None. A bare number counts working days, as a licence's time limit does (行政许可法 82)."""
    match = DAYS.fullmatch(_plain(text))
    return _span(*match.groups()) if match else None


def limits(text: str, target: str) -> dict[str, Any] | None:
    """The fields of a duration that a cell about one of `legal`, `promised` fills; None where it is no number."""
    plain = _plain(text)
    if match := DAYS.fullmatch(plain):
        return {target: _span(*match.groups())}
    if match := COUNTED.fullmatch(plain):
        return {target: _span(*match.groups()[1:]), "counts_from": match.group(1)}
    for names, pattern in BOTH.items():
        if match := pattern.fullmatch(plain):
            found = match.groups()
            return {names[0]: _span(*found[:2]), names[1]: _span(*found[2:])}
    return None


def fee(text: str) -> dict[str, Any]:
    """A fee: free, an amount in yuan with what it is for, or a text."""
    plain = _plain(text)
    if word("free", plain):
        return {"amount": 0}
    if match := MONEY.fullmatch(plain):
        name, amount, per = match.groups()
        found = {"name": name, "amount": amount.replace(",", ""), "per": per}
        return {field: value for field, value in found.items() if value}
    return {"text": text}


def material(text: str) -> dict[str, Any]:
    """A material; a bracket behind its name is taken apart where every part of it is known: （原件1份，必要）."""
    match = DETAILS.fullmatch(text)
    details = _details(match.group(2)) if match else None
    return {"name": match.group(1), **details} if match and details else {"name": text}


def _details(bracket: str) -> dict[str, Any] | None:
    known = catalogue()["materials"]
    found: dict[str, Any] = {}
    for part in re.split(r"\s*[，,；;、\s]\s*", bracket.strip()):
        plain = normalise(part)
        flag = next((flag for flag in known["flags"] if plain in flag["words"]), None)
        form = FORM.fullmatch(plain)
        if flag is not None:
            details = {flag["field"]: flag["value"]}
        elif form and form.group(1) in ("", *known["forms"]):
            details = {"form": part[: len(form.group(1))], "count": form.group(2) and int(form.group(2))}
        else:
            return None
        details = {field: value for field, value in details.items() if value not in ("", None)}
        if not details or found.keys() & details.keys():
            return None
        found |= details
    return found


def _plain(text: str) -> str:
    """The text as it is compared: simplified, half-width, numerals as digits, without blanks."""
    if len(text) > LONGEST:
        return text
    return re.sub(r"\s", "", text if text.isdecimal() else numerals(normalise(text)))


def _span(days: str, unit: str | None) -> dict[str, Any]:
    return {"days": int(days), "unit": "工作日" if unit in (None, "工作日") else "自然日"}
