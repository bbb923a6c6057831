"""Wording that is hard to read: sentences that are too long, and words of the trade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from foundation.words import Words
from knowledge_base.findings import LONGEST_SENTENCE, Finding, found, sentences
from knowledge_base.model import Unit
from knowledge_base.quality.rewriting import reworded

PLAIN_WORDS = Words(Path(__file__).with_name("plain_words.yml"))
QUOTED = re.compile('《[^》]*》|“[^”]*”|「[^」]*」|"[^"]*"')
TURN = re.compile("，(?=但|不过|如果|如|若|否则|另外|此外|同时|其中|因此|所以|请|您|也可以|还要|需要|符合|不符合)")
"""A comma where a new sentence may begin."""
SHOWN = 20


def wording(unit: Unit) -> Iterator[Finding]:
    """What a citizen may not understand at once."""
    for field, sentence in sentences(unit):
        if len(sentence) > LONGEST_SENTENCE:
            repair = reworded(unit, field, sentence, new) if (new := _cut(sentence)) else None
            yield found(
                "long_sentence",
                unit.key,
                field,
                judged=sentence,
                repair=repair,
                count=len(sentence),
                text=sentence[:SHOWN],
                most=LONGEST_SENTENCE,
            )
        if field != "aspects.basis":
            yield from _jargon(unit, field, sentence)


def _jargon(unit: Unit, field: str, sentence: str) -> Iterator[Finding]:
    if not (word := _words().search(sentence)):
        return
    own = QUOTED.sub("", sentence)
    if word := _words().search(own):
        plain = PLAIN_WORDS.content[word.group()]
        repair = reworded(unit, field, sentence, _replaced(sentence))
        values = {"word": word.group(), "plain": plain, "text": sentence[: 2 * SHOWN]}
        yield found("jargon", unit.key, field, judged=sentence, repair=repair, **values)


def _replaced(sentence: str) -> str:
    """The sentence with its words of the trade in plain ones, what is quoted as it is."""
    parts, at = [], 0
    for quoted in QUOTED.finditer(sentence):
        parts += [_plain(sentence[at : quoted.start()]), quoted.group()]
        at = quoted.end()
    return "".join((*parts, _plain(sentence[at:])))


def _plain(text: str) -> str:
    return _words().sub(lambda word: str(PLAIN_WORDS.content[word.group()]), text)


@cache
def _words() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(PLAIN_WORDS.content, key=len, reverse=True))))


def _cut(sentence: str) -> str | None:
    """The sentence in two, at the turn next to its middle; None where neither place nor length allows."""
    turns = [turn.start() for turn in TURN.finditer(sentence)]
    if not turns:
        return None
    at = min(turns, key=lambda turn: abs(turn - len(sentence) / 2))
    parts = sentence[:at], sentence[at + 1 :]
    return "。".join(parts) if max(map(len, parts)) <= LONGEST_SENTENCE else None
