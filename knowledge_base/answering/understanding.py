"""What a message means: kind of talk, aspect, and the units it may be about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose
from knowledge_base.answering.classifier import counts
from knowledge_base.answering.clauses import correction
from knowledge_base.answering.context import Context
from knowledge_base.answering.examples import PLACEHOLDER
from knowledge_base.answering.follow_up import SHORT, FollowUp, follow_up, left_behind, merged, staying
from knowledge_base.answering.kind_of_talk import emergencies, kind_of_talk
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from knowledge_base.answering.places import REGION, local, named
from knowledge_base.answering.ranking import Candidate, family_of, rank
from knowledge_base.answering.situation_words import reply
from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.regions import NOWHERE, Regions
from knowledge_base.search.names import Mention
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import Hit, Snapshot

LONGEST = 500
"""Characters of a message that are read; the rest of a novel seldom says what is asked."""
CANDIDATES = 20
SURE_ASPECT = 0.4
ENOUGH_ALONE = 0.25
"""A reading in the light of the conversation must be surer than this, where the message might also stand by itself."""


@dataclass(frozen=True)
class Understanding:
    """One message as understood on one release. JSON in, JSON out: Rasa carries it in the parse result."""

    text: str
    """Normalised, at most LONGEST characters."""
    kind: str
    """The kind of talk: ask, ask_office, status, greet …, an intent of data/nlu."""
    kind_confidence: float
    aspect: str | None
    aspect_confidence: float
    has_topic: bool
    """False for 那多少钱, which names no topic of its own."""
    chosen: Option | None
    candidates: tuple[Candidate, ...]
    release: int
    topic: str = ""
    """Its words that may name what it is about."""
    follows: bool = False
    """Whether it was read together with the question before."""
    carries: bool = False
    """Whether it takes over the aspect of that question."""
    region: str | None = None
    """The administrative division that it names."""
    elsewhere: bool = False
    """Whether what is meant is only known for another division than the citizen's."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "kind": self.kind,
            "kind_confidence": self.kind_confidence,
            "aspect": self.aspect,
            "aspect_confidence": self.aspect_confidence,
            "has_topic": self.has_topic,
            "chosen": self.chosen.to_dict() if self.chosen else None,
            "candidates": [
                [one.key.kind, one.key.id, one.family, one.score, list(one.features), one.confidence]
                for one in self.candidates
            ],
            "release": self.release,
            "topic": self.topic,
            "follows": self.follows,
            "carries": self.carries,
            "region": self.region,
            "elsewhere": self.elsewhere,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Understanding:
        chosen = raw["chosen"]
        return cls(
            raw["text"],
            raw["kind"],
            raw["kind_confidence"],
            raw["aspect"],
            raw["aspect_confidence"],
            raw["has_topic"],
            Option(chosen["title"], chosen["id"], chosen["kind"]) if chosen else None,
            tuple(
                Candidate(UnitKey(kind, id), family, score, Features(*features), confidence)
                for kind, id, family, score, features, confidence in raw["candidates"]
            ),
            raw["release"],
            raw["topic"],
            raw["follows"],
            raw["carries"],
            raw["region"],
            raw["elsewhere"],
        )


class Reading(NamedTuple):
    """A question as one release reads it."""

    text: str
    topic: str
    mentions: list[Mention]
    hits: list[Hit]

    @property
    def has_topic(self) -> bool:
        return bool(self.mentions) or bool(self.topic)


def understand(
    message: str, context: Context, snapshot: Snapshot, models: LanguageModels, regions: Regions = NOWHERE
) -> Understanding:
    """Read a message of a conversation against one release. Never raises on any text."""
    text = numerals(shortened(normalise(message)))
    question = strip_fillers(text)
    if not question.strip():
        return Understanding(text, "empty", 1.0, None, 0.0, False, None, (), snapshot.release)
    taken_back = correction(question, before) if (before := remembered(context)) else None
    reading = read(taken_back.meant if taken_back else question, snapshot, models)
    counted = counts([blank(reading.text, reading.mentions)])
    aspect = models.aspect.rank_counted(counted)[0]
    kind = models.kind.rank_counted(counts([question]) if taken_back else counted)
    known = aspect.name != NO_ASPECT and aspect.probability >= SURE_ASPECT
    chosen = choose(text, context.offered) or reply(topic_of(context, snapshot), text, context.offered)

    leaning = follow_up(reading.text, taken_back, context, reading.has_topic, known) if chosen is None else None
    region = named(text, snapshot, regions)
    if region and chosen is None and any(option.kind == REGION for option in context.offered):
        chosen = Option(region, region, REGION)
    at = Locality(snapshot, regions, region or context.region)
    candidates, elsewhere = ranked(reading.hits, context, at)
    if leaning is not None:
        together, elsewhere_together = in_context(leaning, reading, context, at, models)
        if leaning.sure or sureness(together) > max(sureness(candidates), ENOUGH_ALONE):
            candidates, elsewhere = together, elsewhere_together
        else:
            leaning = None
    name, confidence = kind_of_talk(kind, text, chosen, reading.has_topic, max(sureness(candidates), elsewhere))
    if (
        chosen is not None
        and chosen.kind == REGION
        and len(text) <= SHORT
        and not any(one in text for one in emergencies())
    ):
        name, confidence = "choose", 1.0  # 我在西山 names a place, whatever else it sounds like
    if leaning is not None and leaning.carries:
        known = False
    return Understanding(
        text=text,
        kind=name,
        kind_confidence=confidence,
        aspect=aspect.name if known else None,
        aspect_confidence=aspect.probability,
        has_topic=reading.has_topic,
        chosen=chosen,
        candidates=tuple(candidates[:CANDIDATES]),
        release=snapshot.release,
        topic=reading.topic,
        follows=leaning is not None,
        carries=leaning is not None and leaning.carries,
        region=region,
        elsewhere=elsewhere >= ENOUGH_ALONE,
    )


def topic_of(context: Context, snapshot: Snapshot) -> Unit | None:
    """The unit spoken of while it may still be meant, or the item that it belongs to."""
    unit = snapshot.get(context.topic_kind, context.topic_id) if context.topic_kind and context.fresh else None
    return (isinstance(unit, Faq) and snapshot.get("item", unit.item)) or unit


def shortened(text: str) -> str:
    """The beginning and the end of a novel: one tells what it is about, the other what is asked."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"


def read(question: str, snapshot: Snapshot, models: LanguageModels) -> Reading:
    topic = models.topic(question, snapshot.tools.words)
    mentions = [mention for part in snapshot.mentions(question) for mention in part]
    return Reading(question, topic, mentions, snapshot.search(snapshot.query(question, topic)))


def remembered(context: Context) -> str | None:
    """What the conversation has spoken of, in words; None where nothing, or long ago."""
    return f"{context.question} {context.topic_title or ''}" if context.fresh and context.question else None


class Locality(NamedTuple):
    """The knowledge base as it holds where a citizen is."""

    snapshot: Snapshot
    regions: Regions
    region: str | None


def ranked(hits: Sequence[Hit], context: Context, at: Locality) -> tuple[list[Candidate], float]:
    """Order the hits that hold there, in the light of what was spoken of and offered.

    Returns:
        The candidates, and how probable it is that what is meant is only known for another place.
    """
    topic = UnitKey(context.topic_kind, context.topic_id) if context.topic_kind and context.topic_id else None
    offered = {UnitKey(option.kind, option.id) for option in context.offered}
    here = local(hits, at.region, at.snapshot, at.regions)
    ranker = at.snapshot.tools.ranker
    candidates = rank(here.hits, ranker, topic, offered)
    if not here.elsewhere:
        return candidates, 0.0
    first = rank(hits, ranker, topic, offered)[0]
    return candidates, first.confidence if first.key in here.elsewhere else 0.0


def in_context(
    leaning: FollowUp, reading: Reading, context: Context, at: Locality, models: LanguageModels
) -> tuple[list[Candidate], float]:
    """The candidates of a message and the question before it, taken together."""
    joined = read(f"{leaning.before} {reading.text}", at.snapshot, models).hits
    families = {family_of(unit) for key in context.spoken_of if (unit := at.snapshot.get(*key)) is not None}
    left = families if leaning.leaves else left_behind(reading.hits, families) if leaning.carries else set()
    both = merged(reading.hits, joined) if reading.has_topic else joined  # 快过期了 says nothing by itself
    return ranked(staying(both, left), context, at)


def sureness(candidates: Sequence[Candidate]) -> float:
    """How probable the best candidate is."""
    return candidates[0].confidence if candidates else 0.0


def blank(text: str, mentions: list[Mention]) -> str:
    """Put the placeholder where names stand, so that a name's own words do not tell kind or aspect."""
    for mention in sorted(mentions, key=lambda one: -one.start):
        if PLACEHOLDER not in text[mention.start : mention.end]:
            text = text[: mention.start] + PLACEHOLDER + text[mention.end :]
    return text
