"""Conversations change hands, and the citizen is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from console_people import Office
from desk_console import Agent, Citizens, handover, later
from sqlalchemy import select

from actions.handing_over.hearing import AWAITS_SCORE
from channels import windows
from desk import tasks
from desk.handovers import CLOSED, WAITING, WITH_AGENT, WRAP_UP
from foundation import audit
from foundation.dialogue import tracker_events


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    return Citizens(desk)


def test_two_take_at_once_and_the_loser_learns_who_has_it(desk: Office, citizens: Citizens) -> None:
    agents = [Agent(desk, "wang"), Agent(desk, "li")]
    id = citizens.ask("web:a").id

    def take(agent: Agent) -> int:
        try:
            agent.at(id, "take")
            return 200
        except AssertionError:
            return 409

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, agents)) == [200, 409]
    owner = handover(desk, id).assigned_to
    loser = next(agent for agent in agents if agent.name != owner)
    refused = loser.at(id, "take", 409)
    assert (
        refused["reason"] == "handover.taken"
        and refused["who"] == f"{owner}同志"
        and refused["who"] in refused["error"]
    )
    assert citizens.texts("web:a") == [f"工作人员{owner}同志来为您服务了，请说。"]


def test_take_next_takes_the_first_and_none_when_there_is_none(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    assert agent.post("/desk/next") == {"id": None}
    citizens.ask("web:a")
    urgent = citizens.ask("web:b", mood="distressed").id
    assert agent.post("/desk/next") == {"id": urgent}


def test_capacity(desk: Office, citizens: Citizens) -> None:
    agent, boss = Agent(desk, "wang"), Agent(desk, "boss", "supervisor")
    boss.post("/desk-floor/agent", {"account": "wang", "capacity": 1, "departments": None})
    first, second = citizens.ask("web:a").id, citizens.ask("web:b").id
    agent.at(first, "take")
    assert "上限1" in agent.at(second, "take", 409)["error"]
    assert "上限1" in agent.post("/desk/next", status=409)["error"]


def test_a_colleague_takes_over_while_one_is_typing(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    id = citizens.ask("web:a").id
    agent.at(id, "take")
    agent.at(id, "transfer", to="li")
    head = agent.view(id)["head"]
    assert not head["talks"] and head["assigned_name"] == "li同志"
    assert "li同志" in agent.at(id, "say", 409, text="半句话", key="k")["error"]
    assert other.view(id)["head"]["talks"]
    assert citizens.texts("web:a")[-1] == "您的问题转给了工作人员li同志，请稍等，前面说过的话不用再说一遍。"


def test_to_a_department_it_waits_again(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id = citizens.ask("web:a").id
    agent.at(id, "take")
    agent.at(id, "transfer", 409)
    agent.at(id, "transfer", department="出入境")
    found = handover(desk, id)
    assert (found.state, found.department, found.assigned_to) == (WAITING, "出入境", None)
    assert "出入境" in citizens.texts("web:a")[-1]


def test_an_absent_colleague_gets_nothing(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    other.post("/desk/available", {"available": False})
    id = citizens.ask("web:a").id
    agent.at(id, "take")
    assert "不在岗" in agent.at(id, "transfer", 409, to="li")["error"]
    assert agent.at(id, "transfer", 404, to="nobody")["reason"] == "not_found.agent"


def test_the_end_asks_for_a_score_and_the_robot_goes_on(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    agent.at(id, "end")
    assert handover(desk, id).state == WRAP_UP
    reply = citizens.got("web:a")[-1].body
    assert "智能助手" in reply["text"] and reply["buttons"][0]["title"] == "非常满意"
    with desk.database.read() as tx:
        slots = tx.execute(select(tracker_events.c.body).where(tracker_events.c.type == "slot")).scalars().all()
    assert [(slot["name"], slot["value"]["handover"], slot["value"]["open"]) for slot in slots] == [
        (AWAITS_SCORE, id, True)
    ]
    agent.at(id, "close", 422, outcome=" ", topic="")
    agent.at(id, "close", outcome="answered", topic="身份证")
    agent.at(id, "close", 409, outcome="answered", topic="身份证")
    assert handover(desk, id).state == CLOSED
    assert len(citizens.got("web:a")) == 2, "told once that it ended"


def test_what_is_left_to_do_becomes_a_task(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    agent.at(id, "close", outcome="callback", topic="身份证", follow_up="查到办理时间后回电13800138000")
    with desk.database.read() as tx:
        (task,) = tasks.listing(tx)
    assert task.kind == "callback" and "13800138000" not in task.title and task.due_at is not None


def test_notices_leave_the_channels_last_message_to_the_agent(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("wechat:a").id
    with desk.database.write() as tx:
        windows.open_window(tx, "wechat:a", "message", desk.clock.now())
        for _ in range(4):
            windows.spend(tx, "wechat:a")
    agent.at(id, "take")
    assert citizens.texts("wechat:a") == []
    agent.at(id, "say", text="请带户口本。", key="k1")
    assert citizens.texts("wechat:a") == ["请带户口本。"]


def test_two_supervisors_assign_at_once(desk: Office, citizens: Citizens) -> None:
    boss, chief = Agent(desk, "boss", "supervisor"), Agent(desk, "chief", "supervisor")
    Agent(desk, "wang")
    id = citizens.ask("web:a").id
    version = boss.view(id)["head"]["version"]
    boss.at(id, "assign", to="wang", version=version)
    assert "wang同志" in chief.at(id, "assign", 409, to="chief", version=version)["error"]
    now = chief.view(id)["head"]["version"]
    chief.at(id, "assign", to="chief", version=now)
    assert handover(desk, id).assigned_to == "chief" and handover(desk, id).state == WITH_AGENT


def test_everything_is_audited(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    later(desk, minutes=1)
    agent.at(id, "say", text="您好", key="k")
    agent.at(id, "close", outcome="answered", topic="")
    with desk.database.read() as tx:
        seen = [one.action for one in reversed(audit.entries(tx, subject=f"handover:{id}"))]
    assert seen == ["desk.take", "desk.say", "desk.end", "desk.close"]
