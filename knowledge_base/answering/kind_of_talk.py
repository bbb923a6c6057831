"""The kind of talk of a message: what the classifier says, and the few rules that come before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from foundation.text import squash
from knowledge_base.answering.answer import Option
from knowledge_base.answering.classifier import Label
from knowledge_base.answering.grievances import KIND as GRIEVANCE
from knowledge_base.answering.grievances import is_grievance

SURE = 0.5
KNOWN_QUESTION = 0.75
"""A unit this probable is asked for, where the words sound like another kind of talk, but not surely."""
CERTAIN = 0.9
"""… and one as probable as this however they sound."""
OF_AN_APPLICATION = frozenset({"status", "mine", "remind", "stop_reminding"})
EVEN_IF_KNOWN = frozenset({"ask_office", "handover", "complaint"}) | OF_AN_APPLICATION
"""These are meant also where the knowledge base has something on their subject: 我要投诉噪音扰民."""
REQUESTS = frozenset({"remind", "stop_reminding"})
ASKS_HOW = re.compile("怎么|咋|如何|什么|啥|哪|几天|多久|会不会|会.{0,8}[吗么]")
"""办好了怎么通知我 is no request."""
ASKS_WHO = re.compile("归谁|谁来?管|[哪什][个么](?:部门|单位)|[找去到]哪|[找向跟]谁|打[哪什][个么]电话|电话是?多少")
"""投诉噪音找哪个部门 wants to know the way."""
PLAINLY_STATUS = 0.8
"""许可证快到期了 sounds a little like talk of an application; less sure than this, a certain unit is asked for."""
COURTESIES = frozenset({"greet", "goodbye", "thanks", "praise", "insult", "bot_challenge"})
COURTESY_AT, PLAINLY = 0.6, 0.9
"""What names something is one of these only where it is this sure: 没丢，就是磁条坏了 is no farewell; and where it is
as sure as the second it is no question, whatever was spoken of."""
SOMEBODY = re.compile(r"谁[呀啊吗呢?？ ]*$")
THE_ASSISTANT = re.compile(
    "[你您咱]|ni|这[里边是]|那[边头]|机器|人工|真人|智能|客服|助手|跟我|和我|同我|在[说回讲聊]|说话|回[答复]"
)
EMERGENCIES = Path(__file__).with_name("emergencies.yml")
EMERGENCY_AT = 0.35
"""An emergency is acted on well before it is the most probable reading, unless a unit is plainly asked for."""
EMERGENCY_IF_OVER = 0.6
"""… but not so soon where the danger seems to be over: 家里被水淹了有没有补助."""


def kind_of_talk(
    ranked: Sequence[Label], text: str, chosen: Option | None, has_topic: bool, best: float
) -> tuple[str, float]:
    """The kind of talk and how sure it is.

    Args:
        ranked: what the classifier says, most probable first.
        text: the normalised message.
        chosen: the option that it picks out.
        has_topic: whether it names anything.
        best: how probable the best unit is.
    """
    if text.strip("。. ") in ("0", "零"):  # "回0转人工": the classifier knows no lone digit
        return "handover", 1.0
    if is_danger(text):
        return "emergency", 1.0
    emergency = next((label.probability for label in ranked if label.name == "emergency"), 0.0)
    first = ranked[0].name == "emergency"
    likely = emergency >= EMERGENCY_AT or first if best < KNOWN_QUESTION else emergency >= SURE and first
    if likely and (emergency >= EMERGENCY_IF_OVER or not is_over(text)) and not only_sounds_so(text):
        return "emergency", emergency
    if chosen is not None:
        return "choose", 1.0
    unmeant = REQUESTS | {"emergency"} if ASKS_HOW.search(text) else {"emergency"}
    name, confidence = next(label for label in ranked if label.name not in unmeant)
    doubtful = name not in EVEN_IF_KNOWN and (confidence < SURE or best >= CERTAIN)
    doubtful |= name in OF_AN_APPLICATION and confidence < PLAINLY_STATUS and best >= CERTAIN
    if name != "ask" and doubtful and has_topic and best >= KNOWN_QUESTION:
        return "ask", best
    if name == "complaint" and best >= KNOWN_QUESTION and ASKS_WHO.search(text):
        return "ask", best
    if name == "complaint" and is_grievance(text):
        return GRIEVANCE, confidence
    if name == "bot_challenge" and SOMEBODY.search(text) and not THE_ASSISTANT.search(text):
        return "out_of_scope", confidence  # 科长是谁 asks for somebody else
    if name in COURTESIES and confidence < COURTESY_AT and has_topic:
        idle = next((label.probability for label in ranked if label.name == "chitchat"), 0.0)
        return ("chitchat", confidence + idle) if confidence + idle >= COURTESY_AT else ("ask", confidence)
    return name, confidence


def plain_courtesy(kind: str, confidence: float) -> bool:
    """Whether a message is plainly a greeting, thanks or the like."""
    return kind in COURTESIES and confidence >= PLAINLY


def is_danger(text: str) -> bool:
    """Whether words alone say that somebody is in danger now; the classifier may see more, but must not see less."""
    words = emergencies()
    said = words.without_others(squash(text))

    def says(part: Sequence[str]) -> bool:
        return any(word in said for word in part)

    return says(words.always) or (says(words.danger) and not is_over(text))


def only_sounds_so(text: str) -> bool:
    """Whether something that sounds like danger befalls a thing, and nobody: 身份证掉河里了."""
    said = squash(text)
    return emergencies().without_others(said) != said


def is_over(text: str) -> bool:
    """Whether words say that something is asked about a danger of the past."""
    said, words = squash(text), emergencies()
    return any(word in said for word in words.past) and not any(word in said for word in words.now)


class Emergencies(NamedTuple):
    """The words of `emergencies.yml` by part; `sounds`, `things` and `somebody` are regular expressions."""

    sounds: Sequence[str]
    things: Sequence[str]
    somebody: str
    always: Sequence[str]
    danger: Sequence[str]
    past: Sequence[str]
    now: Sequence[str]

    def without_others(self, said: str) -> str:
        """A squashed text without what only sounds like danger."""
        for sound in self.sounds:
            said = re.sub(sound, "", said)
        for thing in () if re.search(self.somebody, said) else self.things:
            said = re.sub(thing, "", said)
        return said


@lru_cache(maxsize=1)
def emergencies() -> Emergencies:
    """The words of `emergencies.yml`."""
    return Emergencies(**yaml.safe_load(EMERGENCIES.read_text(encoding="utf-8")))
