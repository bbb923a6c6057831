"""Many who ask the same are answered at once, each for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, a_handover, ask, hire
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from desk import handovers, speech
from desk.alike import alike
from desk.errors import Malformed
from desk.handovers import CLOSED
from desk.together import say_to_all
from foundation import audit, outbox
from foundation.database import Database

MONDAY = [
    "社保网上服务系统打不开", "社保网上服务系统打不开了", "请问社保网上服务系统怎么打不开", "社保网上系统打不开",
    "社保网上服务系统一直打不开啊", "你好，社保网上服务系统打不开", "社保网上服务系统登不上去打不开",
    "社保網上服務系統打不開", "社保网上服务系统打不开怎么办", "社保网上服务系统今天打不开",
    "社保网上服务系统打不开！！", "社保网上服务系统打不开，急", "社保的网上服务系统打不开",
    "社保网上服务系统又打不开了", "社保网上服务系统 打不开",
]  # fmt: skip
OTHERS = [
    "护照丢了怎么补办", "公积金提取要什么材料", "新生儿上户口", "居住证签注到期了", "营业执照怎么注销",
    "驾驶证换证要体检吗", "低保多久能批下来", "二手房过户要交多少税", "社保卡丢了", "异地就医怎么备案",
    "退休年龄怎么算", "结婚登记要带户口簿吗", "学区怎么划分的", "养犬登记在哪里办", "食品经营许可证延期",
    "失业金能领几个月", "工伤认定多少天出结果", "残疾人补贴标准", "法律援助去哪里申请", "公租房排队排到哪了",
    "港澳通行证续签", "车辆年检过期两个月了", "个体户变更经营者", "发票丢了怎么办", "医保缴费基数是多少",
]  # fmt: skip


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        for name in ("wang", "li"):
            hire(tx, name)
        yield tx


def test_forty_wait_and_fifteen_ask_alike_which_takes_twenty_six_actions(tx: Connection) -> None:
    assert (len(MONDAY), len(OTHERS)) == (15, 25)
    questions = [question for pair in zip(OTHERS, MONDAY) for question in pair] + OTHERS[15:]
    people = [ask(tx, f"web:{n}", NOW + timedelta(seconds=n), question=q) for n, q in enumerate(questions)]
    actions = 0
    now = NOW + timedelta(minutes=5)
    for group in alike(handovers.waiting(tx, now)):
        ids = [one.id for one in group.handovers]
        records = {id: f"AAAA-{id:04}" for id in ids}
        answered = say_to_all(tx, ids, "wang", "系统正在维护，十点恢复。", "all", now, "answered", "系统故障", records)
        assert answered.refused == {} and {id: one.record for id, one in answered.said.items()} == records
        actions += 1
    for one in handovers.waiting(tx, now):
        say_to_all(tx, [one.id], "wang", "请看办事指南。", f"one{one.id}", now, "answered", "")
        actions += 1
    assert actions <= 26
    for one, question in zip(people, questions):
        (reply,) = outbox.after(tx, one.conversation, 0)
        assert (reply.body["text"] == "系统正在维护，十点恢复。") == (question in MONDAY), question
        assert handovers.get(tx, one.id).state == CLOSED
    assert len(audit.entries(tx, action="desk.say")) == 40


def test_the_same_act_sent_twice_says_nothing_twice(tx: Connection) -> None:
    ids = [ask(tx, f"web:{n}").id for n in range(3)]
    first = say_to_all(tx, ids, "wang", "好", "k", NOW, "answered", "")
    again = say_to_all(tx, ids, "wang", "好", "k", NOW, "answered", "")
    assert all(one.duplicate for one in again.said.values()) and again.refused == {}
    assert {id: one.outbox_id for id, one in again.said.items()} == {
        id: one.outbox_id for id, one in first.said.items()
    }
    assert all(len(outbox.after(tx, f"web:{n}", 0)) == 1 for n in range(3))


def test_who_is_with_another_by_now_is_left_alone_and_named(tx: Connection) -> None:
    mine, waits, taken, left = (ask(tx, f"web:{name}") for name in ("mine", "waits", "taken", "left"))
    handovers.take(tx, mine.id, "wang", NOW)
    handovers.take(tx, taken.id, "li", NOW)
    handovers.withdraw(tx, left.id, NOW, "back")
    answered = say_to_all(tx, [mine.id, waits.id, taken.id, left.id, 99], "wang", "好", "k", NOW, "answered", "")
    assert answered.said.keys() == {mine.id, waits.id} and answered.refused.keys() == {taken.id, left.id, 99}
    assert "li的名字" in answered.refused[taken.id] and "办结" in answered.refused[left.id]
    assert handovers.get(tx, taken.id).assigned_to == "li" and outbox.after(tx, "web:taken", 0) == []


def test_another_departments_people_are_not_answered_over_its_head(tx: Connection) -> None:
    hire(tx, "sun", "社保")
    one = ask(tx, "web:a", department="社保")
    answered = say_to_all(tx, [one.id], "wang", "好", "k", NOW, "answered", "")
    assert "社保" in answered.refused[one.id] and answered.said == {}


@pytest.mark.parametrize(("text", "outcome"), [(" ", "answered"), ("好", "")])
def test_nothing_is_sent_half_filled_in(tx: Connection, text: str, outcome: str) -> None:
    with pytest.raises(Malformed):
        say_to_all(tx, [ask(tx, "web:a").id], "wang", text, "k", NOW, outcome, "")


def test_different_things_stay_apart(tx: Connection) -> None:
    def asks(name: str, question: str, topic: str | None = None, region: str | None = None) -> None:
        ask(tx, name, question=question, topic_kind=topic and "item", topic_id=topic, region=region)

    asks("fee", "多少钱", "passport")
    asks("fee again", "多少钱啊", "passport")
    asks("another thing", "多少钱", "id-card")
    asks("another district", "多少钱", "passport", "990103")
    asks("another question", "几天能拿到", "passport")
    asks("nothing said", "")
    asks("nothing said either", "")
    (group,) = alike(handovers.waiting(tx, NOW))
    assert [one.conversation for one in group.handovers] == ["fee", "fee again"] and group.title == "多少钱"


@given(st.lists(st.text(max_size=12), max_size=12))
def test_groups_hold_nobody_twice_whatever_was_typed(questions: list[str]) -> None:
    people = [a_handover(n, question=question) for n, question in enumerate(questions)]
    groups = alike(people)
    grouped = [one.id for group in groups for one in group.handovers]
    assert len(grouped) == len(set(grouped)) and all(len(group.handovers) > 1 for group in groups)


def test_a_question_is_the_first_thing_heard_when_none_was_known(tx: Connection) -> None:
    one = ask(tx, "web:a")
    speech.hear(tx, one, "护照多少钱", NOW)
    assert speech.hear(tx, one, "在吗", NOW).question == "护照多少钱"
