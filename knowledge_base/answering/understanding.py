"""What a message means: kind of talk, aspect, and the units it may be about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose, none_of_them, not_offered, pointed
from knowledge_base.answering.classifier import Label
from knowledge_base.answering.clauses import CLEAR, correction
from knowledge_base.answering.context import Context
from knowledge_base.answering.days import asks_for_opening, only_a_day
from knowledge_base.answering.decision import ANSWER_AT, OFFER_AT
from knowledge_base.answering.follow_up import SHORT, follow_up
from knowledge_base.answering.kind_of_talk import is_danger, kind_of_talk, plain_courtesy
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from knowledge_base.answering.places import REGION, named
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.reading import (
    HALF,
    Locality,
    Reading,
    covered,
    heard,
    in_context,
    is_foreign,
    ranked,
    read,
    remembered,
    sound_of,
    sounds_like,
    sureness,
)
from knowledge_base.answering.several import several
from knowledge_base.answering.situation_words import reply
from knowledge_base.answering.understood import Understanding
from knowledge_base.model import Faq, Office, Unit
from knowledge_base.regions import NOWHERE, Regions
from knowledge_base.search.snapshot import Snapshot

__all__ = ["ASKING", "LONGEST", "Understanding", "says_more", "understand"]

LONGEST = 500
"""Characters of a message that are read; the rest of a novel seldom says what is asked."""
CANDIDATES = 20
SURE_ASPECT = 0.4
ASKING = ("ask", "correct")
REPLIES = ("choose", "feedback_wrong", "status", "deny", "affirm", "out_of_scope", "chitchat")
"""What a short reply to an offer (第一次办的那种, 新办的，以前没有过) may sound like."""
NEVER_LEANS = (
    *("emergency", "handover", "complaint", "grievance", "thanks", "goodbye", "repeat", "more"),
    *("mine", "remind", "stop_reminding"),
)
PLAINLY_MEANT = 0.7
"""How sure a reading with the question before must be to outweigh that a message sounds like something else."""
CONTRAST = re.compile(r"[呢咧哩嘞][?？。!！ ]*$")
OWN_SERVICES = {
    "status": re.compile("(?:办[事件理]|申[请报])?进[度展]|办理情况"),
    "complaint": re.compile("投诉|举报|信访"),
}
"""Some offices have services that are themselves about this: 建筑业企业资质办事进度查询, 食品违法行为举报奖励."""
NEVER_A_DAY = ("emergency", "handover", "choose", "empty")
MASKED = re.compile("⟦[^⟦⟧]{0,40}⟧")
"""What stands for an identifier tells nothing of what is asked."""
SAYS = re.compile(r"[^\W_]|[^\x00-\xff\u2000-\u206f\u3000-\u303f\uff00-\uffef]")
"""A letter, a digit, or a picture: marks alone say nothing."""
NUMBER = re.compile(r"\W*[0-9]+\W*")
ENOUGH_ALONE = ANSWER_AT
"""A reading in the light of the conversation must be surer than this, where the message might also stand by itself."""


def understand(
    message: str, context: Context, snapshot: Snapshot, models: LanguageModels, regions: Regions = NOWHERE
) -> Understanding:
    """Read a message of a conversation against one release. Never raises on any text."""
    text = numerals(shortened(normalise(message)))
    question = strip_fillers(MASKED.sub(" ", text).strip())
    if not SAYS.search(question):
        return Understanding(text, "empty", 1.0, None, 0.0, False, None, (), snapshot.release)
    before = remembered(context)
    taken_back = correction(question, before) if before else None
    reading = read(taken_back.meant if taken_back else question, snapshot, models)
    sound = sound_of(reading, snapshot, models)
    aspect = sound.aspect
    kind = sounds_like(question, snapshot, models).kinds if taken_back else sound.kinds
    chosen = choose(text, context.offered) or reply(topic_of(context, snapshot), text, context.offered)
    if chosen is None and (first := pointed(text, context.offered)):
        asked = heard(first.question, snapshot, models)
        about = sound_of(asked, snapshot, models).aspect
        if not asked.has_topic and tells(about):
            chosen, aspect = first.option, about
    known = tells(aspect)

    region = named(text, snapshot, regions)
    if region and chosen is None and any(option.kind == REGION for option in context.offered):
        chosen = Option(region, region, REGION)
    at = Locality(snapshot, regions, region or context.region)
    candidates, elsewhere = ranked(reading.hits, context, at)
    name, confidence = kind_of_talk(kind, text, chosen, reading.has_topic, max(sureness(candidates), elsewhere))
    if name in OWN_SERVICES and candidates and is_own_service(name, reading.text, candidates[0], snapshot):
        name = "ask"
    lone_number = bool(NUMBER.fullmatch(question)) and name not in ("emergency", "handover")
    if lone_number:
        name = "choose"
    elif name == "choose" and chosen is None and not context.offered and reading.has_topic:
        name = "ask"
    if name == "out_of_scope" and len(reading.topic) <= 2 and aspect.probability >= CLEAR and before:
        name = "ask"  # 一个月多少钱 is out of scope only where nothing was spoken of
    parts = several(question, at, models) if name in ASKING and taken_back is None else ()
    foreign = is_foreign(reading, snapshot)
    leaning = None
    if parts:
        candidates = list(parts[0].candidates) or candidates
    elif chosen is None and not (lone_number or stands_alone(name, confidence) or (foreign and not taken_back)):
        topic = None if reading.mentions else reading.topic
        leaning = follow_up(reading.text, taken_back, context, topic, aspect.probability)
    if leaning is not None:
        contrasts = leaning.carries and not leaning.leaves and (bool(reading.mentions) or bool(CONTRAST.search(text)))
        together, elsewhere_together = in_context(leaning, reading, contrasts, context, at, models)
        if name in ASKING and (
            leaning.sure or (says_more(together, candidates) and covered(together[0], reading) >= HALF)
        ):
            candidates, elsewhere = together, elsewhere_together
        elif name not in ASKING and outweighs(name, together, reading, context):
            candidates, elsewhere, name = together, elsewhere_together, "ask"
        else:
            leaning = None
    if answer := reply_kind(text, chosen, context) if name != "handover" else None:
        name, confidence = answer, 1.0
    if leaning is not None and leaning.carries:
        known = False
    if name not in NEVER_A_DAY and about_a_day(text, context, snapshot):
        name, known = "ask_office", False
    return Understanding(
        text=text,
        kind=name,
        kind_confidence=confidence,
        aspect=parts[0].aspect if parts else aspect.name if known else None,
        aspect_confidence=aspect.probability,
        has_topic=reading.has_topic,
        chosen=chosen,
        candidates=tuple(candidates[:CANDIDATES]),
        release=snapshot.release,
        named=bool(reading.mentions),
        topic=reading.topic,
        follows=leaning is not None,
        carries=leaning is not None and leaning.carries,
        region=region,
        elsewhere=elsewhere >= ENOUGH_ALONE,
        foreign=foreign,
        further=tuple((part.aspect, part.candidates[:CANDIDATES]) for part in parts[1:]),
    )


def tells(aspect: Label) -> bool:
    """Whether an aspect is asked for."""
    return aspect.name != NO_ASPECT and aspect.probability >= SURE_ASPECT


def stands_alone(kind: str, confidence: float) -> bool:
    """Whether a message of this kind is never read with the question before."""
    return kind in NEVER_LEANS or plain_courtesy(kind, confidence)


def is_own_service(kind: str, text: str, first: Candidate, snapshot: Snapshot) -> bool:
    """Whether a message that sounds like a complaint, say, asks for a service of that name, and for no other."""
    unit = snapshot.units[first.key]
    bare, found = OWN_SERVICES[kind].subn(" ", unit.title)
    if not found or unit.kind != "item" or first.confidence < OFFER_AT:
        return False
    return any(pair.isalnum() and pair in text for pair in map("".join, pairwise(bare)))


def says_more(together: Sequence[Candidate], alone: Sequence[Candidate]) -> bool:
    """Whether a message is clearer together with the question before, or worth asking back about only so."""
    if not together:
        return False
    if sureness(together) > max(sureness(alone), ENOUGH_ALONE):
        return True
    return together[0].among >= OFFER_AT and (not alone or alone[0].among < OFFER_AT)


def outweighs(kind: str, together: Sequence[Candidate], reading: Reading, context: Context) -> bool:
    """Whether what a message means together with the question before outweighs what kind of talk it sounds like."""
    if sureness(together) < PLAINLY_MEANT:
        return False
    answers_the_offer = bool(context.offered) and kind in REPLIES and reading.has_topic
    return answers_the_offer or (kind != "status" and covered(together[0], reading) >= HALF)


def about_a_day(text: str, context: Context, snapshot: Snapshot) -> bool:
    """国庆呢 after a question for hours, 那周末上班吗: nothing but a day on which somewhere may be open."""
    if not only_a_day(text):
        return False
    hours = context.fresh and context.aspect == "hours"
    return hours or asks_for_opening(text) or isinstance(topic_of(context, snapshot), Office)


def topic_of(context: Context, snapshot: Snapshot) -> Unit | None:
    """The unit spoken of while it may still be meant, or the item that it belongs to."""
    unit = snapshot.get(context.topic_kind, context.topic_id) if context.topic_kind and context.fresh else None
    return (isinstance(unit, Faq) and snapshot.get("item", unit.item)) or unit


def reply_kind(text: str, chosen: Option | None, context: Context) -> str | None:
    """The kind of talk of a reply to what was offered, where it can be told from the offer alone."""
    if is_danger(text):
        return None
    if chosen is not None and chosen.kind == REGION and len(text) <= SHORT:
        return "choose"  # 我在西山 names a place, whatever else it sounds like
    if chosen is None and none_of_them(text, context.offered):
        return "feedback_wrong"
    return "choose" if chosen is None and not_offered(text, context.offered) else None


def shortened(text: str) -> str:
    """The beginning and the end of a novel: one tells what it is about, the other what is asked."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
