"""Whether one answer is what was expected. The rules are told in docs/answer-quality.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Line = dict[str, Any]
"""A line of an evaluation file, what it expects, a prediction, or an answer."""

UNITS = ("item", "faq", "package", "referral", "office")
"""Kinds of answers that state something from the knowledge base."""
MOST_OPTIONS = 4
SAME_ASPECT = {"process": "overview"}
SAME_KIND = {"faq": "item"}
"""A FAQ counts for the service item that it belongs to."""


def wanted(expect: Line) -> set[str]:
    """The ids that are right."""
    return {expect.get("id"), *(expect.get("any_of") or ())} - {None}


def told(expect: Line, answer: Line) -> bool:
    """Whether the right unit was answered from, directly."""
    if answer["kind"] not in UNITS:
        return False
    if right := wanted(expect):
        return answer["id"] in right or (answer["kind"] == "faq" and answer["item_id"] in right)
    return plain_kind(answer["kind"]) == plain_kind(expect["kind"])


def asked_which(expect: Line, answer: Line, right_ones: int = 1) -> bool:
    """Whether it was asked which one is meant, with a right one (or more) among at most four options."""
    options = answer["options"]
    offered = {option["id"] for option in options} & wanted(expect)
    return answer["kind"] == "options" and len(options) <= MOST_OPTIONS and len(offered) >= right_ones


def asked_more(expect: Line, answer: Line) -> bool:
    """Whether the right unit is known and only its situation, or the region, was asked for."""
    if answer["kind"] == "options":
        return answer["id"] in wanted(expect)
    return answer["kind"] == "form" and answer["id"] == "region" and answer["item_id"] in wanted(expect)


def found(expect: Line, answer: Line) -> bool:
    """Whether the right unit was told, or asked back for."""
    return told(expect, answer) or asked_which(expect, answer) or asked_more(expect, answer)


def asked_needlessly(expect: Line, answer: Line) -> bool:
    """Whether it was asked back although one answer was clear."""
    return answer["kind"] == "options" and not asked_more(expect, answer)


def kind_right(expect: Line, answer: Line) -> bool:
    """Whether the kind of answer is right; asking back for the right unit is."""
    kind, right = answer["kind"], expect["kind"]
    if plain_kind(kind) == plain_kind(right) and not (kind == "faq" and not answer["item_id"] and right == "item"):
        return True
    if right == "fallback":
        return bool(kind == "referral")
    if right in ("status", "complaint"):
        return bool(kind == "form" and answer["id"] == right)
    return right in UNITS and (asked_which(expect, answer) or asked_more(expect, answer))


def aspect_right(expect: Line, answer: Line) -> bool:
    """Whether it was understood what is asked about the unit; any aspect is right where none is expected."""
    right = plain_aspect(expect.get("aspect"))
    return right is None or right == plain_aspect(answer["aspect"])


def wrong(expect: Line, answer: Line) -> bool:
    """Whether something was stated that is not the answer: what costs a citizen most."""
    if answer["kind"] not in UNITS or told(expect, answer):
        return False
    return not (expect["kind"] == "fallback" and answer["kind"] == "referral")


def expectation(line: Line) -> Line:
    """What a line expects, and its style; `{"expect": [ids]}` as the same thing in the long form."""
    expect: Any = line["expect"]
    if isinstance(expect, list):
        expect = {"kind": "faq" if expect else "fallback", "any_of": expect}
    return {**expect, "style": line.get("style")}


def rank_of(right: set[str], candidates: Sequence[Line], for_items: bool = False) -> int:
    """Where the first right candidate stands, from 1; 0 for none. `for_items`: FAQs stand for their items."""
    seen: list[str] = []
    for one in candidates:
        id = (one.get("item_id") if for_items else None) or one["id"]
        if id in right:
            return len(seen) + 1
        if id not in seen:
            seen.append(id)
    return 0


def plain_kind(kind: str) -> str:
    return SAME_KIND.get(kind, kind)


def plain_aspect(aspect: str | None) -> str | None:
    return SAME_ASPECT.get(aspect or "", aspect)


def fault(line: Line, answer: Line) -> str | None:
    """The class of error of a line, in words; None where the answer is right and direct."""
    expect, kind = expectation(line), answer["kind"]
    if expect["kind"] not in UNITS:
        if kind_right(expect, answer):
            return None
        return f"{expect['kind']} expected, {kind} answered"
    if wrong(expect, answer):
        return "another unit was told"
    if told(expect, answer):
        return None if aspect_right(expect, answer) else aspect_fault(expect, answer)
    if asked_more(expect, answer):
        return "asked for the situation"
    if asked_which(expect, answer):
        return "asked back, the right one offered"
    if kind == "options":
        return "asked back, the right one not offered"
    return f"{kind} although there is an answer"


def aspect_fault(expect: Line, answer: Line) -> str:
    return f"aspect {plain_aspect(expect['aspect'])} taken for {plain_aspect(answer['aspect']) or 'none'}"
