"""An answer that waits for a person is sent as the robot worded it only while what it rests on still holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from console_people import Office
from desk_console import LAW, Agent, Citizens, publish
from sqlalchemy import select

from desk import approvals, tasks
from foundation import switches
from foundation.clock import CHINA
from foundation.switches import ALL, NOTICE, OFF, of_channel, of_item
from knowledge_base.model import Faq, Package, ServiceItem
from knowledge_base.model import Office as Hall
from knowledge_base.model.item import Aspects
from knowledge_base.model.package import Step
from knowledge_base.records import answer_records
from knowledge_base.store import drafts, releases

FAQ = Faq(id="fee", question="补领身份证收多少钱", answer="收 100 元。", item="id-card", sources=(LAW,))
HALL = Hall(id="hall", name="城东大厅", address="东街 1 号", sources=(LAW,))
ITEM = ServiceItem(
    id="id-card",
    name="居民身份证丢失补领",
    sources=(LAW,),
    aspects=Aspects.parse_obj({"place": [{"text": "城东大厅", "office": "hall"}], "materials": ["户口簿"]}),
)
EVENT = Package(id="lost", name="钱包丢了", steps=(Step(item="id-card"),), sources=(LAW,))


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    publish(desk, FAQ, HALL, ITEM, EVENT)
    return Citizens(desk)


def held(desk: Office, channel: str = "web", **answer: Any) -> tuple[int, int]:
    """An answer of release 1 that waits: its id, and its task's."""
    told = {"kind": "faq", "id": "fee", "item_id": None, "aspect": None, "release": 1, "record": "AAAA-0000", **answer}
    conversation = f"{channel}:a"
    with desk.database.write() as tx:
        now = desk.clock.now()
        body = {"text": "收 100 元。", "custom": {"answer": told}}
        new = approvals.NewApproval(conversation, channel, "turn:1", "补领多少钱", body)
        found = approvals.ask(tx, new, now + timedelta(minutes=15), now)
        task = tasks.of_source(tx, f"approval:{found.id}")
        assert task is not None
        return found.id, task.id


def refused(desk: Office, agent: Agent, id: int, task: int) -> str:
    """Why it cannot be confirmed, of which the card tells beforehand in the same words."""
    flag = agent.get(f"/desk/tasks/{task}")["approval"]["doubt"]
    answer = agent.post(f"/desk/approvals/{id}/confirm", status=409)
    assert answer["error"] == flag and "更正后发出" in flag
    return str(answer["reason"])


def confirmed(agent: Agent, id: int, task: int) -> bool:
    assert agent.get(f"/desk/tasks/{task}")["approval"]["doubt"] is None
    agent.post(f"/desk/approvals/{id}/confirm")
    return True


def switch(desk: Office, scope: str, mode: str = OFF) -> None:
    with desk.database.write() as tx:
        switches.turn_on(tx, scope, mode, "", None, "operator", desk.clock.now())


def test_what_was_corrected_meanwhile_is_not_sent_as_it_was(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk)
    publish(desk, FAQ.copy(update={"answer": "不收费。"}))
    assert refused(desk, agent, id, task) == "approval.changed"
    assert citizens.texts("web:a") == []
    with desk.database.read() as tx:
        assert tx.execute(select(answer_records)).all() == [], "what nobody was told is not recorded"
    agent.post(f"/desk/approvals/{id}/correct", {"text": "不收费。"})
    assert citizens.texts("web:a") == ["不收费。"]


def test_what_says_again_what_it_said_may_be_sent(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk)
    publish(desk, FAQ.copy(update={"answer": "不收费。"}))
    with desk.database.write() as tx:
        releases.rollback(tx, 1, "operator", desk.clock.now())
    assert confirmed(agent, id, task) and citizens.texts("web:a") == ["收 100 元。"]
    assert [one["outcome"] for one in agent.get("/desk/tasks")["tasks"]] == ["已核对并发出"]


def test_what_is_no_longer_published_is_not_sent(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk)
    with desk.database.write() as tx:
        drafts.delete_draft(tx, FAQ.key, "operator", desk.clock.now())
        releases.publish(tx, "operator", "", desk.clock.now())
    assert refused(desk, agent, id, task) == "approval.removed"


def test_what_has_run_out_is_not_sent_the_day_after(desk: Office, citizens: Citizens) -> None:
    agent, today = Agent(desk, "wang"), desk.clock.now().astimezone(CHINA).date()
    publish(desk, FAQ.copy(update={"effective_to": today}))
    id, task = held(desk, release=2)
    assert agent.get(f"/desk/tasks/{task}")["approval"]["doubt"] is None
    desk.clock.advance(days=1)
    agent.browser.seat("wang")
    assert refused(desk, agent, id, task) == "approval.expired"


def test_that_something_has_run_out_may_be_said(desk: Office, citizens: Citizens) -> None:
    """The robot says so itself where it is asked for what is out of force."""
    agent, today = Agent(desk, "wang"), desk.clock.now().astimezone(CHINA).date()
    publish(desk, FAQ.copy(update={"effective_to": today - timedelta(days=9)}))
    assert confirmed(agent, *held(desk, release=2))


def test_what_changes_on_a_day_is_not_sent_as_it_was_the_day_before(desk: Office, citizens: Citizens) -> None:
    agent, today = Agent(desk, "wang"), desk.clock.now().astimezone(CHINA).date()
    fee = {"dated": [{"value": ["100 元"]}, {"since": today + timedelta(days=1), "value": ["不收费"]}]}
    publish(desk, ServiceItem(id="id-card", name="身份证", sources=(LAW,), aspects=Aspects.parse_obj({"fee": fee})))
    id, task = held(desk, kind="item", id="id-card", aspect="fee", release=2)
    desk.clock.advance(days=1)
    agent.browser.seat("wang")
    assert refused(desk, agent, id, task) == "approval.changed"


@pytest.mark.parametrize(
    "answer, changed",
    [
        ({"kind": "item", "id": "id-card", "aspect": "place"}, HALL.copy(update={"address": "西街 2 号"})),
        ({"kind": "package", "id": "lost", "aspect": "materials"}, ITEM.copy(update={"name": "身份证补领"})),
        ({"also": [{"kind": "item", "id": "id-card", "aspect": "fee"}]}, ITEM.copy(update={"name": "身份证补领"})),
    ],
)
def test_what_an_answer_draws_on_counts_too(
    desk: Office, citizens: Citizens, answer: dict[str, Any], changed: Any
) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk, **answer)
    publish(desk, changed)
    assert refused(desk, agent, id, task) == "approval.changed"


def test_what_an_answer_does_not_draw_on_does_not_count(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk, kind="item", id="id-card", aspect="materials", also=[{"kind": "faq", "id": "fee"}])
    publish(desk, HALL.copy(update={"address": "西街 2 号"}), FAQ.copy(update={"answer": "不收费。"}))
    assert confirmed(agent, id, task)


@pytest.mark.parametrize(
    "scope, answer",
    [
        (ALL, {}),
        (of_channel("web"), {}),
        (of_item("id-card"), {"kind": "item", "id": "id-card", "aspect": "place"}),
        (of_item("id-card"), {"item_id": "id-card"}),
        (of_item("id-card"), {"kind": "package", "id": "lost"}),
    ],
)
def test_what_the_robot_is_silenced_for_is_not_sent(
    desk: Office, citizens: Citizens, scope: str, answer: dict[str, Any]
) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk, **answer)
    switch(desk, scope)
    assert refused(desk, agent, id, task) == "approval.silenced"
    agent.post(f"/desk/approvals/{id}/correct", {"text": "请到窗口问。"})
    assert citizens.texts("web:a") == ["请到窗口问。"], "a person may answer"


def test_switches_for_others_and_notices_silence_nothing(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, task = held(desk, item_id="id-card")
    switch(desk, of_channel("wechat"))
    switch(desk, of_item("passport"))
    switch(desk, ALL, NOTICE)
    assert confirmed(agent, id, task)


def test_who_was_first_is_told_before_anything_else(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    id, task = held(desk)
    confirmed(agent, id, task)
    publish(desk, FAQ.copy(update={"answer": "不收费。"}))
    assert agent.get(f"/desk/tasks/{task}")["approval"]["doubt"] is None
    assert "wang同志" in other.post(f"/desk/approvals/{id}/confirm", status=409)["error"]
