"""From evidence to candidates: one score a unit, and the probability that it is the one meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from foundation.text import normalise
from knowledge_base.answering.looking_up import BEHIND, asks_to_see, looks_up
from knowledge_base.model import Faq, ServiceItem, Unit, UnitKey
from knowledge_base.search.ranker import FEW, RIVALS, Features, Ranker, Signs, signs
from knowledge_base.search.snapshot import Hit
from knowledge_base.search.words import grams

TOPIC_BONUS = 0.05
WEIGHED = 24
"""Families whose probability is looked at; what comes after them is hardly ever meant, and is left out."""
SAME_QUESTION = 0.999
"""Likeness from which a question stands word for word among those of a unit."""
SURE = 0.97
"""How probable that makes the unit, where no other has the same one: the ranker learns from questions that are left
out of the index, so it has never seen one that is in it."""

SIBLINGS = 8
"""Units after the first that are looked at for siblings."""
NAMED_ALIKE = 0.2
"""Share of n-grams that the names of siblings have in common."""
AS_NEAR, AS_LIKELY = 0.1, 7
"""By how much a sibling may lie behind, and how many times less probable it may be."""

BRIEF = 45
"""N-grams of a question of some twenty characters, in which each word counts: 农药经营许可怎么申请. A story says much
beside."""
SPEAKS_OF_IT = 0.6
ANOTHER = 0.45
"""How probable a unit is at most that speaks of less than that share both of what distinguishes the service named and
of all that a brief question says: 食品经营许可 has only the common words of 农药经营许可."""

HARDLY, UNHEARD_OF = 0.15, 0.1
"""To stand out among next to no others says nothing: in a knowledge base of one FAQ whatever is asked would mean that
one. A unit that speaks of less than this share of the question's words is at most so probable there."""


class Candidate(NamedTuple):
    """A unit that may be meant."""

    key: UnitKey
    family: str
    """The service item it belongs to, or itself: members of one family do not compete."""
    score: float
    features: Features
    confidence: float
    """How probable it is that this unit's family is the one meant."""
    among: float = 0.0
    """How probable it is that the one meant is among the first few families; the same for all."""
    undecided: bool = False
    """Whether the question leaves open which of it and its siblings is meant; told of the first alone."""


def rank(hits: Sequence[Hit], ranker: Ranker, topic: UnitKey | None = None) -> list[Candidate]:
    """Order the hits by weighted evidence, and say how sure each is; the first families of them.

    Args:
        topic: what the conversation is about; breaks near ties.
    """
    scored = in_order(hits, ranker, topic)
    chances, among = chances_of(scored, ranker)
    same = asked_word_for_word(scored)
    leaders = {name: (score, hit) for score, name, hit in reversed(scored) if name in chances}
    undecided = leaves_open(sorted(leaders.values(), key=lambda pair: -pair[0]), chances) and len(same) != 1
    candidates: list[Candidate] = []
    for score, name, hit in scored:
        if name not in chances:
            continue
        confidence = chances[name]
        if same == {name}:
            confidence, among = max(confidence, SURE), max(among, SURE)
        open_ = undecided and not candidates
        candidates.append(Candidate(hit.unit.key, name, score, hit.features, confidence, among, open_))
    return candidates


def surest(hits: Sequence[Hit], ranker: Ranker) -> float:
    """How probable the first candidate of `rank` is, without the others; 0 for none."""
    scored = in_order(hits, ranker)
    if not scored:
        return 0.0
    name = scored[0][1]
    confidence = chances_of(scored, ranker, 1)[0][name]
    return max(confidence, SURE) if asked_word_for_word(scored) == {name} else confidence


def in_order(hits: Sequence[Hit], ranker: Ranker, topic: UnitKey | None = None) -> list[tuple[float, str, Hit]]:
    """The score of each hit and its family, the best first."""
    scores = ranker.scores([hit.features for hit in hits])
    if topic is not None:
        scores = [score + (TOPIC_BONUS if hit.unit.key == topic else 0.0) for score, hit in zip(scores, hits)]
    if hits and not asks_to_see(hits[0].question):
        scores = [score - BEHIND if looks_up(hit.unit.title) else score for score, hit in zip(scores, hits)]
    order = sorted(range(len(hits)), key=lambda i: (-scores[i], hits[i].unit.kind, hits[i].unit.id))
    return [(scores[i], family_of(hits[i].unit), hits[i]) for i in order]


def asked_word_for_word(scored: Sequence[tuple[float, str, Hit]]) -> set[str]:
    """The families one of whose questions is the very one."""
    return {name for _, name, hit in scored if hit.features.like_grams >= SAME_QUESTION}


def chances_of(
    scored: Sequence[tuple[float, str, Hit]], ranker: Ranker, most: int = WEIGHED
) -> tuple[dict[str, float], float]:
    """How probable each of the first families is, and that the right one is among the first few; `scored` is sorted."""
    leaders: dict[str, float] = {}
    evidence: dict[str, list[Features]] = {}
    for score, name, hit in scored:
        if name not in leaders:
            leaders[name] = score
            if len(leaders) <= most:
                evidence[name] = []
        if name in evidence:
            evidence[name].append(hit.features)
    ordered = list(leaders.values())
    brief = bool(scored) and 0 < len(scored[0][2].question) <= BRIEF
    chances, among = {}, 0.0
    for place, (name, score) in enumerate(islice(leaders.items(), most)):
        others = [*ordered[:place], *ordered[place + 1 : RIVALS + 1]][:RIVALS]
        found = signs(score, best_of(evidence[name]), others)
        unheard = says_nothing(found) if len(others) < FEW else not (found.asked or found.covered or found.named)
        highest = UNHEARD_OF if unheard else 1.0
        chances[name] = min(ranker.right.probability(found), ANOTHER if brief and is_another(found) else 1.0, highest)
        if place == 0:
            among = min(ranker.among.probability(found), highest)
    return chances, among


def is_another(found: Signs) -> bool:
    """Whether a unit is about another service than the one named, which has its common words alone."""
    return found.subject < SPEAKS_OF_IT and found.covered < SPEAKS_OF_IT and not found.named


def says_nothing(found: Signs) -> bool:
    """Whether a unit speaks of hardly any word of the question."""
    return found.covered < HARDLY and not found.named


def leaves_open(leaders: Sequence[tuple[float, Hit]], chances: Mapping[str, float]) -> bool:
    """Whether nothing in the question tells the first unit from a sibling that is as near.

    Siblings are named nearly alike (弩的购置审批, 弩的运输审批). What distinguishes one is what its name has and the
    other's has not; a question that has neither may mean both. Where only the sibling's name says more (亲属关系公证,
    用于继承的亲属关系公证), the plain one is meant. Services of one name are offered with what theirs alone has.
    """
    if not leaders or not (question := leaders[0][1].question):
        return False
    score, first = leaders[0]
    sure = chances[family_of(first.unit)]
    name = grams_of_name(first.unit.title)
    for other, hit in leaders[1 : SIBLINGS + 1]:
        its = grams_of_name(hit.unit.title)
        alike = len(name & its) / max(len(name | its), 1) >= NAMED_ALIKE
        near = score - other <= AS_NEAR and chances[family_of(hit.unit)] * AS_LIKELY >= sure
        apart = bool(name - its and its - name) and question.isdisjoint(name ^ its)
        if near and (are_namesakes(first.unit, hit.unit) or (alike and apart)):
            return True
    return False


@lru_cache(maxsize=4096)
def grams_of_name(title: str) -> frozenset[str]:
    return frozenset(grams(normalise(title)))


def are_namesakes(one: Unit, other: Unit) -> bool:
    """Whether two services of one place have the same name."""
    both = isinstance(one, ServiceItem) and isinstance(other, ServiceItem)
    return both and (one.title, one.region) == (other.title, other.region)


def best_of(members: Sequence[Features]) -> Features:
    """The best evidence of a family's members, kind by kind."""
    return Features(*map(max, zip(*members)))


def family_of(unit: Unit) -> str:
    """A service item and its FAQs are one family."""
    # isinstance is slow for pydantic's classes, and each search asks for two hundred.
    return f"item:{unit.item}" if type(unit) is Faq and unit.item else f"{unit.kind}:{unit.id}"
