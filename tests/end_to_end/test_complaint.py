"""投诉, 建议, 举报, 求助, 表扬 with the trained assistant, through REST: filed, numbered, asked for, kept secret."""

from __future__ import annotations

import re
from typing import Any

import pytest
from city import City, Conversation, Said
from sqlalchemy import select

from actions.complaints.sentences import sentence
from desk import cases
from desk.case_numbers import number_in
from desk.case_tables import cases as table
from desk.cases import Case
from foundation.cipher import Cipher

pytestmark = pytest.mark.slow

PHONE = "13912345678"
MATTER, PLACE, WHEN = "他上班的时候一直玩手机，我等了半个小时", "市民中心二楼", "上周三下午三点左右"


def is_form(said: Said) -> bool:
    return (said.kind, said.answer["id"]) == ("form", "complaint")


def filed(city: City, said: Said) -> Case:
    """The case that an acknowledgement tells of."""
    assert said.kind == "complaint", said
    number = number_in(said.text)
    assert number is not None and said.answer["case"]["number"] == number
    with city.database.read() as tx:
        found = cases.find(tx, number)
    assert found is not None
    return found


def count(city: City) -> int:
    with city.database.read() as tx:
        return len(tx.execute(select(table.c.id)).all())


def tell(conversation: Conversation, *texts: str) -> Said:
    """Several turns, each for the form but the last; returns the last reply."""
    *before, last = [conversation.say(text) for text in texts]
    assert all(map(is_form, before)), [(said.kind, said.text) for said in before]
    return last


def test_from_the_wish_to_the_number(city: City, conversation: Conversation) -> None:
    said = tell(conversation, "我要投诉窗口工作人员", MATTER, PLACE, WHEN, PHONE, "确认提交")
    case = filed(city, said)
    assert (case.kind, case.state, case.place, case.happened) == ("complaint", "registered", PLACE, WHEN)
    assert MATTER in case.what and case.conversation is not None and "以受理部门答复为准" in said.text
    with city.database.read() as tx:
        cipher = Cipher(bytes.fromhex(city.environment["ZHENGWU_SECRET_KEY"]))
        assert cases.private_of(tx, cipher, case).contact == PHONE
    before = count(city)
    conversation.say("确认提交")
    assert count(city) == before


@pytest.mark.parametrize(
    ("texts", "kind", "department"),
    [
        (
            ("楼下烧烤店没证，半夜还在外头摆摊，油烟呛得人睡不着，我要举报", "跳过", "每天晚上", "匿名", "1"),
            "report",
            "生态环境",
        ),
        (("我要反映", "4", "孩子户口一直上不了", "西山区", "不留", "好"), "help", "综合受理"),
        (("建议大厅给老年人开个绿色通道", "不留", "确认提交"), "suggestion", "综合受理"),
        (("我要表扬", "三号窗口的大姐帮我填了半天表，谢谢她", "跳过", "没问题"), "praise", "综合受理"),
        (("窗口上班时间玩手机，我要投速", "大厅", "今天", "不方便", "提交"), "complaint", "综合受理"),
        (("我要頭訴", "物業亂收費", "東湖小區", "上個月", "唔留", "不留", "確認提交"), "complaint", "住房和城乡建设"),
    ],
)
def test_each_kind(city: City, conversation: Conversation, texts: tuple[str, ...], kind: str, department: str) -> None:
    case = filed(city, tell(conversation, *texts))
    assert (case.kind, case.department, case.has_contact) == (kind, department, False)


def test_after_a_question_it_is_the_topics_department(city: City, conversation: Conversation) -> None:
    conversation.say("教师资格认定要什么材料")
    said = tell(conversation, "我要投诉", "等了三个月没有下文，也不回话", "跳过", "跳过", "跳过", "好")
    assert filed(city, said).department == "教育"


def test_a_question_in_the_middle(city: City, conversation: Conversation) -> None:
    tell(conversation, "我要投诉", MATTER)
    question = conversation.say("补办身份证要多少钱")
    assert (question.kind, question.answer["id"], len(question.messages)) == ("item", "resident-id-replacement", 1)
    assert question.text.endswith(sentence("waiting", kind="投诉", next=sentence("waiting_next.where")))
    assert conversation.say("那要几天").answer["id"] == "resident-id-replacement"
    case = filed(city, tell(conversation, PLACE, "跳过", "跳过", "确认提交"))
    assert MATTER in case.what and case.place == PLACE and "身份证" not in case.what


@pytest.mark.parametrize(
    "text",
    [
        "我打了你们人工客服电话一直没人接，打了十几次",
        "小区门口的路灯坏了半年怎么没人修",
        "你们这些人太不像话了，骂我不识字",
    ],
)
def test_a_story_is_a_story_whatever_it_sounds_like(city: City, conversation: Conversation, text: str) -> None:
    tell(conversation, "我要投诉", text)
    assert text in filed(city, tell(conversation, "跳过", "跳过", "跳过", "确认提交")).what


def test_leaving_and_coming_back(city: City, conversation: Conversation) -> None:
    before = count(city)
    assert tell(conversation, "我要投诉", MATTER, PLACE, "算了").text == sentence("left")
    assert not is_form(conversation.say("谢谢")) and count(city) == before
    assert conversation.say("我要投诉").text == sentence("ask_what.complaint")


@pytest.mark.parametrize(
    ("text", "kind"), [("家里着火了快来人", "emergency"), ("转人工", "handover"), ("0", "handover")]
)
def test_what_cannot_wait_comes_first_and_loses_nothing(city: City, text: str, kind: str) -> None:
    conversation = city.conversation()
    tell(conversation, "我要投诉", MATTER, PLACE)
    said = conversation.say(text)
    assert said.kind == kind and said.text.endswith(sentence("parting", kind="投诉", wish="投诉"))
    if kind == "emergency":
        assert said.text.index("110") < said.text.index("投诉")
        assert sentence("ask_when") in conversation.say("我要投诉").text
        assert filed(city, tell(conversation, "跳过", "跳过", "确认提交")).place == PLACE


def test_what_only_sounds_like_danger_gets_the_numbers_and_goes_on(city: City, conversation: Conversation) -> None:
    conversation.say("我要投诉")
    said = conversation.say("对门把煤气罐放楼道里太危险了")
    assert is_form(said) and said.text.startswith(sentence("danger")) and said.text.endswith(sentence("ask_where"))
    assert "煤气罐" in filed(city, tell(conversation, "跳过", "每天晚上", "跳过", "确认提交")).what


def test_three_failures_end_it(conversation: Conversation) -> None:
    tell(conversation, "我要投诉", MATTER, "跳过", "跳过", "跳过")
    last = [conversation.say("呃") for _ in range(3)][-1]
    assert last.kind == "fallback" and "12345" in last.text and "“0”" in last.text
    assert sentence("resumed", kind="投诉") in conversation.say("我要投诉").text


@pytest.mark.parametrize(
    ("text", "id"), [("噪音扰民归谁管", "noise-nuisance"), ("我要投诉噪音该找哪个部门", "noise-nuisance")]
)
def test_who_asks_which_office_is_told(conversation: Conversation, text: str, id: str) -> None:
    said = conversation.say(text)
    assert (said.kind, said.answer["id"]) == ("referral", id)


def told(said: Said) -> dict[str, Any]:
    assert said.kind == "status", said
    application: dict[str, Any] = said.answer["application"]
    assert application.keys() == {"number", "state", "state_text", "events", "expected_on"}
    return application


def test_what_has_become_of_it(city: City, conversation: Conversation) -> None:
    case = filed(city, tell(conversation, "我要投诉", MATTER, PLACE, WHEN, PHONE, "确认提交"))
    assert told(conversation.say("我的投诉办到哪了"))["state"] == "registered"
    assert told(conversation.say(case.number))["state_text"] == "已登记"
    elsewhere = city.conversation()
    asked = elsewhere.say("我的投诉办到哪了")
    assert (asked.kind, asked.answer["id"]) == ("form", "status")
    assert elsewhere.say(f"编号是{case.number}").kind == "form"
    wrong = elsewhere.say("0000")
    assert wrong.kind == "form" and case.number not in wrong.text
    assert told(elsewhere.say(PHONE[-4:]))["state"] == "registered"


def test_a_message_sent_twice_files_once(city: City, conversation: Conversation) -> None:
    tell(conversation, "我要投诉", MATTER, "跳过", "跳过", "跳过")
    before = count(city)
    first = city.post(conversation.sender, "确认提交", "message-1")
    second = city.post(conversation.sender, "确认提交", "message-1")
    assert first.body == second.body and count(city) == before + 1


def test_a_worker_killed_at_the_filing_files_once(city: City) -> None:
    """The number that the citizen reads is the one that is filed, however often the turn was run."""
    import os
    import signal
    from threading import Thread

    conversation = city.conversation()
    tell(conversation, "我要投诉", MATTER, "跳过", "跳过", "跳过")
    before, said = count(city), []
    thread = Thread(target=lambda: said.append(conversation.say("确认提交")))
    thread.start()
    os.kill(city.worker_pid(), signal.SIGKILL)
    thread.join(120)
    assert count(city) == before + 1 and filed(city, said[0]).what == MATTER


def test_from_the_shell(city: City) -> None:
    done = city.zhengwu("ask", "我要建议", "多开几个窗口", "不留", "确认提交")
    assert re.search(r"SQ-\d{4}-\d{4}-\d\d", done.stdout)
