"""The lists of the agents' page: who comes first and why, in words that judge nobody; and at what cost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from console_people import Office
from desk_console import Agent, Citizens, later
from sqlalchemy import event

from channels import windows
from desk import handovers, presence, tasks
from foundation.outbox import FAILED, outbox


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    return Citizens(desk)


def lists(agent: Agent) -> Any:
    return agent.get("/desk/lists")


def test_upset_people_come_first_and_nobody_reads_why(desk: Office, citizens: Citizens) -> None:
    citizens.ask("web:calm")
    citizens.ask("web:upset", mood="distressed", reason="distress", elderly=True, misses=2)
    citizens.ask("web:danger")
    with desk.database.write() as tx:
        found = handovers.current(tx, "web:danger")
        assert found is not None
        handovers.raise_priority(tx, found.id, desk.clock.now())
    agent = Agent(desk, "wang")
    shown = lists(agent)
    tags = [[tag["text"] for tag in row["tags"]] for row in shown["waiting"]]
    assert tags == [["紧急：先接", "要求人工"], ["优先", "敬老版", "机器人没答上 2 次"], ["要求人工"]]
    everything = json.dumps([shown, agent.view(shown["waiting"][1]["id"])], ensure_ascii=False)
    for verdict in ("distress", "annoyed", "mood", "情绪"):
        assert verdict not in everything


def test_what_did_not_arrive_is_pointed_out_until_it_is_a_task(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("wechat:a").id
    agent.at(id, "take")
    agent.at(id, "say", text="请带旧护照", key="k1")
    assert "有消息未送达" not in json.dumps(lists(agent), ensure_ascii=False)
    with desk.database.write() as tx:
        tx.execute(outbox.update().values(state=FAILED))
    [row] = lists(agent)["mine"]
    assert row["tags"][0] == {"text": "有消息未送达", "tone": "alarm"}
    agent.at(id, "by-phone", text="请带旧护照", key="k1")
    [row] = lists(agent)["mine"]
    assert "有消息未送达" not in json.dumps(row, ensure_ascii=False)


def test_the_channels_window_is_told_in_words(desk: Office, citizens: Citizens) -> None:
    for name in ("wechat:open", "wechat:over", "web:none"):
        citizens.ask(name)
    now = desk.clock.now()
    with desk.database.write() as tx:
        windows.open_window(tx, "wechat:open", "message", now - timedelta(hours=43))
        windows.spend(tx, "wechat:open")
        windows.spend(tx, "wechat:open")
        windows.open_window(tx, "wechat:over", "message", now - timedelta(hours=49))
    agent = Agent(desk, "wang")
    by_id = {row["id"]: row["window"] for row in lists(agent)["waiting"]}
    opened, over, none = (by_id[id] for id in sorted(by_id))
    assert opened["text"] == "48小时窗口：还可发 3 条，剩 5 小时" and not opened["shut"]
    assert over["shut"] and "已关" in over["text"]
    assert none is None


def test_who_serves_whom(desk: Office, citizens: Citizens) -> None:
    citizens.ask("web:a", department="户籍")
    citizens.ask("web:b", department="出入境")
    citizens.ask("web:c")
    household = Agent(desk, "wang", department="户籍")
    Agent(desk, "li", department="出入境")
    assert [row["takeable"] for row in lists(household)["waiting"]] == [True, False, True]
    household.at(lists(household)["waiting"][1]["id"], "take", 409)
    later(desk, seconds=1)
    with desk.database.write() as tx:
        presence.leave(tx, "li", desk.clock.now())
    assert [row["takeable"] for row in lists(household)["waiting"]] == [True, True, True], "nobody else is there"


def test_ones_own_by_who_waits_for_a_word(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    first, second = citizens.ask("web:a").id, citizens.ask("web:b").id
    for id in (first, second):
        agent.at(id, "take")
    later(desk, minutes=1)
    agent.at(first, "say", text="您好", key="k1")
    assert [(row["id"], row["owes"]) for row in lists(agent)["mine"]] == [(second, True), (first, False)]
    later(desk, minutes=1)
    citizens.say("web:a", "谢谢")
    agent.at(second, "close", outcome="answered", topic="")
    assert [row["id"] for row in lists(agent)["mine"]] == [first]
    (over,) = agent.get("/desk/closed?mine=1")["closed"]
    assert agent.get(f"/desk/closed?before={'9' * 30}")["closed"] == agent.get("/desk/closed")["closed"]
    assert agent.get(f"/desk/tasks?before={'9' * 30}") == agent.get("/desk/tasks")
    assert (over["id"], over["outcome"]) == (second, "已答复")


def test_what_is_due_is_seen_by_whom_it_concerns(desk: Office) -> None:
    now = desk.clock.now()
    with desk.database.write() as tx:
        for number, department in enumerate(("", "户籍", "出入境")):
            new = tasks.NewTask(tasks.CALLBACK, f"t:{number}", department or "任何人", department, now)
            tasks.open_task(tx, new, now)
    later(desk, minutes=1)
    agent, boss = Agent(desk, "wang", department="户籍"), Agent(desk, "boss", "supervisor")
    assert [row["title"] for row in lists(agent)["tasks"]] == ["任何人", "户籍"]
    assert len(lists(boss)["tasks"]) == 3
    assert lists(agent)["tasks"][0]["overdue"]


def test_presence(desk: Office) -> None:
    agent = Agent(desk, "wang")
    assert lists(agent)["me"]["takes"]
    agent.post("/desk/available", {"available": False})
    assert not lists(agent)["me"]["available"]
    agent.post("/desk/available", {"available": True})
    agent.post("/desk/beat")
    desk.clock.advance(minutes=5)
    assert not lists(agent)["staff"][0]["present"]
    agent.post("/desk/beat")
    assert lists(agent)["staff"][0]["present"]


def test_a_queue_of_two_hundred_costs_as_many_queries_as_one_of_two(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")

    def queries(path: str) -> int:
        seen: list[str] = []
        if desk.database.is_sqlite:  # some go past SQLAlchemy there
            what, note = "checkout", lambda file, *_: file.set_trace_callback(seen.append)
        else:
            what, note = "before_cursor_execute", lambda *arguments: seen.append(arguments[2])
        event.listen(desk.database.engine, what, note)
        try:
            agent.get(path)
        finally:
            event.remove(desk.database.engine, what, note)
        return len(seen)

    ids = [citizens.ask(f"wechat:{n}").id for n in range(2)]
    paths = ("/desk/lists", "/desk/alike", f"/desk/conversations/{ids[0]}")
    few = [queries(path) for path in paths]
    with desk.database.write() as tx:
        for number in range(2, 200):
            handovers.open_handover(
                tx, handovers.Request(f"wechat:{number}", "wechat", "asked", question=f"问题{number}"), desk.clock.now()
            )
            windows.open_window(tx, f"wechat:{number}", "message", desk.clock.now())
    agent.at(ids[0], "take")
    for number in range(30):
        agent.at(ids[0], "say", text=f"第{number}句", key=f"k{number}")
    assert len(lists(agent)["waiting"]) == 199
    assert [queries(path) for path in paths] == pytest.approx(few, abs=3)
    assert max(few) < 30


def test_a_failed_message_is_marked_with_what_to_do(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    sent = agent.at(id, "say", text="请带户口本", key="k1")
    assert agent.view(id)["lines"][-1]["delivery"]["text"] == "已存"
    with desk.database.write() as tx:
        tx.execute(outbox.update().where(outbox.c.id == sent["outbox"]).values(state=FAILED))
    mark = agent.view(id)["lines"][-1]["delivery"]
    assert mark["text"] == "未送达" and "电话" in mark["advice"]
