"""What makes an answer an official statement: its sources, the day it was checked, its record number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from channels.rendering.plain import plain
from channels.rendering.style import Style
from channels.rendering.words import word

OFFICIAL = "official"
"""In the payload of what a person said: False where it is talk (您好), kept under its number, vouched for by nobody."""
NAMED = 2
"""Sources named; of the others there is the number."""
LONGEST_TITLE, LONGEST_ARTICLE = 50, 30
ASKING = ("options", "form", "fallback", "smalltalk", "emergency")
"""Kinds of answers that state no rule yet, or none at all."""


def footers(answer: Mapping[str, Any], text: str, person: bool, style: Style) -> tuple[str, ...]:
    """The footer of an answer, and a shorter one for where room is scarce; empty where there is nothing to vouch for.

    Args:
        answer: the payload of the reply.
        text: what the answer says itself: a source named there is not named again.
        person: a person answers; then only a record calls for a footer, and not that of mere talk.
    """
    sources = [one for one in answer.get("sources") or () if isinstance(one, Mapping) and one.get("title")]
    record, verified = answer.get("record"), answer.get("verified_on")
    if person:
        told = bool(record) and answer.get(OFFICIAL) is not False
    else:
        told = bool(sources or verified) and answer.get("kind") not in ASKING
    if not told:
        return ()
    unsaid = [one for one in sources if titled(one) not in text]
    found = [
        lines(basis(unsaid, named), verified, record, text, style.elderly) for named in range(named_most(style), 0, -1)
    ]
    return tuple(dict.fromkeys(found))


def named_most(style: Style) -> int:
    return 1 if style.elderly else NAMED


def basis(sources: Sequence[Mapping[str, Any]], named: int) -> str:
    """`依据：《…法》第十条（2012年1月1日）等3项。`"""
    if not sources:
        return ""
    said = "、".join(map(source, sources[:named]))
    more = word("footer.and_more", count=len(sources)) if len(sources) > named else ""
    return word("footer.sources", sources=f"{said}{more}")


def source(one: Mapping[str, Any]) -> str:
    article = cut(plain(str(one.get("article") or "")), LONGEST_ARTICLE)
    if not one.get("date"):
        return word("footer.source", title=titled(one), article=article)
    return word("footer.dated_source", title=titled(one), article=article, date=in_words(one["date"]))


def titled(one: Mapping[str, Any]) -> str:
    title = plain(str(one["title"])).replace("\n", " ")
    return cut(title, LONGEST_TITLE) if title.startswith(("《", "〈")) else f"《{cut(title, LONGEST_TITLE)}》"


def lines(sources: str, verified: Any, record: Any, text: str, elderly: bool) -> str:
    disclaimer = word("footer.disclaimer")
    disclaimer = "" if disclaimer.rstrip("。") in text else disclaimer
    if elderly:
        day = word("footer.elderly_verified", date=in_words(verified)) if verified else ""
        number = word("footer.elderly_record", record=record) if record else ""
        return f"{sources}{day}{number}{disclaimer}"
    day = word("footer.verified", date=in_words(verified)) if verified else ""
    number = word("footer.record", record=record) if record else ""
    return "\n".join(filter(None, (sources, f"{day}{number}", disclaimer)))


def in_words(day: Any) -> str:
    """`2026-11-01` as 2026年11月1日; what is no date as it is."""
    try:
        read = date.fromisoformat(str(day))
    except ValueError:
        return str(day)
    return word("footer.date", year=read.year, month=read.month, day=read.day)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
