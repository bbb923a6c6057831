"""Anger about one's own affair is answered, and is no complaint form; a complaint is one."""

from __future__ import annotations

import pytest
from small_town import answer, said

from foundation.text import normalise, numerals
from knowledge_base.answering.classifier import Label
from knowledge_base.answering.kind_of_talk import kind_of_talk

ANGRY = """你们到底能不能办，我都跑三趟了
我都跑了三趟了还没办成
我来了4回了，每次都说缺材料
到底要跑几次才行
你们能不能一次说清楚
来回折腾我好几趟了，烦死了
等了一个月了，你们到底办不办
你们怎么这么慢啊，我都等两个月了
又让我补材料，有完没完
说好的七天，这都二十天了，到底什么时候能办好
一会儿说要这个一会儿说要那个，到底要什么材料
你们办事效率也太低了吧
白跑一趟，气死我了
怎么又不行，我都改了五遍了
你们耍我呢，上次说可以这次又说不行
急死人了，什么时候才能给我办好
跑断腿了也办不成
到底还要多久，我等得不耐烦了
你们能不能快点，我等了一上午了
办个证怎么这么难啊
這點事拖了半年了，到底給不給辦""".splitlines()
COMPLAINTS = """我要投诉
我要投诉你们，跑了三趟都没办成
你们办事太慢了，让我白跑了四趟，我得反映反映
跑了五趟还办不成，我要一个说法
等了两个月没下文，我要告你们
拖了半年没人管，我要上访
窗口那个人头都不抬，什么态度
我来回跑了三趟，窗口的人还骂我
等了一上午，轮到我了他在玩手机
跑了三趟，原来是要红包才给办
跑了好几趟，他们故意刁难我
等了三天，快递还没送到
隔壁装修砸墙，拖了半年没完没了
开发商交房拖了两年了
物业修个电梯，到底要拖多久
老板拖了三个月工资
我要举报有人乱倒垃圾
建议大厅多开几个窗口，我等了一上午
系统怎么这么慢，老是闪退
给你们提个意见，不要让我们白跑
表扬一下三号窗口，没让我白跑""".splitlines()


def kind(text: str, best: float = 0.0) -> str:
    """What a message comes to that sounds like a complaint."""
    ranked = [Label("complaint", 0.8), Label("ask", 0.2), Label("emergency", 0.0)]
    return kind_of_talk(ranked, numerals(normalise(text)), None, True, best)[0]


@pytest.mark.parametrize("text", ANGRY)
def test_anger_about_ones_own_affair_is_no_complaint(text: str) -> None:
    assert kind(text) == "grievance"


@pytest.mark.parametrize("text", COMPLAINTS)
def test_who_wants_to_complain_or_tells_of_a_wrong_does(text: str) -> None:
    assert kind(text) == "complaint"


@pytest.mark.parametrize("name", ["ask", "status", "insult", "thanks"])
def test_what_does_not_sound_like_a_complaint_stays_what_it_is(name: str) -> None:
    ranked = [Label(name, 0.95), Label("complaint", 0.05), Label("emergency", 0.0)]
    assert kind_of_talk(ranked, "你们到底能不能办，我都跑3趟了", None, False, 0.0)[0] == name


def test_what_is_plainly_asked_is_answered_and_a_person_offered() -> None:
    turn = answer(said("到底能不能给狗登记，我都跑3趟了", "grievance", "dog-registration"))
    assert (turn.answer.kind, turn.answer.id) == ("item", "dog-registration")
    assert "“0”" in turn.answer.text and "我要投诉" in turn.answer.text


def test_else_it_is_apologised_for_and_counts_as_a_miss() -> None:
    turn = answer(said("你们到底能不能办，我都跑3趟了", "grievance"))
    assert turn.answer.kind == "fallback" and turn.answer.text.startswith("对不起")
    assert "“0”" in turn.answer.text and "我要投诉" in turn.answer.text
    assert turn.context.misses == 1


def test_what_was_spoken_of_is_taken_for_what_it_is_about() -> None:
    context = answer(said("……", "ask", "dog-registration")).context
    turn = answer(said("你们到底能不能办，我都跑3趟了", "grievance"), context)
    assert str(context.topic_title) in turn.answer.text
    assert turn.context.topic_id == "dog-registration", "那多少钱 still means it"
