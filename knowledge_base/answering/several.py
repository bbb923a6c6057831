"""Two questions in one message: two aspects of one thing (多少钱，几天能拿到), or two things that are both clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from knowledge_base.answering.clauses import questions
from knowledge_base.answering.context import Context
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.reading import Locality, Reading, heard, hits_of, ranked, sound_of, sureness

MOST = 3
CLEAR_ASPECT = 0.6
"""How sure the aspect of each part must be where the parts share one topic."""
CLEAR_TOPIC = 0.7
"""How sure each of two topics must be, each part taken alone."""


class Part(NamedTuple):
    """One of the questions of a message."""

    text: str
    aspect: str | None
    candidates: tuple[Candidate, ...]
    """What it may be about; empty: the same as the question before it."""


def several(question: str, at: Locality, models: LanguageModels) -> tuple[Part, ...]:
    """The questions of a message that asks more than one; empty for one that does not, or not clearly.

    Conservative: a story with two question words in it is one question.
    """
    parts = questions(question)
    if not 2 <= len(parts) <= MOST:
        return ()
    readings = [heard(part, at.snapshot, models) for part in parts]
    labels = [sound_of(reading, at.snapshot, models).aspect for reading in readings]
    if len({"overview" if name == "process" else name for name, _ in labels}) < len(labels):
        one_each = False
    else:
        one_each = all(name != NO_ASPECT and sure >= CLEAR_ASPECT for name, sure in labels)
    if one_each and not any(reading.has_topic for reading in readings[1:]):
        return tuple(Part(reading.text, name, ()) for reading, (name, _) in zip(readings, labels))
    return two_topics(readings, [name for name, _ in labels], one_each, at, models)


def two_topics(
    readings: Sequence[Reading], aspects: Sequence[str], one_each: bool, at: Locality, models: LanguageModels
) -> tuple[Part, ...]:
    """The parts where both name what they are about, and each is clear by itself."""
    if len(readings) != 2 or not all(reading.has_topic for reading in readings):
        return ()
    found = [ranked(hits_of(reading, at.snapshot, models), Context(), at)[0] for reading in readings]
    if min(map(sureness, found)) < CLEAR_TOPIC:
        return ()
    if found[0][0].family == found[1][0].family and not one_each:
        return ()
    return tuple(
        Part(reading.text, None if aspect == NO_ASPECT else aspect, tuple(candidates))
        for reading, aspect, candidates in zip(readings, aspects, found)
    )
