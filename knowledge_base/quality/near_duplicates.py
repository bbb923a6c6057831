"""Units that answer nearly the same question, and what becomes of it: asked twice, or answered in two ways."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from foundation.words import Words
from knowledge_base.findings import WORDS, Finding, found, overlap, sentences, squash_all
from knowledge_base.model import Faq, Package, Unit, UnitKey
from knowledge_base.quality.disagreements import fact_sets

WORDS_OF_QUESTIONS = Words(Path(__file__).with_name("words.yml"))
LEAST = 0.5
"""Likeness in pairs of characters: 父母投靠子女 and 子女投靠父母 have the same characters and are not alike."""
SHORTEST, LONG = 4, 8
"""Characters of content that tell what is asked; and from which on one more or less is a slip."""
DECISIVE = frozenset(
    "不没未非无免男女夫妻新旧老单双首再前后零一二三四五六七八九十甲乙丙丁省市区县国还代补换续变注撤退转租买卖借异临外"
)
"""Characters of which one makes it another question."""
SHOWN = 30


def near_duplicates(units: Sequence[Unit]) -> Iterator[Finding]:
    """Questions and names of two units that are nearly the same; that are the same, where the answers differ."""
    said = [(unit, text) for unit in units for text in dict.fromkeys((*unit.names(), *unit.questions()))]
    owners: dict[str, list[tuple[Unit, str]]] = {}
    for owner, plain in zip(said, squash_all([text for _, text in said])):
        owners.setdefault(plain, []).append(owner)
    place = {unit.key: number for number, unit in enumerate(units)}
    told: set[tuple[UnitKey, UnitKey]] = set()
    for held in owners.values():
        for (first, _), (second, _) in pairwise(held):
            if _compete(first, second, told):
                told.add((first.key, second.key))
                yield from _answered_otherwise(second, first)
    cores: dict[str, list[str]] = {}
    for plain in owners:
        cores.setdefault(core(plain), []).append(plain)
    for one, other in _alike(cores):
        (first, their), (second, text) = sorted((owners[one][0], owners[other][0]), key=lambda held: place[held[0].key])
        if _compete(first, second, told):
            told.add((first.key, second.key))
            differing = list(_answered_otherwise(second, first))
            yield from differing or [_asked_twice(second, text, first, their)]


def core(text: str) -> str:
    """What a squashed question is about: without what may be said or left out, in one of several usual words."""
    pattern, written = _usual_words()
    return pattern.sub(lambda match: written.get(match.group(), ""), text)


@cache
def _usual_words() -> tuple[re.Pattern[str], dict[str, str]]:
    known = WORDS_OF_QUESTIONS.content
    written = {word: one for one, words in known["alike"].items() for word in (one, *words)}
    words = sorted({*written, *known["fillers"].split()}, key=len, reverse=True)
    return re.compile("|".join(words)), written


def _alike(cores: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of texts whose cores are the same, or so nearly that a slip may have made the difference.

    They have the same characters, or all but one of them, so that each is looked up and none compared with all.
    """
    by_letters: dict[str, list[str]] = {}
    for core_, held in cores.items():
        if len(core_) >= SHORTEST:
            yield from pairwise(held)
            by_letters.setdefault("".join(sorted(core_)), []).append(core_)
    for letters, held in by_letters.items():
        near = list(pairwise(held))
        for at, letter in enumerate(letters):
            if len(letters) > LONG and letter not in DECISIVE and not letter.isascii() and letters[at - 1] != letter:
                near += [(other, held[0]) for other in by_letters.get(letters[:at] + letters[at + 1 :], ())[:1]]
        yield from ((cores[one][0], cores[other][0]) for one, other in near if likeness(one, other) >= LEAST)


def likeness(one: str, other: str) -> float:
    """The share of the pairs of characters of either that both have: 1 for the same ones."""
    ours, theirs = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one, other))
    return len(ours & theirs) / max(1, len(ours | theirs))


def _compete(one: Unit, other: Unit, told: Container[tuple[UnitKey, UnitKey]]) -> bool:
    """Whether both could be the answer: none belongs to the other, and they are not rules for different places."""
    return (
        one.key != other.key
        and overlap(one.region, other.region)
        and not _belongs(one, other)
        and not _belongs(other, one)
        and (one.key, other.key) not in told
        and (other.key, one.key) not in told
    )


def _belongs(one: Unit, other: Unit) -> bool:
    """Whether one is a FAQ of the item that the other is, or an event of which it is a step."""
    if isinstance(one, Package):
        return other.kind == "item" and any(step.item == other.id for step in one.steps)
    return isinstance(one, Faq) and UnitKey("item", one.item or "") == other.key


def _answered_otherwise(unit: Unit, other: Unit) -> Iterator[Finding]:
    """Where both name fees, days or telephones, and none is the same."""
    if not isinstance(unit, Faq) or not isinstance(other, Faq):
        return
    ours, theirs = (fact_sets(text for _, text in sentences(one)) for one in (unit, other))
    for about, name in WORDS.content["about"].items():
        if ours[about] and theirs[about] and ours[about].isdisjoint(theirs[about]):
            judged = about, *sorted((unit.answer, other.answer))
            one, two = unit.answer[:SHOWN], other.answer[:SHOWN]
            key = other.key
            yield found("answers_differ", unit.key, "answer", other=key, judged=judged, about=name, one=one, two=two)


def _asked_twice(unit: Unit, text: str, other: Unit, their: str) -> Finding:
    repair = None
    if text in (similar := getattr(unit, "similar_questions", ())):
        repair = unit.copy(update={"similar_questions": tuple(one for one in similar if one != text)})
    judged, key = sorted((text, their)), other.key
    one, two = text[:SHOWN], their[:SHOWN]
    return found("like_question", unit.key, "question", other=key, judged=judged, repair=repair, text=one, their=two)
