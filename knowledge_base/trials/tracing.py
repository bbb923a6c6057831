"""How an answer came about: what was read in the message, who might have been meant and why, and what decided."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from foundation.text import strip_fillers
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.classifier import Label, counted
from knowledge_base.answering.context import Context
from knowledge_base.answering.decision import ANSWER_AT, FAQ_AT, OFFER_AT
from knowledge_base.answering.models import NO_ASPECT
from knowledge_base.answering.places import REGION
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.reading import blank, heard
from knowledge_base.answering.situations import SITUATION
from knowledge_base.answering.understanding import ASKING, Understanding
from knowledge_base.model import Unit
from knowledge_base.search.ranker import Features, Ranker
from knowledge_base.search.snapshot import Snapshot
from knowledge_base.trials.answerer import Answerer, Moment, Told
from knowledge_base.trials.expectations import FROM_UNITS

SHOWN = 8
KINDS, ASPECTS = 4, 3

Answered = Literal["kind", "chosen", "office", "topic", "sure"]
AskedBack = Literal["situation", "region", "siblings", "among"]
NotKnown = Literal["elsewhere", "no_topic", "validity", "foreign", "unsure"]
Reason = Answered | AskedBack | NotKnown
"""What decided, in one word."""


class Sign(NamedTuple):
    """One kind of evidence for a unit."""

    name: str
    """Of `Features`."""
    value: float
    """0 … 1."""
    share: float
    """What it adds to the score: the value times its weight."""


@dataclass(frozen=True)
class Weighed:
    """A unit that might have been meant, and the evidence for it."""

    unit: Unit
    candidate: Candidate
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Trace:
    """The last turn of a conversation."""

    told: Told
    milliseconds: float
    """That understanding and answering it took."""
    spelled: str
    """The message with slips spelled as the knowledge base has them, where it differs from `told.said.text`; or ""."""
    officially: str
    """The message with synonyms in the office's words, in which it counts, too; "" where that is the same."""
    names: tuple[str, ...]
    """Names of units that stand in it."""
    kinds: tuple[Label, ...]
    """What the classifier takes it for, most probable first; rules may know better."""
    aspects: tuple[Label, ...]
    by_words: bool
    """Whether words alone settled it, so that the encoder did not run."""
    weighed: tuple[Weighed, ...]
    reason: Reason
    threshold: float
    """The probability that had to be reached."""
    others: tuple[Told, ...] = ()
    """The turns before."""


def trace(
    answerer: Answerer, turns: Sequence[str], snapshot: Snapshot, moment: Moment, region: str | None = None
) -> Trace:
    """Ask, and look into how the last turn was answered. `turns` has at least one."""
    before = answerer.converse(turns[:-1], snapshot, moment, region)
    began = time.perf_counter()
    told = answerer.turn(turns[-1], before[-1].after if before else Context(region=region), snapshot, moment)
    spent = (time.perf_counter() - began) * 1000
    said = told.said
    question = strip_fillers(said.text)
    reading = heard(question, snapshot, answerer.models)
    found = counted(blank(reading.text, reading.mentions))
    aspects = [one for one in answerer.models.aspect.rank_counted(found) if one.name != NO_ASPECT]
    ranker, by_words = ranker_of(said.candidates, snapshot)
    return Trace(
        told=told,
        milliseconds=spent,
        spelled=reading.text if reading.text != question else "",
        officially=official if (official := snapshot.synonyms.officially(reading.text)) != reading.text else "",
        names=tuple(dict.fromkeys(reading.text[one.start : one.end] for one in reading.mentions)),
        kinds=tuple(answerer.models.kind.rank_counted(found)[:KINDS]),
        aspects=tuple(aspects[:ASPECTS]),
        by_words=by_words,
        weighed=tuple(weigh(one, ranker, snapshot) for one in said.candidates[:SHOWN]),
        reason=reason_of(said, told.answer),
        threshold=threshold(said, told.answer),
        others=tuple(before),
    )


def ranker_of(candidates: Sequence[Candidate], snapshot: Snapshot) -> tuple[Ranker, bool]:
    """The ranker that judged these, and whether it is the one for words alone although there is an encoder."""
    tools = snapshot.tools
    meant = any(one.features.asked or one.features.said for one in candidates)
    return (tools.ranker, False) if tools.by_words is None or meant or not candidates else (tools.by_words, True)


def weigh(candidate: Candidate, ranker: Ranker, snapshot: Snapshot) -> Weighed:
    """A candidate with what each kind of evidence adds to its score."""
    signs = [
        Sign(name, value, value * weight)
        for name, value, weight in zip(Features._fields, candidate.features, ranker.weights)
        if weight
    ]
    return Weighed(snapshot.units[candidate.key], candidate, tuple(signs))


def reason_of(said: Understanding, answer: Answer) -> Reason:
    """What decided the answer."""
    first = said.candidates[0] if said.candidates else None
    if said.chosen is not None:
        return "chosen"
    if said.kind not in (*ASKING, "ask_office"):
        return "kind"
    if answer.kind == "form":
        return "region" if answer.id == REGION else "kind"
    if answer.kind == "options":
        if answer.id is not None or any(option.kind == SITUATION for option in answer.options):
            return "situation"
        return "siblings" if first is not None and first.undecided else "among"
    if answer.kind == "office" and said.kind == "ask_office":
        return "office"
    if answer.kind in FROM_UNITS:
        own = first is not None and (answer.kind, answer.id) in {one.key for one in said.candidates[:SHOWN]}
        return "sure" if own and first is not None and first.confidence >= ANSWER_AT else "topic"
    if said.elsewhere:
        return "elsewhere"
    if not said.has_topic and not said.follows:
        return "no_topic"
    if first is not None and first.confidence >= threshold(said, answer):
        return "validity"
    return "foreign" if said.foreign else "unsure"


def threshold(said: Understanding, answer: Answer) -> float:
    """The probability that the first candidate needed to be answered from, or else to be offered."""
    if answer.kind == "options" or (answer.kind == "fallback" and not said.candidates):
        return OFFER_AT
    told = answer.kind if answer.kind in FROM_UNITS else said.candidates[0].key.kind if said.candidates else None
    return FAQ_AT if told == "faq" else ANSWER_AT
