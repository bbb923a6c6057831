"""The robot silenced, and notices: nothing is lost, and nothing of what was silenced is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from turn_fakes import LIBRARY, FakeAssistant, answers, put, replies, until, working

from actions.handing_over.hearing import AWAITS_CONTACT
from bot import switching
from bot import worker as module
from bot.assistant import TurnResult
from desk import presence
from foundation import accounts, switches
from foundation.clock import FixedClock, SystemClock
from foundation.database import Database
from foundation.inbox import Incoming
from foundation.settings import Settings
from foundation.switches import ALL, NOTICE, OFF, of_channel, of_item
from knowledge_base import records
from knowledge_base.answering.answer import Answer, Option
from knowledge_base.model import Package

Turned = Callable[..., TurnResult]
SECRET = "要交40元。"


@pytest.fixture
def turned(database: Database, settings: Settings, clock: FixedClock) -> Turned:
    """A turn that ended with this answer, as the switches leave it."""

    def turn(
        kind: str = "item", id: str | None = "id-card", effects: Any = (), channel: str = "web", **more: Any
    ) -> TurnResult:
        answer = Answer(kind, SECRET, id=id, title="身份证", record=records.new_number(), **more)
        reply = {"text": SECRET, "custom": {"answer": answer.payload()}}
        events = [
            ActionExecuted("action_listen"), UserUttered("身份证多少钱"), ActionExecuted("action_answer_question"),
            BotUttered(SECRET, {"custom": reply["custom"]}), SlotSet("topic_id", id), SlotSet("last_text", SECRET),
            ActionExecuted("action_listen"),
        ]  # fmt: skip
        result = TurnResult([{"text": "请稍等。"}, reply], [{"kind": "item"}], events, effects)
        with database.write() as tx:
            message = Incoming(f"{channel}:1", channel, "身份证多少钱")
            return switching.switched(tx, message, result, settings, clock.now())

    return turn


def put_on(database: Database, clock: FixedClock, scope: str = ALL, mode: str = OFF, text: str = "") -> None:
    with database.write() as tx:
        until = clock.now() + timedelta(hours=1)
        switches.turn_on(tx, scope, mode, text, until, "chief", clock.now())


def somebody_is_there(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        accounts.add(tx, "wang", None, ["agent"], clock.now())
        presence.beat(tx, "wang", clock.now())


def said(result: TurnResult) -> str:
    return "\n".join(reply["text"] for reply in result.replies)


def test_without_a_switch_a_turn_is_as_it_was(turned: Turned) -> None:
    assert said(turned()) == f"请稍等。\n{SECRET}"


def test_who_is_silenced_offers_a_person(database: Database, clock: FixedClock, turned: Turned) -> None:
    put_on(database, clock)
    somebody_is_there(database, clock)
    result = turned()
    assert said(result) == "智能问答暂停服务，由工作人员为您解答。\n请回复“0”，马上为您转接工作人员。"
    answer = result.replies[-1]["custom"]["answer"]
    assert answer["kind"] == "handover" and answer["record"]
    assert result.candidates == [] and result.effects == ()
    assert SECRET not in str([event.as_dict() for event in result.events])
    assert [type(event) for event in result.events] == [ActionExecuted, UserUttered, BotUttered, SlotSet]


def test_out_of_hours_a_number_can_be_left(database: Database, clock: FixedClock, turned: Turned) -> None:
    clock.advance(hours=12)
    put_on(database, clock, text="系统故障，正在抢修。")
    result = turned()
    assert said(result).startswith("系统故障，正在抢修。\n现在是休息时间，工作人员明天9:00上班")
    assert "您也可以留言：请回复您的手机号码" in said(result)
    slots = {event.key: event.value for event in result.events if isinstance(event, SlotSet)}
    assert slots[AWAITS_CONTACT]["question"] == "身份证多少钱" and slots[AWAITS_CONTACT]["topic_title"] == "身份证"


@pytest.mark.parametrize(
    ("answer", "passes"),
    [({"kind": "emergency"}, True), ({"kind": "handover"}, True), ({"kind": "complaint"}, True),
     ({"kind": "form", "id": "complaint"}, True), ({"kind": "form", "id": "callback"}, True),
     ({"kind": "smalltalk", "effects": [{"do": "rate"}]}, True), ({"kind": "smalltalk"}, False),
     ({"kind": "form", "id": "status"}, False), ({"kind": "fallback"}, False), ({"kind": "options"}, False)],
)  # fmt: skip
def test_nothing_is_lost(
    database: Database, clock: FixedClock, turned: Turned, answer: dict[str, Any], passes: bool
) -> None:
    put_on(database, clock)
    assert (SECRET in said(turned(**{"id": None, **answer}))) is passes


def test_one_channel(database: Database, clock: FixedClock, turned: Turned) -> None:
    put_on(database, clock, of_channel("wechat"))
    assert SECRET in said(turned(channel="web")) and SECRET not in said(turned(channel="wechat"))


def test_one_item_wherever_it_is_told_of(
    database: Database, clock: FixedClock, turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = Package(id="move", name="搬家", steps=[{"item": "id-card"}])
    library = SimpleNamespace(snapshot=SimpleNamespace(get=lambda kind, id: event if id == "move" else None))
    monkeypatch.setattr(switching, "open_library", lambda: library)
    put_on(database, clock, of_item("id-card"))
    second = ({"kind": "item", "id": "id-card", "title": "身份证", "aspect": "fee"},)
    named = ({"kind": "item", "id": "id-card", "title": "身份证"},)
    silent = [
        turned(), turned("options"), turned("faq", "photo", item_id="id-card"), turned("item", "passport", also=second),
        turned("package", "move"), turned("form", "region", item_id="id-card"),
        turned("package", "other", options=(Option("身份证", "id-card", "item"),)),
    ]  # fmt: skip
    assert not [result for result in silent if SECRET in said(result)]
    spoken = [turned("item", "passport"), turned("item", "passport", also=named), turned("package", "other")]
    assert all(SECRET in said(result) for result in spoken)


def test_what_was_asked_of_an_item_is_remembered_but_not_what_would_have_been_said(
    database: Database, clock: FixedClock, turned: Turned
) -> None:
    put_on(database, clock, of_item("id-card"))
    slots: dict[str, Any] = {}
    result = turned()
    for event in result.events:
        if isinstance(event, SlotSet):
            slots[event.key] = event.value
    assert slots["topic_id"] == "id-card" and slots["last_text"] == result.replies[-1]["text"]
    assert [event.text for event in result.events if isinstance(event, BotUttered)] == [result.replies[-1]["text"]]


def test_what_was_said_before_it_was_silenced_is_not_said_again(
    database: Database, clock: FixedClock, turned: Turned
) -> None:
    payload = Answer("item", SECRET, id="id-card").payload()
    with database.write() as tx:
        told = records.Record("AAAA-0000", "web:1", clock.now(), "item", SECRET, unit_id="id-card", payload=payload)
        records.write(tx, told)
    put_on(database, clock, of_item("passport"))
    assert SECRET in said(turned("smalltalk", None))
    put_on(database, clock, of_item("id-card"))
    assert SECRET not in said(turned("smalltalk", None))


def test_a_notice_stands_before_the_answer(database: Database, clock: FixedClock, turned: Turned) -> None:
    put_on(database, clock, mode=NOTICE, text="系统维护。")
    put_on(database, clock, of_item("id-card"), NOTICE, "收费标准将要调整。")
    result = turned()
    assert said(result) == f"系统维护。\n收费标准将要调整。\n\n请稍等。\n{SECRET}"
    spoken = [event.text for event in result.events if isinstance(event, BotUttered)]
    assert spoken == [f"系统维护。\n收费标准将要调整。\n\n{SECRET}"]
    assert said(turned(id="passport")).startswith("系统维护。\n\n请稍等。")
    for kind in ("emergency", "smalltalk", "handover", "form"):
        assert said(turned(kind, None)).startswith("请稍等。")
    clock.advance(hours=1)
    assert said(turned()).startswith("请稍等。"), "it is over"


async def test_it_holds_for_the_next_turn_of_a_running_worker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)
    clock = SystemClock()
    async with working(FakeAssistant(), database):
        put(database, "rest:1", "多少钱")
        await until(lambda: len(answers(database, "rest:1")) == 1)
        with database.write() as tx:
            switches.turn_on(tx, ALL, OFF, "", None, "chief", clock.now())
        put(database, "rest:1", "多少钱")
        await until(lambda: len(answers(database, "rest:1")) == 2)
        with database.write() as tx:
            switches.turn_off(tx, ALL, OFF, "chief", clock.now())
        put(database, "rest:1", "多少钱")
        await until(lambda: len(answers(database, "rest:1")) == 3)
    first, second, third = answers(database, "rest:1")
    assert first == third == "答：多少钱" and second.startswith("智能问答暂停服务")
    with database.read() as tx:
        number = replies(database, "rest:1")[2].body["custom"]["answer"]["record"]
        kept = records.read(tx, number)
    assert kept is not None and kept.text == second, "what was said is kept, as always"
