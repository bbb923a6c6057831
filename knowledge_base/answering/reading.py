"""One reading of a message: its topic words, names and hits, and the candidates they make in a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from knowledge_base.answering.classifier import Label, counted
from knowledge_base.answering.context import Context
from knowledge_base.answering.days import only_a_day
from knowledge_base.answering.examples import PLACEHOLDER
from knowledge_base.answering.follow_up import FollowUp, left_behind, merged, staying
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.places import local
from knowledge_base.answering.ranking import Candidate, family_of, rank, surest
from knowledge_base.answering.recent import recent
from knowledge_base.model import UnitKey
from knowledge_base.regions import Regions
from knowledge_base.search.names import Mention
from knowledge_base.search.ranker import Ranker
from knowledge_base.search.snapshot import Hit, Snapshot

CLARIFIED = 0.6
"""How probable a unit is that was offered and is also what a short reply without a question fits best."""

LIKELY, AHEAD = 0.2, 3
"""A correction or a new thing in an old question means a unit this probable that is so many times as probable as the
next: that something like it is meant is known already."""
HALF = 0.5
HARDLY = 0.15
"""A topic of which the whole knowledge base speaks less than this is not known to it."""
FOREIGN = 0.3
"""One of which something speaks more than this may be that of a unit just published, whose words the base has not
counted yet."""
UNKNOWN = 0.1
"""How probable a unit is at most that says little of the new thing named (特困供养呢), however well the rest fits."""


SETTLED = 0.95
"""Words alone settle a question from this probability. They do so for one in five to seven of citizens' questions, and
were wrong about one of 184 on development questions."""


class Reading(NamedTuple):
    """A question as one release reads it."""

    text: str
    topic: str
    mentions: list[Mention]
    hits: list[Hit]

    @property
    def has_topic(self) -> bool:
        return bool(self.mentions) or bool(self.topic)


class Sound(NamedTuple):
    """What the words around the names tell."""

    aspect: Label
    """The most probable one."""
    kinds: tuple[Label, ...]
    """Kinds of talk, most probable first."""


class Locality(NamedTuple):
    """The knowledge base as it holds where a citizen is."""

    snapshot: Snapshot
    regions: Regions
    region: str | None


def read(question: str, snapshot: Snapshot, models: LanguageModels, wholly: bool = False) -> Reading:
    """Read a normalised question and search for what it may mean; `wholly`: by its meaning even if words settle it."""

    def anew() -> Reading:
        reading = heard(question, snapshot, models)
        return reading._replace(hits=hits_of(reading, snapshot, models, wholly))

    found: Reading = recent(snapshot).recall(("reading", question, wholly, models), anew)
    return found


def heard(question: str, snapshot: Snapshot, models: LanguageModels) -> Reading:
    """A reading without hits, which cost most of its time."""
    question = snapshot.mended(question)
    mentions = [mention for part in snapshot.mentions(question) for mention in part]
    return Reading(question, models.topic(question, snapshot.tools.words), mentions, [])


def hits_of(reading: Reading, snapshot: Snapshot, models: LanguageModels, wholly: bool = False) -> list[Hit]:
    """What a reading may mean. The encoder, which costs most of a turn, runs only where words do not settle it."""
    subjects = models.subjects(reading.text, snapshot.tools.words, snapshot.synonyms)
    query = snapshot.query(reading.text, reading.topic, subjects)
    by_words, overlaps = snapshot.tools.by_words, snapshot.overlaps(query)
    if by_words is not None and not wholly:
        hits = snapshot.search(query, overlaps=overlaps)
        if surest(hits, by_words) >= SETTLED:
            return hits
    return snapshot.search(snapshot.encoded(query), overlaps=overlaps)


def judge_of(hits: Sequence[Hit], snapshot: Snapshot) -> Ranker:
    """The ranker for the kind of evidence that hits have."""
    by_words = snapshot.tools.by_words
    return by_words if by_words is not None and hits and hits[0].by_words else snapshot.tools.ranker


def sounds_like(text: str, snapshot: Snapshot, models: LanguageModels) -> Sound:
    """The labels of a text in which names are blanked out."""

    def anew() -> Sound:
        found = counted(text)
        return Sound(models.aspect.rank_counted(found)[0], tuple(models.kind.rank_counted(found)))

    found: Sound = recent(snapshot).recall(("sound", text, models), anew)
    return found


def sound_of(reading: Reading, snapshot: Snapshot, models: LanguageModels) -> Sound:
    """What a reading sounds like, whatever it names."""
    return sounds_like(blank(reading.text, reading.mentions), snapshot, models)


def remembered(context: Context) -> str | None:
    """What the conversation has spoken of, in words; None where nothing, or long ago."""
    return f"{context.question} {context.topic_title or ''}" if context.fresh and context.question else None


def ranked(hits: Sequence[Hit], context: Context, at: Locality) -> tuple[list[Candidate], float]:
    """Order the hits that hold there, in the light of what was spoken of.

    What was offered gets no advantage: a reply that means it is read as a choice, or with the question before.

    Returns:
        The candidates, and how probable it is that what is meant is only known for another place.
    """
    topic = UnitKey(context.topic_kind, context.topic_id) if context.topic_kind and context.topic_id else None
    here = local(hits, at.region, at.snapshot, at.regions)
    ranker = judge_of(hits, at.snapshot)
    candidates = rank(here.hits, ranker, topic)
    if not here.elsewhere:
        return candidates, 0.0
    anywhere = rank([*here.hits, *here.elsewhere], ranker, topic)
    keys = {hit.unit.key for hit in here.elsewhere}
    best_here = max((one.confidence for one in anywhere if one.key not in keys), default=0.0)
    first = anywhere[0]
    return candidates, first.confidence if first.key in keys and first.confidence > 2 * best_here else 0.0


def is_foreign(reading: Reading, snapshot: Snapshot) -> bool:
    """Whether a question names something that stands nowhere in the knowledge base: 钢琴课多少钱."""
    if not reading.topic or reading.mentions or only_a_day(reading.text):
        return False
    most = max((hit.features.covered for hit in reading.hits), default=0.0)
    return most < FOREIGN and not snapshot.has_heard_of(reading.topic)


def in_context(
    leaning: FollowUp, reading: Reading, contrasts: bool, context: Context, at: Locality, models: LanguageModels
) -> tuple[list[Candidate], float]:
    """The candidates of a message and the question before it, taken together.

    Args:
        contrasts: whether it names another thing than the one before: 护照呢.
    """
    joined = read(f"{leaning.before} {reading.text}", at.snapshot, models, wholly=True).hits
    if reading.hits and reading.hits[0].by_words:  # evidence of one kind only can be put together
        reading = reading._replace(hits=hits_of(reading, at.snapshot, models, wholly=True))
    families = {family_of(unit) for key in context.spoken_of if (unit := at.snapshot.get(*key)) is not None}
    left = families if leaning.leaves else left_behind(reading.hits, families) if contrasts else set()
    both = merged(reading.hits, joined) if reading.has_topic else joined  # 快过期了 says nothing by itself
    candidates, elsewhere = ranked(staying(both, left), context, at)
    if not candidates:
        return candidates, elsewhere
    first = candidates[0]
    if leaning.carries and first.key in {(option.kind, option.id) for option in context.offered}:
        candidates[0] = first._replace(confidence=max(first.confidence, CLARIFIED), undecided=False)
    elif contrasts and covered(first, reading) < HALF:
        candidates = [unknown(one) for one in candidates]
    elif leaning.sure and first.family not in families and first.confidence >= max(LIKELY, AHEAD * rival(candidates)):
        candidates[0] = first._replace(confidence=max(first.confidence, CLARIFIED), undecided=False)
    return candidates, elsewhere


def rival(candidates: Sequence[Candidate]) -> float:
    """How probable the best candidate of another family than the first one's is."""
    return next((one.confidence for one in candidates if one.family != candidates[0].family), 0.0)


def unknown(candidate: Candidate) -> Candidate:
    return candidate._replace(
        confidence=min(candidate.confidence, UNKNOWN), among=min(candidate.among, UNKNOWN), undecided=False
    )


def covered(candidate: Candidate, reading: Reading) -> float:
    """How much of a message's own topic a candidate's family speaks of: 1 for as much as any other unit."""
    most = max((hit.features.covered for hit in reading.hits), default=0.0)
    own = [hit.features.covered for hit in reading.hits if family_of(hit.unit) == candidate.family]
    return max(own, default=0.0) / most if most >= HARDLY else 0.0


def sureness(candidates: Sequence[Candidate]) -> float:
    """How probable the best candidate is."""
    return candidates[0].confidence if candidates else 0.0


def blank(text: str, mentions: list[Mention]) -> str:
    """Put the placeholder where names stand, so that a name's own words do not tell kind or aspect."""
    for mention in sorted(mentions, key=lambda one: -one.start):
        if PLACEHOLDER not in text[mention.start : mention.end]:
            text = text[: mention.start] + PLACEHOLDER + text[mention.end :]
    return text
