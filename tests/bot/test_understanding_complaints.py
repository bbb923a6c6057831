"""Which messages are for the forms about complaints, and which are not though one is active."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from actions.complaints import status_state
from actions.complaints.draft import FORM, SLOT, Draft
from bot.components.understanding import in_a_form
from knowledge_base.answering.answer import Option
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.understanding import Understanding
from knowledge_base.model import UnitKey
from knowledge_base.search.ranker import Features

KNOWN = Candidate(UnitKey("item", "passport"), "item", 1.0, Features(*[0.0] * len(Features._fields)), 0.95, 0.95)
EMPTY, TOLD = Draft("SQ", kind="complaint"), Draft("SQ", kind="complaint", what="物业乱收费")
PLACED = Draft("SQ", kind="complaint", what="物业乱收费", where="", when="")
WHOLE = Draft("SQ", kind="complaint", what="物业乱收费", where="", when="", contact="")


def said(text: str, kind: str, aspect: str | None = None, chosen: Option | None = None) -> Understanding:
    known = (KNOWN,) if aspect else ()
    return Understanding(text, kind, 0.9, aspect, 0.9 if aspect else 0.0, False, chosen, known, 1)


def tracker(draft: Draft | None = None, *events: Event) -> DialogueStateTracker:
    names = (SLOT, status_state.SLOT)
    slots = [AnySlot(name, mappings=[{"type": "custom"}], influence_conversation=False) for name in names]
    begun: list[Event] = []
    if draft is not None:
        begun = [ActiveLoop(FORM), SlotSet(SLOT, draft.to_slots()[SLOT])]
    return DialogueStateTracker.from_events("web:a", [*begun, *events], slots)


@pytest.mark.parametrize(
    ("draft", "text", "kind", "aspect", "intent"),
    [
        # What is told, whatever it sounds like.
        (EMPTY, "他上班的时候一直玩手机，我等了半个小时", "ask", "duration", "inform"),
        (EMPTY, "小区门口的路灯坏了半年怎么没人修", "ask", None, "inform"),
        (EMPTY, "我打了你们人工客服电话一直没人接", "handover", None, "inform"),
        (EMPTY, "我的低保材料交上去半年了没动静，窗口还推来推去", "status", None, "inform"),
        (EMPTY, "你们这些人太不像话了，骂我不识字", "insult", None, "inform"),
        (EMPTY, "对门把煤气罐放楼道里太危险了", "emergency", None, "inform"),
        (EMPTY, "等了三个月没有下文，也不回话", "status", None, "inform"),
        (TOLD, "上个月", "status", None, "inform"),
        (TOLD, "人民路12号阳光小区", "out_of_scope", None, "inform"),
        (TOLD, "不知道", "deny", None, "inform"),
        (TOLD, "跳过", "chitchat", None, "inform"),
        (TOLD, "每天晚上", "emergency", None, "inform"),
        (PLACED, "⟦phone:7f3a⟧", "empty", None, "inform"),
        (PLACED, "打我电话⟦phone:7f3a⟧", "handover", None, "inform"),
        (WHOLE, "确认提交", "affirm", None, "inform"),
        (WHOLE, "1", "choose", None, "inform"),
        (WHOLE, "不对", "feedback_wrong", None, "inform"),
        (WHOLE, "好的", "thanks", None, "inform"),
        (PLACED, "没有", "thanks", None, "inform"),
        (Draft("SQ"), "表扬", "praise", None, "inform"),
        (WHOLE, "我的举报怎么样了", "status", None, "case_status"),
        # Leaving.
        (EMPTY, "算了", "deny", None, "cancel"),
        (WHOLE, "不投诉了", "complaint", None, "cancel"),
        (PLACED, "不想说", "deny", None, "inform"),
        # Questions and courtesies in the middle.
        (EMPTY, "补办护照要多少钱", "ask", "fee", None),
        (TOLD, "护照要带什么材料", "ask", "materials", None),
        (WHOLE, "你们上班吗", "ask_office", "hours", None),
        (TOLD, "谢谢", "thanks", None, None),
        (EMPTY, "你好", "greet", None, None),
        (TOLD, "我的护照办到哪了", "status", None, None),
        (TOLD, "再说一遍", "repeat", None, None),
        # Never for a form.
        (EMPTY, "0", "handover", None, None),
        (TOLD, "转人工", "handover", None, None),
        (TOLD, "家里着火了快来人", "emergency", None, None),
        (TOLD, "对门把煤气罐放楼道里太危险了", "emergency", None, None),
    ],
)
def test_in_the_middle(draft: Draft, text: str, kind: str, aspect: str | None, intent: str | None) -> None:
    assert in_a_form(text, said(text, kind, aspect), tracker(draft)) == intent


@pytest.mark.parametrize(
    ("text", "kind", "intent"),
    [
        ("我要求助", "ask", "complaint"),
        ("我要表扬窗口的小王", "praise", "complaint"),
        ("我要投诉", "complaint", "complaint"),
        ("我要投诉，着火了", "emergency", None),
        ("我要投诉噪音该找哪个部门", "ask", None),
        ("我的投诉办到哪了", "status", "case_status"),
        ("查一下我的诉求", "complaint", "case_status"),
        ("我反映的路灯问题有结果了吗", "status", "case_status"),
        ("我的护照办到哪了", "status", None),
        ("SQ-4827-1935-55", "emergency", "case_status"),
        ("查SQ4827193555", "ask", "case_status"),
        ("SQ-4827-1935-60", "ask", "status"),
        ("SLS2026-110412-0087", "ask", "status"),
        ("算了", "deny", None),
    ],
)
def test_what_begins_which_form(text: str, kind: str, intent: str | None) -> None:
    assert in_a_form(text, said(text, kind), tracker()) == intent


def test_an_option_of_a_question_in_the_middle_is_the_questions() -> None:
    chosen = Option("护照", "passport", "item")
    assert in_a_form("1", said("1", "choose", chosen=chosen), tracker(WHOLE)) is None


def test_once_more_means_what_was_said_last() -> None:
    def utterance(kind: str) -> Any:
        return BotUttered("…", {"custom": {"answer": {"kind": kind}}})

    repeat = said("再说一遍", "repeat")
    assert in_a_form("再说一遍", repeat, tracker(TOLD, utterance("item"), utterance("form"))) == "inform"
    assert in_a_form("再说一遍", repeat, tracker(TOLD, utterance("form"), utterance("item"))) is None


def test_praise_is_the_matter_of_praise() -> None:
    praise = Draft("SQ", kind="praise")
    assert in_a_form("谢谢大姐", said("谢谢大姐", "thanks"), tracker(praise)) == "inform"
