"""A person takes over, with the trained assistant, through REST; the agent's side acts on the desk as the page does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from city import City, Conversation

from desk import approvals, closures, handovers, marks, presence, ratings, speech, tasks
from desk.handovers import Handover
from foundation import accounts, dialogue
from foundation.clock import CHINA
from foundation.database import Database
from foundation.outbox import after
from knowledge_base import records

pytestmark = pytest.mark.slow

AGENT = "wangfang"
MISSED = "今天股票涨不涨", "红烧肉怎么做好吃"
"""Questions that no office answers."""


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture
def staffed(city: City) -> Iterator[Database]:
    """The desk of the city, open all day today and tomorrow, with one agent."""
    today = now().astimezone(CHINA).date()
    with city.database.write() as tx:
        if AGENT not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, AGENT, None, ["agent"], now(), display_name="王芳")
        for day in (today, today + timedelta(days=1)):
            closures.announce(tx, day, "00:00-24:00", "试运行", "operator", now())
        presence.beat(tx, AGENT, now())
    yield city.database
    with city.database.write() as tx:
        presence.leave(tx, AGENT, now())
        for day in (today, today + timedelta(days=1)):
            closures.revoke(tx, day, "operator", now())


def waiting(database: Database, who: Conversation) -> Handover | None:
    with database.read() as tx:
        return handovers.current(tx, f"rest:{who.sender}")


def told(database: Database, who: Conversation) -> list[str]:
    with database.read() as tx:
        return [reply.body["text"] for reply in after(tx, f"rest:{who.sender}", 0)]


def silent(city: City, who: Conversation, text: str) -> list[Any]:
    response = city.post(who.sender, text)
    assert response.status == 200
    return list(response.body)


def test_a_person_takes_over_and_the_robot_goes_on_with_its_memory(
    city: City, conversation: Conversation, staffed: Database
) -> None:
    assert conversation.say("身份证丢了怎么补办").answer["id"] == "resident-id-replacement"
    asked = conversation.say("转人工")
    assert asked.kind == "handover" and "下一位" in asked.text and "返回" in asked.text
    found = waiting(staffed, conversation)
    assert found is not None and (found.reason, found.topic_id) == ("asked", "resident-id-replacement")
    for text in ("在吗", "换领多少钱", "/restart"):
        assert silent(city, conversation, text) == []
    with staffed.write() as tx:
        handovers.take(tx, found.id, AGENT, now())
        speech.say(tx, found, AGENT, "您好，请说。", "k1", now())
    assert silent(city, conversation, "那多少钱") == [], "the robot leaves it to the person"
    with staffed.write() as tx:
        handovers.end(tx, found.id, AGENT, now())
    price = conversation.say("那多少钱")
    assert (price.answer["id"], price.answer["aspect"]) == ("resident-id-replacement", "fee")
    with staffed.read() as tx:
        lines = [(line.who, line.text) for line in dialogue.transcript(tx, f"rest:{conversation.sender}")]
    heard = [text for who, text in lines if who == "citizen"]
    assert heard == ["身份证丢了怎么补办", "转人工", "在吗", "换领多少钱", "/restart", "那多少钱", "那多少钱"]
    assert ("person", "您好，请说。") in lines


def test_what_was_asked_back_about_is_what_the_person_is_told_of(conversation: Conversation, staffed: Database) -> None:
    asked = conversation.say("办护照要带什么")
    conversation.say("转人工")
    found = waiting(staffed, conversation)
    likeliest = asked.answer["id"] or asked.answer["options"][0]["id"]
    assert found is not None and (found.topic_id, found.question) == (likeliest, "办护照要带什么")
    assert found.topic_title and "护照" in found.topic_title


def test_back_to_the_robot(conversation: Conversation, city: City, staffed: Database) -> None:
    conversation.say("转人工")
    [body] = silent(city, conversation, "返回")
    assert "智能助手" in body["text"]
    assert waiting(staffed, conversation) is None
    assert conversation.say("身份证丢了怎么补办").kind == "item"


def test_two_misses_in_a_row_bring_a_person(conversation: Conversation, staffed: Database) -> None:
    first = conversation.say(MISSED[0])
    assert first.kind == "fallback"
    second = conversation.say(MISSED[1])
    found = waiting(staffed, conversation)
    assert second.kind == "handover" and found is not None and found.reason == "misses"


def test_without_anybody_there_the_robot_stays(conversation: Conversation, city: City) -> None:
    conversation.say(MISSED[0])
    assert conversation.say(MISSED[1]).kind == "fallback"
    assert waiting(city.database, conversation) is None


def test_when_nobody_is_there_a_number_can_be_left_and_lies_in_the_vault(
    conversation: Conversation, city: City
) -> None:
    conversation.say("身份证丢了怎么补办")
    asked = conversation.say("我要找工作人员")
    assert asked.kind == "handover" and "12345" in asked.text and "手机号码" in asked.text
    assert waiting(city.database, conversation) is None
    noted = conversation.say("13800138000，想问护照的事")
    assert (noted.kind, noted.answer["id"]) == ("form", "callback")
    with city.database.read() as tx:
        [task] = [one for one in tasks.listing(tx) if one.conversation == f"rest:{conversation.sender}"]
    assert (
        task.kind == tasks.CALLBACK and "13800138000" not in repr(task) and (task.contact or "").startswith("⟦phone:")
    )
    assert "身份证" in task.title
    assert conversation.say("那多少钱").answer["aspect"] == "fee", "the robot goes on"


def test_a_bad_score_opens_a_task_and_a_number_joins_it(conversation: Conversation, city: City) -> None:
    conversation.say("身份证丢了怎么补办")
    asked = conversation.say("谢谢")
    assert asked.kind == "smalltalk" and "满意" in asked.text
    assert next(button["title"] for button in asked.messages[-1]["buttons"]) == "非常满意"
    assert "对不起" in conversation.say("不满意").text
    conversation.say("打我13900139000")
    assert "满意" not in conversation.say("谢谢").text, "asked once a day"
    with city.database.read() as tx:
        [task] = [one for one in tasks.listing(tx) if one.conversation == f"rest:{conversation.sender}"]
        day = now().astimezone(CHINA).date().isoformat()
        rating = ratings.of_subject(tx, f"rest:{conversation.sender}", f"robot:{day}")
    assert task.kind == tasks.BAD_RATING and task.contact is not None
    assert rating is not None and rating.score == 2


def test_you_are_wrong_opens_a_task_with_the_record(conversation: Conversation, city: City) -> None:
    record = conversation.say("身份证丢了怎么补办").answer["record"]
    assert "核对" in conversation.say("你说错了").text
    with city.database.read() as tx:
        [task] = [one for one in tasks.listing(tx) if one.conversation == f"rest:{conversation.sender}"]
    assert task.kind == tasks.CORRECTION and task.detail["record"] == record


def test_a_supervisors_rule_sends_to_a_person(conversation: Conversation, staffed: Database) -> None:
    with staffed.write() as tx:
        mark = marks.put(tx, marks.PERSON, "operator", now(), words=["拆迁补偿款"], department="住建")
    try:
        said = conversation.say("拆迁补偿款什么时候发")
        found = waiting(staffed, conversation)
        assert said.kind == "handover" and found is not None
        assert (found.reason, found.department) == ("rule", "住建")
    finally:
        with staffed.write() as tx:
            marks.remove(tx, mark.id, "operator", now())


def test_an_answer_that_must_be_looked_at_first(conversation: Conversation, staffed: Database) -> None:
    unit = ("item", "resident-id-replacement")
    with staffed.write() as tx:
        mark = marks.put(tx, marks.APPROVAL, "operator", now(), unit=unit, minutes=15)
    try:
        said = conversation.say("身份证丢了怎么补办")
        assert said.kind == "handover" and "看一看" in said.text and "工本费" not in said.text
        with staffed.write() as tx:
            mine = [one for one in approvals.open_ones(tx) if one.conversation == f"rest:{conversation.sender}"]
            promised = mine[0].body["custom"]["answer"]["record"]
            assert promised != said.answer["record"] and records.read(tx, promised) is None
            assert "看一看" in records.read(tx, said.answer["record"]).text  # type: ignore[union-attr]
            approvals.confirm(tx, mine[0].id, AGENT, now())
        assert "工本费" in told(staffed, conversation)[-1]
    finally:
        with staffed.write() as tx:
            marks.remove(tx, mark.id, "operator", now())


@pytest.mark.parametrize("text", ["我不想活了", "家里着火了怎么办"])
def test_danger_comes_before_the_queue(conversation: Conversation, city: City, staffed: Database, text: str) -> None:
    conversation.say("转人工")
    [body] = silent(city, conversation, text)
    assert "110" in body["text"] and "12356" in body["text"]


def test_a_worker_killed_while_a_person_has_the_conversation(
    city: City, conversation: Conversation, staffed: Database
) -> None:

    conversation.say("转人工")
    os.kill(city.worker_pid(), signal.SIGKILL)
    for text in ("一", "二", "三"):
        assert silent(city, conversation, text) == []
    deadline = time.monotonic() + 60
    while len([one for one in _heard(staffed, conversation) if one in "一二三"]) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert _heard(staffed, conversation)[-3:] == ["一", "二", "三"]


def _heard(database: Database, who: Conversation) -> list[str]:
    with database.read() as tx:
        return [line.text for line in dialogue.transcript(tx, f"rest:{who.sender}") if line.who == "citizen"]
