"""What changed between two texts of a unit, in words, place by place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from knowledge_base.editing.fields import WORDS, Place, places

WORD = re.compile(r"[A-Za-z0-9.]+|\s+|.", re.DOTALL)
"""A number or a Latin word is one; of Chinese, each character."""
ISLAND = 1
"""So many unchanged characters between two changes are read as changed, too."""
LONGEST = 20_000
Act = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Difference:
    """One place that says something else; `old` or `new` is None where it was not there."""

    place: Place
    old: str | None
    new: str | None
    before: tuple[tuple[Act, str], ...]
    """The old text in pieces: what stays, and what is gone."""
    after: tuple[tuple[Act, str], ...]
    """The new text in pieces: what stays, and what is new."""


def differences(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Difference]:
    """Where two bodies of a unit differ, in the order of the new one; None: the unit is not there."""
    was, comes = places(old or {}), places(new or {})
    found = []
    for place in dict.fromkeys((*comes, *was)):
        one, other = was.get(place), comes.get(place)
        if one != other:
            found.append(Difference(place, one, other, *pieces(one or "", other or "")))
    if not found and old != new:
        text = WORDS.say("words.ordered")
        found.append(Difference((WORDS.say("words.order"),), None, text, (), (("new", text),)))
    return found


def pieces(old: str, new: str) -> tuple[tuple[tuple[Act, str], ...], tuple[tuple[Act, str], ...]]:
    """Two texts in pieces, so that the pieces of each make it up and the "same" ones are alike in both."""
    if len(old) + len(new) > LONGEST:  # too long to be compared while somebody waits
        return _kept([("gone", old)]), _kept([("new", new)])
    one, other = WORD.findall(old), WORD.findall(new)
    before: list[tuple[Act, str]] = []
    after: list[tuple[Act, str]] = []
    for act, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left, right = "".join(one[a:b]), "".join(other[c:d])
        inside = before and after and (a, c) != (0, 0) and b < len(one) and d < len(other)
        if act == "equal" and not (inside and len(left) <= ISLAND):
            before.append(("same", left))
            after.append(("same", right))
        else:
            before.append(("gone", left))
            after.append(("new", right))
    return _kept(before), _kept(after)


def _kept(found: list[tuple[Act, str]]) -> tuple[tuple[Act, str], ...]:
    """Neighbours of one kind put together, empty ones left out."""
    kept: list[tuple[Act, str]] = []
    for act, text in found:
        if kept and kept[-1][0] == act:
            kept[-1] = (act, kept[-1][1] + text)
        elif text:
            kept.append((act, text))
    return tuple(kept)
