"""Questions: answered from the knowledge base, asked back, or honestly not known."""

from __future__ import annotations

from dataclasses import replace

from knowledge_base.answering.answer import Answer, Option, listed
from knowledge_base.answering.choice import pointed
from knowledge_base.answering.context import EARLIER, Context
from knowledge_base.answering.decision import ANSWER_AT, decide
from knowledge_base.answering.follow_up import POINTS, SHORT, asks_for_paper, names_another
from knowledge_base.answering.offers import offer, offer_again
from knowledge_base.answering.package_wording import with_packages
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.places import REGION, region_question, to_ask, unit_for
from knowledge_base.answering.situation_words import known, mentioned
from knowledge_base.answering.situations import SITUATION, with_choice
from knowledge_base.answering.turn import Turn, miss, subject, topic_of
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.validity import current, prefer_in_force
from knowledge_base.answering.wording import Occasion, word
from knowledge_base.model import Package, ServiceItem, Unit
from knowledge_base.model.values import Choices
from knowledge_base.search.snapshot import Snapshot

BELOW_THE_TOPIC = 0.9
"""A question for an aspect with hardly any words of its own (周六能去不), or with words of one's own life (我走不开，
老公帮我弄行不), is about what was spoken of before, unless another unit is more probable than this."""
FEW_WORDS = 4
BARE, WHOLLY = 5, 0.95
"""Characters of a message that is a bare word, and the share of it that units must speak of."""
OF_ONES_OWN = ("proxy", "online", "contact")
BY_CIRCUMSTANCES = (*OF_ONES_OWN, "hours")
"""Aspects asked for with words of one's own life, which name nothing else; hours only where the words are known."""


def answer_question(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the knowledge base, or offer, or admit not to know."""
    topic = subject(context, snapshot, said.aspect)
    if not said.has_topic and not said.follows:
        if said.aspect is not None and topic is None and len(context.offered) > 1:
            return offer_again(said.aspect, context)
        if said.aspect is None or topic is None:
            unknown = Answer("fallback", phrase("no_topic", **occasion.fill()), aspect=said.aspect)
            return miss(unknown, replace(context, question=said.text, aspect=said.aspect), occasion)
        if context.fresh:
            return tell(topic, said.aspect, 1.0, said, context, snapshot, occasion)
        return still_meant(topic, said.aspect, context, occasion)
    if topic is not None and context.fresh and about_topic(said, topic):
        return tell(topic, said.aspect, 1 - certainty(said), said, context, snapshot, occasion)
    aspect = said.aspect or (context.aspect if said.carries else None)
    decision = decide(prefer_in_force(said.candidates, occasion.day, snapshot), aspect)
    if decision.outcome == "fallback" and is_bare(said):
        decision = decision._replace(outcome="options")
    if said.elsewhere:
        return holds_elsewhere(None, aspect, context, occasion)
    if decision.outcome == "answer":
        best = decision.candidates[0]
        return tell(snapshot.units[best.key], aspect, best.confidence, said, context, snapshot, occasion)
    if topic is not None and context.fresh and maybe_topic(said, topic):
        return still_meant(topic, said.aspect, context, occasion)
    return offer(decision, said, aspect, context, snapshot, occasion)


def is_bare(said: Understanding) -> bool:
    """身份证, 公积金: a word and no more, of which several units speak; what of it is meant can only be asked."""
    return len(said.text) <= BARE and len(said.candidates) > 1 and said.candidates[1].features.covered >= WHOLLY


def about_topic(said: Understanding, topic: Unit) -> bool:
    """Whether a question asks for an aspect of what was spoken of: 我走不开，老公帮我弄行不, 周六能去不."""
    if said.aspect == "materials" and asks_for_paper(said.text):
        return True
    if not maybe_topic(said, topic):
        return False
    few = len(said.topic) <= FEW_WORDS or bool(POINTS.search(said.text))
    if not few and said.aspect not in BY_CIRCUMSTANCES:
        return False
    return certainty(said) < (BELOW_THE_TOPIC if few or len(said.text) <= SHORT else ANSWER_AT)


def maybe_topic(said: Understanding, topic: Unit) -> bool:
    """Whether a question may still be about what was spoken of: it names no other service."""
    if said.aspect in (None, "overview", "process") or said.follows or said.named:
        return False
    if said.foreign and said.aspect not in OF_ONES_OWN:
        return False
    if len(said.text) <= SHORT and isinstance(topic, ServiceItem) and mentioned(topic, said.text):
        return True  # 外地户口能上吗 names a situation of the topic
    return not names_another(said.text, said.topic, topic.title)


def still_meant(topic: Unit, aspect: str | None, context: Context, occasion: Occasion) -> Turn:
    """Ask whether a topic of long ago is meant."""
    options = (Option.of(topic),)
    answer = Answer("fallback", listed(phrase("still_meant"), options), aspect=aspect, options=options)
    return miss(answer, replace(context, aspect=aspect), occasion)


def choose(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the option that was picked out."""
    unit = snapshot.get(said.chosen.kind, said.chosen.id) if said.chosen else None
    aspect = said.aspect if said.aspect and pointed(said.text, context.offered) else context.aspect
    if any(option.kind == SITUATION for option in ((said.chosen and (said.chosen,)) or context.offered)):
        unit = subject(context, snapshot)  # a number that was not offered asks for the situation again
    elif said.chosen is not None and said.chosen.kind == REGION:
        unit = topic_of(context, snapshot)
        context = replace(context, region=said.chosen.id)
    elif any(option.kind == REGION for option in context.offered) and said.chosen is None:
        unit = topic_of(context, snapshot)
    if unit is not None:
        return tell(unit, aspect, 1.0, said, context, snapshot, occasion)
    if said.chosen is None and context.offered:
        return offer_again(context.aspect, context, "no_such_option")
    return miss(Answer("fallback", phrase("no_topic", **occasion.fill())), context, occasion)


def tell(
    unit: Unit,
    aspect: str | None,
    confidence: float,
    said: Understanding,
    context: Context,
    snapshot: Snapshot,
    occasion: Occasion,
) -> Turn:
    """Answer from a unit, or from what holds in its stead today and where the citizen is; it becomes the topic."""
    if divisions := to_ask(unit, context.region, occasion.day, snapshot, occasion.regions):
        return ask_region(unit, aspect, divisions, said, context)
    here_holds = unit_for(unit, context.region, occasion.day, snapshot, occasion.regions)
    if here_holds is None:
        return holds_elsewhere(unit, aspect, context, occasion)
    unit = current(here_holds, occasion.day, snapshot)
    choices = choices_in(unit, said, context) if isinstance(unit, ServiceItem) else {}
    occasion = replace(occasion, asked=said.text, at=context.region)
    answer = with_packages(word(unit, aspect, confidence, snapshot, occasion, choices), unit, snapshot, occasion)
    if isinstance(unit, Package):
        aspect = answer.aspect  # 要办哪些手续 was answered by the steps: the step that is chosen is told in general
    told = replace(about(unit, aspect, said, context), offered=answer.options, choices=choices)
    return Turn(answer, told)


def about(unit: Unit, aspect: str | None, said: Understanding, context: Context) -> Context:
    """The conversation with a unit as its topic."""
    here = (unit.kind, unit.id)
    return Context(
        topic_kind=unit.kind,
        topic_id=unit.id,
        topic_title=unit.title,
        aspect=aspect,
        question=remember(said, unit, context),
        earlier=tuple(one for one in context.spoken_of if one != here)[:EARLIER],
        region=context.region,
    )


def ask_region(
    unit: Unit, aspect: str | None, divisions: tuple[Option, ...], said: Understanding, context: Context
) -> Turn:
    """Ask for the citizen's division, on which the answer depends."""
    answer = region_question(unit, aspect, divisions)
    return Turn(answer, replace(about(unit, aspect, said, context), offered=divisions))


def holds_elsewhere(unit: Unit | None, aspect: str | None, context: Context, occasion: Occasion) -> Turn:
    """Nothing is known for the citizen's division, and another's rule is not told."""
    text = phrase("region_none", **occasion.fill())
    answer = Answer("fallback", text, aspect=aspect, title=unit.title if unit else None)
    return miss(answer, context, occasion)


def choices_in(item: ServiceItem, said: Understanding, context: Context) -> Choices:
    """What is known of the citizen's situation in an item: said before, picked out, or in this message's words."""
    before = context.choices if context.spoken_of[:1] == ((item.kind, item.id),) else {}
    if said.chosen is None:
        return known(item, before, "" if said.kind == "ask_office" else said.text)  # 周末上班吗 tells of no work
    if said.chosen.kind == SITUATION:
        return with_choice(before, said.chosen)
    return known(item, before, context.question or "")


def remember(said: Understanding, unit: Unit, context: Context) -> str | None:
    """The question as later ones may lean on it."""
    if said.chosen is not None or said.follows:
        return f"{said.text} {unit.title}" if said.chosen is None else unit.title
    return said.text if said.has_topic else context.question


def certainty(said: Understanding) -> float:
    """How probable the best candidate is."""
    return said.candidates[0].confidence if said.candidates else 0.0
