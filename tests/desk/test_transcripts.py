"""The transcript of a conversation with a person, for the citizen whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, hire
from sqlalchemy.engine import Connection

from desk import handovers, speech, transcripts
from desk.handovers import Request
from foundation import dialogue
from foundation.database import Database

ASKED = """聊天记录
把记录发给我
请把聊天记录发给我
把聊天记录发我一份
我要聊天记录
我想要一份刚才的聊天记录
给我发一份聊天记录
聊天记录发我一下
你把我们的对话记录都发给我看看
导出聊天记录
能不能把刚才的对话记录发给我
可以给我聊天记录吗？
麻烦您把今天和工作人员的聊天记录发给我，谢谢！
查看聊天记录
聊天紀錄
我要咨询记录
我想看看刚才的聊天内容""".splitlines()
ABOUT_SOMETHING_ELSE = """聊天记录能当证据吗
我不要聊天记录
聊天记录会保存多久
我把聊天记录发给你
我把聊天记录发给你们看
微信聊天记录怎么公证
把记录发给我爱人
记录
我要开无犯罪记录证明
咨询记录号是多少
把缴费记录发给我
社保缴费记录怎么打印
聊天记录丢了
我有聊天记录
离婚能用聊天记录吗""".splitlines()


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang", "户政")
        yield tx


@pytest.mark.parametrize("text", ASKED)
def test_it_is_asked_for_in_many_words(text: str) -> None:
    assert transcripts.wanted(text)


@pytest.mark.parametrize("text", ABOUT_SOMETHING_ELSE)
def test_what_asks_for_more_is_no_wish_for_it(text: str) -> None:
    assert not transcripts.wanted(text)


def heard(tx: Connection, text: str, minutes: float, conversation: str = "web:a") -> None:
    dialogue.append(tx, conversation, [dialogue.heard(text, "web", NOW + timedelta(minutes=minutes))])


def talk(tx: Connection, conversation: str = "web:a", close: bool = True, *, from_minute: float = 0) -> None:
    """The wish for a person, a question, an answer, the end."""

    def at(minutes: float) -> timedelta:
        return timedelta(minutes=from_minute + minutes)

    heard(tx, "早先问机器人的话", from_minute - 30, conversation)
    dialogue.append(tx, conversation, [dialogue.told("机器人早先的回答", NOW + at(-29), {})])
    heard(tx, "转人工", from_minute - 0.01, conversation)
    found = handovers.open_handover(tx, Request(conversation, "web", "asked"), NOW + at(0))
    handovers.take(tx, found.id, "wang", NOW + at(1))
    speech.hear(tx, found, "我的电话是⟦phone:7f3a⟧，身份证丢了", NOW + at(2))
    speech.say(tx, found, "wang", "请带户口簿来。", f"k{found.id}", NOW + at(3), "K7M2-4Q9D")
    if close:
        handovers.end(tx, found.id, "wang", NOW + at(5))
        heard(tx, "办结以后问机器人的话", from_minute + 6, conversation)


def test_who_said_what_and_when_and_under_which_number(tx: Connection) -> None:
    talk(tx)
    told = transcripts.transcript(tx, "web:a", NOW + timedelta(minutes=60)).split("\n")
    assert told[0].startswith("您和工作人员的聊天记录（11月") and "10:05" in told[0]
    assert told[1].startswith("11月")
    assert told[2] == "9:59 您：转人工"
    assert "10:02 您：我的电话是（手机号），身份证丢了" in told
    name = next(line for line in told if "户口簿" in line)
    assert name.startswith("10:03 工作人员") and name.endswith("请带户口簿来。（咨询记录号K7M2-4Q9D）")
    assert not [line for line in told if "机器人的" in line or "⟦" in line], (
        "what was said before and after is none of it"
    )


def test_while_a_person_speaks_it_goes_up_to_now(tx: Connection) -> None:
    talk(tx, close=False)
    told = transcripts.transcript(tx, "web:a", NOW + timedelta(minutes=8))
    assert "10:08" in told.split("\n")[0] and "请带户口簿来。" in told


def test_the_last_conversation_counts_and_nobody_elses(tx: Connection) -> None:
    talk(tx, "web:b")
    assert "还没有" in transcripts.transcript(tx, "web:a", NOW)
    talk(tx, "web:a")
    talk(tx, "web:a", from_minute=24 * 60)
    told = transcripts.transcript(tx, "web:a", NOW + timedelta(days=2))
    assert told.count("请带户口簿来。") == 1
    tomorrow = (NOW + timedelta(days=1)).day
    assert told.split("\n")[1] == f"11月{tomorrow}日"


def test_who_waited_in_vain_has_none(tx: Connection) -> None:
    found = handovers.open_handover(tx, Request("web:a", "web", "asked"), NOW)
    assert "聊天记录（" in transcripts.transcript(tx, "web:a", NOW)
    handovers.withdraw(tx, found.id, NOW, "back")
    assert "还没有" in transcripts.transcript(tx, "web:a", NOW)


def test_of_a_very_long_one_the_end_is_given(tx: Connection) -> None:
    found = handovers.open_handover(tx, Request("web:a", "web", "asked"), NOW)
    for n in range(60):
        speech.hear(tx, found, f"第{n}句" + "长" * 200, NOW + timedelta(minutes=n))
    told = transcripts.transcript(tx, "web:a", NOW + timedelta(hours=2))
    assert len(told) < transcripts.MOST_CHARACTERS + 200
    assert "前面还有" in told and "第59句" in told and "第0句" not in told
    [count] = [int("".join(filter(str.isdigit, line))) for line in told.split("\n") if "前面还有" in line]
    assert told.count("您：") + count in (60, 61), "nothing is passed over in silence"
