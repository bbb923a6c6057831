"""Answer, ask back, or say honestly that it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from knowledge_base.answering.ranking import Candidate

ANSWER_AT, FAQ_AT = 0.5, 0.53
"""From this probability a unit is answered from. An answer from a guide begins with the name of its item, so that a
wrong one is seen at a glance; a wrong FAQ reads as if it were right. Set on development questions so that at most one
in twenty is answered wrongly: a wrong answer costs a citizen a day, asking back a tap."""
OFFER_AT = 0.27
"""How probable it must be that the one meant is among those offered, to ask back rather than to admit not to know."""
MOST_OPTIONS = 4
NEAR = 0.45
"""Candidates whose score is this near to the best one's are asked about together."""
OWN_QUESTION, OWN_WORDS = 0.02, 0.1
"""By how much a FAQ must fit better than its item to be preferred when an aspect is asked: in meaning; in words, where
nothing else was compared."""


class Decision(NamedTuple):
    outcome: Literal["answer", "options", "fallback"]
    candidates: tuple[Candidate, ...]
    """The one answered from, or those offered, best first."""


def decide(candidates: Sequence[Candidate], aspect: str | None) -> Decision:
    """Judge ranked candidates; members of one family count as one, represented by `representative`."""
    families: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        families.setdefault(candidate.family, []).append(candidate)
    best = [representative(members, aspect) for members in families.values()]
    if not best:
        return Decision("fallback", ())
    first = next(iter(families.values()))[0]
    sure = first.confidence >= (FAQ_AT if best[0].key.kind == "faq" else ANSWER_AT)
    if sure and not first.undecided:
        return Decision("answer", (best[0]._replace(confidence=first.confidence),))
    near = [one for one, members in zip(best, families.values()) if members[0].score >= first.score - NEAR]
    offered = tuple(near[:MOST_OPTIONS]) if len(near) > 1 else tuple(best[:2])
    if sure or first.among >= OFFER_AT:
        return Decision("options", offered)
    return Decision("fallback", offered)


def representative(members: Sequence[Candidate], aspect: str | None) -> Candidate:
    """Of an item and its FAQs: the FAQ only when the question is clearly its own, the item for an aspect."""
    item = next((one for one in members if one.key.kind == "item"), None)
    first = members[0]
    if item is None or first is item:
        return first
    return first if aspect is None or is_its_own(first, item) else item


def is_its_own(faq: Candidate, item: Candidate) -> bool:
    """Whether a question is clearly that of a FAQ, and not for an aspect of its item."""
    one, other = faq.features, item.features
    if not one.asked and not other.asked:  # words have settled the question, or there is no encoder
        return one.like_grams - other.like_grams >= OWN_WORDS
    return one.asked - other.asked >= OWN_QUESTION
