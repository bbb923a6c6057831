"""Messages that lean on what was said before: 护照呢, 签注, 不是补办，是到期换, 那中间有没有能先用着的.

Such a message is searched together with the question before it, and the evidence of both readings counts half each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from knowledge_base.answering.clauses import Correction, asks, without
from knowledge_base.answering.context import Context
from knowledge_base.answering.ranking import family_of
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import Hit

SAYS_AS_MUCH = 0.9
"""A topic before that speaks of a new thing less than this, measured by the unit that does most, is left behind."""
SHORT = 14
"""A message that asks nothing of its own and is no longer than this takes over what was asked before."""
LEANS = re.compile(
    r"^(?:那|这|然后|所以|可是|但|如果|要是|万一|还|又|再|它|另)"
    r"|[这那](?:个|张|笔|份|样|种|么|段|期间|时候)|它|中间|期间|之前|之后|以后|完了?[就再还那]|完(?:了|以后|之后)|刚才|上面|先用"
)
SUBJECT = re.compile(
    r"[证照]|登记|许可|备案|审批|年检|[补津]贴|补助|救助|保险|社保|公积金|贷款|户口|资格|执照|公证|认定|签注|税|牌"
)
"""Words that make up the names of services: 酒类许可证要什么材料 is not about the topic before, whatever that was."""

POINTS = re.compile(r"(?:这|那|该)(?:个|张|本|种|份)?(?:证件?|卡|本子?|事|业务|东西|表|手续|补贴|钱|牌)|它")
"""这个证 is what was spoken of."""


class FollowUp(NamedTuple):
    """How a message leans on the conversation."""

    before: str
    """The question before, less what is taken back."""
    carries: bool
    """Whether it takes over the aspect."""
    leaves: bool
    """Whether the topic before is certainly not meant any more."""
    sure: bool
    """False: it only leans on what was said before if that makes it clearer."""


def follow_up(
    meant: str, taken_back: Correction | None, context: Context, topic: str | None, aspect_sure: float
) -> FollowUp | None:
    """How a message leans on the conversation; None for one that stands by itself.

    Args:
        meant: normalised, without fillers and without what it takes back.
        taken_back: what it takes back.
        topic: its words that may name a topic; None where it names a unit outright.
        aspect_sure: how sure it is that it asks for some aspect.
    """
    before = context.question
    if before is None or not context.fresh:
        return None
    own = asks(meant, aspect_sure)
    if taken_back is not None:
        if own and topic == "":
            return None  # 不是问材料，是问多少钱: the topic stays
        return FollowUp(without(before, taken_back.denied), not own, taken_back.leaves, sure=True)
    if (not own and len(meant) <= SHORT) or is_bare_tail(meant):
        return FollowUp(before, carries=True, leaves=False, sure=True)
    short = topic is not None and len(meant) <= SHORT and not SUBJECT.search(topic)
    if topic != "" and (short or (LEANS.search(meant) and len(meant) <= 2 * SHORT)):
        return FollowUp(before, carries=False, leaves=False, sure=False)
    return None


def is_bare_tail(meant: str) -> bool:
    """身份证也丢了，身份证: two or three short clauses that ask nothing (呢 is taken off before)."""
    clauses = [clause for clause in re.split(r"[,，。;；!！?？\s]+", meant) if clause]
    return 1 < len(clauses) <= 3 and len(clauses[-1]) <= 8 and len(meant) <= 2 * SHORT and not any(map(asks, clauses))


def merged(alone: Sequence[Hit], joined: Sequence[Hit]) -> list[Hit]:
    """The mean of two readings' evidence; what one of them did not find counts there as its weakest hit."""
    if not alone or not joined:
        return [*alone, *joined]
    by_key = {hit.unit.key: hit for hit in (*alone, *joined)}
    one, other = ({hit.unit.key: hit.features for hit in hits} for hits in (alone, joined))
    weakest, its = (Features(*map(min, zip(*found.values()))) for found in (one, other))
    return [
        Hit(hit.unit, Features(*((a + b) / 2 for a, b in zip(one.get(key, weakest), other.get(key, its)))))
        for key, hit in by_key.items()
    ]


BRING = re.compile(
    r"(?:要不要|用不用|需不需要)(?:带|交|提供|准备|拿)|(?:带|交|提供|准备|拿).{0,6}(?:吗|不|么|没|行不行)$"
)
WHICH = re.compile(r"[什甚]么|啥|哪|多少|几|咩")


def asks_for_paper(text: str) -> bool:
    """户口本要不要带: the paper that it names is wanted for the topic, and is not the topic."""
    return len(text) <= SHORT and bool(BRING.search(text.rstrip(" ?？呢啊呀"))) and not WHICH.search(text)


def left_behind(alone: Sequence[Hit], spoken_of: Collection[str]) -> set[str]:
    """Families of topics before of which a new name says too little: after 身份证 the question 护照呢 leaves them."""
    most = max((hit.features.covered for hit in alone), default=0.0)
    told: dict[str, float] = {}
    for hit in alone:
        family = family_of(hit.unit)
        told[family] = max(told.get(family, 0.0), hit.features.covered)
    return {family for family in spoken_of if told.get(family, 0.0) < SAYS_AS_MUCH * most}


def staying(hits: Sequence[Hit], left: Collection[str]) -> list[Hit]:
    return [hit for hit in hits if family_of(hit.unit) not in left]


def names_another(text: str, topic: str, title: str) -> bool:
    """Whether a message names a service other than the one with this title.

    Args:
        topic: the words of the text that may name one.
    """
    named = (topic[max(0, found.start() - 1) : found.end()] for found in SUBJECT.finditer(topic))
    return not POINTS.search(text) and any(name not in title for name in named)
