"""The robot silenced, and a notice, with the trained assistant: what citizens read, and that nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from agents_page import open_desk_of
from city import City, Conversation

from desk import closures, handovers, presence, tasks
from foundation import switches
from foundation.clock import CHINA
from foundation.switches import ALL, NOTICE, OFF, of_channel, of_item

pytestmark = pytest.mark.slow
CARD, ITEM = "身份证丢了怎么补办", "resident-id-replacement"
SILENT = "智能问答暂停服务"


def now() -> datetime:
    return datetime.now(timezone.utc)


@contextmanager
def switched(city: City, scope: str, mode: str = OFF, text: str = "") -> Iterator[None]:
    with city.database.write() as tx:
        switches.turn_on(tx, scope, mode, text, now() + timedelta(hours=1), "chief", now())
    try:
        yield
    finally:
        with city.database.write() as tx:
            switches.turn_off(tx, scope, mode, "chief", now())


@pytest.fixture
def closed(city: City) -> Iterator[None]:
    """Nobody is at the desk today."""
    today = now().astimezone(CHINA).date()
    with city.database.write() as tx:
        closures.announce(tx, today, "", "演练", "operator", now())
    yield
    with city.database.write() as tx:
        closures.revoke(tx, today, "operator", now())


def test_it_is_in_force_within_a_second_and_over_as_soon(city: City, conversation: Conversation) -> None:
    assert conversation.say(CARD).answer["id"] == ITEM
    with switched(city, ALL):
        began = time.monotonic()
        assert SILENT in conversation.say("要多少钱").text, "the very next answer"
        print(f"\nsilent after {time.monotonic() - began:.2f} s")
    again = conversation.say("要多少钱")
    assert again.answer["id"] == ITEM and again.answer["aspect"] == "fee", "it remembers what was spoken of before"


def test_emergencies_are_answered(city: City, conversation: Conversation) -> None:
    with switched(city, ALL):
        assert conversation.say("着火了救命").kind == "emergency"


def test_a_person_takes_over(city: City, conversation: Conversation) -> None:
    with switched(city, ALL), open_desk_of(city.database, zhaomin="赵敏"):
        with city.database.write() as tx:
            presence.beat(tx, "zhaomin", now())
        told = conversation.say(CARD)
        assert told.kind == "handover" and SILENT in told.text and "请回复“0”" in told.text
        assert "正在为您转接工作人员" in conversation.say("0").text
        with city.database.write() as tx:
            found = handovers.current(tx, f"rest:{conversation.sender}")
            assert found is not None
            handovers.withdraw(tx, found.id, now(), "back")


@pytest.mark.usefixtures("closed")
def test_out_of_hours_a_number_is_taken(city: City, conversation: Conversation) -> None:
    with switched(city, ALL):
        told = conversation.say(CARD)
        assert SILENT in told.text and "留言" in told.text
        noted = conversation.say("13812345678，想问补办身份证")
        assert noted.answer["id"] == "callback"
    with city.database.read() as tx:
        mine = [one for one in tasks.listing(tx) if one.conversation == f"rest:{conversation.sender}"]
    assert len(mine) == 1 and mine[0].kind == "callback" and mine[0].detail["question"] == CARD


def test_a_complaint_is_taken(city: City, conversation: Conversation) -> None:
    with switched(city, ALL):
        assert conversation.say("我要投诉").answer["id"] == "complaint"


def test_one_item(city: City, conversation: Conversation) -> None:
    with switched(city, of_item(ITEM)):
        told = conversation.say(CARD)
        assert "正在核对" in told.text and told.kind == "handover"
        assert "正在核对" in conversation.say("那多少钱").text, "it is still what is meant"
        assert "正在核对" not in city.conversation().say("护照怎么办").text


def test_one_channel(city: City, conversation: Conversation) -> None:
    with switched(city, of_channel("web")):
        assert conversation.say(CARD).answer["id"] == ITEM
    with switched(city, of_channel("rest")):
        assert conversation.say(CARD).kind == "handover"


def test_a_notice(city: City, conversation: Conversation) -> None:
    with switched(city, ALL, NOTICE, "系统维护，今天 17:00 前查不到办件进度。"):
        told = conversation.say(CARD)
        assert told.text.startswith("系统维护，今天 17:00 前查不到办件进度。\n\n") and told.answer["id"] == ITEM
        assert "系统维护" not in conversation.say("谢谢").text
    assert "系统维护" not in conversation.say(CARD).text
