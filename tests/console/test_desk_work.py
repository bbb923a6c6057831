"""Beside conversations: tasks, answers to approve, canned replies, and what supervisors see and set."""

from __future__ import annotations

from datetime import timedelta

import pytest
from console_people import Office
from desk_console import Agent, Citizens, handover, later, publish
from sqlalchemy import select

from desk import approvals, closures, handovers, marks, presence, tasks
from desk.tasks import NewTask, Task
from foundation import audit, dialogue, outbox
from knowledge_base.records import answer_records

PHONE = "13800138000"


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    return Citizens(desk)


def opened(
    desk: Office, kind: str = tasks.CALLBACK, conversation: str = "web:a", department: str = "", **detail: object
) -> Task:
    with desk.database.write() as tx:
        now = desk.clock.now()
        contact = Citizens(desk).vault.hide(tx, PHONE, conversation, now)
        new = NewTask(kind, f"t:{kind}", "公积金", department, now, conversation, "web", contact=contact, detail=detail)
        return tasks.open_task(tx, new, now)


def act(agent: Agent, task: int, name: str, status: int = 200, **data: object) -> dict[str, object]:
    return agent.post(f"/desk/tasks/{task}/{name}", data, status)  # type: ignore[no-any-return]


def test_a_task_is_taken_looked_into_and_done(desk: Office) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    task = opened(desk, tasks.BAD_RATING, score=1, comment="等太久", question="公积金")
    shown = agent.get(f"/desk/tasks/{task.id}")["task"]
    assert {"name": "评分", "value": "非常不满意"} in shown["details"] and not shown["mine"]
    act(agent, task.id, "reveal", 403, token=task.contact, reason="回电核实")
    act(agent, task.id, "take")
    assert "wang同志" in str(act(other, task.id, "take", 409)["error"])
    assert act(agent, task.id, "reveal", token=task.contact, reason="回电核实") == {"value": PHONE}
    act(agent, task.id, "release")
    act(other, task.id, "done", outcome="reached", remark=f"打了{PHONE}，已说明")
    with desk.database.read() as tx:
        found = tasks.get(tx, task.id)
    assert (found.state, found.taken_by, found.outcome) == ("done", "li", "reached") and PHONE not in found.remark
    assert [row["outcome"] for row in agent.get("/desk/tasks")["tasks"]] == ["已联系群众"]


def test_from_a_task_one_writes_to_the_citizen(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    task = opened(desk, tasks.BAD_RATING, question="公积金")
    act(agent, task.id, "take")
    id = act(agent, task.id, "write")["id"]
    assert act(agent, task.id, "write")["id"] == id
    assert isinstance(id, int) and handover(desk, id).reason == "rating"
    agent.at(id, "say", text="您好，我来说明一下。", key="k1")
    assert citizens.texts("web:a")[-1] == "您好，我来说明一下。"


ACTS: dict[str, dict[str, object]] = {"take": {}, "release": {}, "done": {"outcome": "reached"}, "write": {}}


def test_what_is_the_editors_is_no_task_of_the_desk(desk: Office) -> None:
    agent, boss = Agent(desk, "wang"), Agent(desk, "boss", "supervisor")
    task = opened(desk, tasks.HELD_UP)
    for who in (agent, boss):
        who.get(f"/desk/tasks/{task.id}", 404)
        for name, data in ACTS.items():
            act(who, task.id, name, 404, **data)
    with desk.database.read() as tx:
        assert tasks.get(tx, task.id) == task


def test_a_task_of_another_department_is_nobodys_to_act_on(desk: Office, citizens: Citizens) -> None:
    agent, boss = Agent(desk, "wang", department="户籍"), Agent(desk, "boss", "supervisor")
    task = opened(desk, department="出入境")
    agent.get(f"/desk/tasks/{task.id}", 404)
    for name, data in ACTS.items():
        assert "部门" in str(act(agent, task.id, name, 404, **data)["error"])
    assert boss.get(f"/desk/tasks/{task.id}")["task"]["state"] == "open"
    act(boss, task.id, "take")
    assert act(boss, task.id, "write")["id"] and "boss同志" in citizens.texts("web:a")[-1]
    act(boss, task.id, "done", outcome="reached")
    agent.get(f"/desk/tasks/{task.id}")  # what is done is in everybody's list
    act(agent, task.id, "done", 409, outcome="reached")


def test_whoever_writes_from_a_task_has_it_and_room(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang", department="户籍"), Agent(desk, "li", department="户籍")
    task = opened(desk, department="户籍")
    assert "先领取" in str(act(agent, task.id, "write", 409)["error"])
    act(agent, task.id, "take")
    assert "wang同志" in str(act(other, task.id, "write", 409)["error"])
    with desk.database.write() as tx:
        presence.set_capacity(tx, "wang", 1, "boss", desk.clock.now())
    first = citizens.ask("web:other").id
    agent.at(first, "take")
    assert "上限" in str(act(agent, task.id, "write", 409)["error"])
    with desk.database.read() as tx:
        assert handovers.current(tx, "web:a") is None, "nobody waits for what was refused"
    agent.at(first, "end")
    assert handover(desk, int(str(act(agent, task.id, "write")["id"]))).assigned_to == "wang"


def test_from_a_task_one_takes_nobody_who_waits_for_another_department(desk: Office, citizens: Citizens) -> None:
    agent, _ = Agent(desk, "wang", department="户籍"), Agent(desk, "li", department="出入境")
    task = opened(desk)
    waits = citizens.ask("web:a", department="出入境")
    act(agent, task.id, "take")
    assert "出入境" in str(act(agent, task.id, "write", 409)["error"])
    assert handover(desk, waits.id).assigned_to is None


def test_what_belongs_into_the_knowledge_base_becomes_an_editors_task(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    for _ in range(2):
        agent.at(id, "editor", question="临时身份证多久能拿", answer=f"三天，打{PHONE}", key="e1")
    with desk.database.read() as tx:
        (task,) = tasks.listing(tx, kinds=[tasks.EDITOR])
    assert task.title == "临时身份证多久能拿" and PHONE not in task.detail["suggested"]


def waiting_answer(desk: Office, n: int = 1, department: str = "") -> tuple[int, int]:
    """An answer that waits: its id, and its task's."""
    body = {
        "text": "补贴 500 元。",
        "custom": {"answer": {"kind": "faq", "id": "photo", "release": 1, "record": "AAAA-0000"}},
    }
    with desk.database.write() as tx:
        now = desk.clock.now()
        new = approvals.NewApproval(f"web:{n}", "web", f"turn:{n}", "补贴多少钱", body, department, "补贴")
        found = approvals.ask(tx, new, now + timedelta(minutes=15), now)
        task = tasks.of_source(tx, f"approval:{found.id}")
        assert task is not None
        return found.id, task.id


def test_an_answer_is_confirmed_once(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    id, task = waiting_answer(desk)
    shown = agent.get(f"/desk/tasks/{task}")
    assert shown["approval"]["text"] == "补贴 500 元。" and agent.get("/desk/lists")["tasks"][0]["kind"] == "approval"
    agent.post(f"/desk/approvals/{id}/confirm")
    assert "wang同志" in other.post(f"/desk/approvals/{id}/correct", {"text": "600"}, 409)["error"]
    assert citizens.texts("web:1") == ["补贴 500 元。"] and "by" not in citizens.got("web:1")[0].body
    assert agent.get("/desk/lists")["tasks"] == []
    with desk.database.read() as tx:
        (record,) = tx.execute(select(answer_records)).all()
    assert (record.number, record.text, record.unit_id) == ("AAAA-0000", "补贴 500 元。", "photo")
    assert (record.approved_by, record.said_by) == ("wang", None)


def test_an_answer_of_another_department_is_nobodys_to_decide(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent, own = Agent(desk, "wang", department="户籍"), Agent(desk, "li", department="民政")
    id, _ = waiting_answer(desk, department="民政")
    for name, data in (("confirm", {}), ("correct", {"text": "600"})):
        assert "部门" in agent.post(f"/desk/approvals/{id}/{name}", data, 404)["error"]
    assert citizens.texts("web:1") == []
    own.post(f"/desk/approvals/{id}/confirm")
    assert citizens.texts("web:1") == ["补贴 500 元。"]


def test_an_answer_is_corrected_by_a_person_and_recorded_as_theirs(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    id, _ = waiting_answer(desk)
    agent.post(f"/desk/approvals/{id}/correct", {"text": " "}, 422)
    agent.post(f"/desk/approvals/{id}/correct", {"text": "补贴 600 元。"})
    (reply,) = citizens.got("web:1")
    assert (reply.body["text"], reply.body["by"]) == ("补贴 600 元。", "person")
    with desk.database.read() as tx:
        (record,) = tx.execute(select(answer_records)).all()
    assert (record.said_by, record.unit_id, record.number) == (
        "wang",
        "photo",
        reply.body["custom"]["answer"]["record"],
    )


def test_canned_replies_are_ones_own_a_departments_or_everybodys(desk: Office) -> None:
    agent, other = Agent(desk, "wang", department="户籍"), Agent(desk, "li", department="出入境")
    boss = Agent(desk, "boss", "supervisor")

    def titles(one: Agent) -> set[str]:
        return {row["title"] for row in one.get("/desk/canned")["canned"]}

    mine = agent.post("/desk/canned", {"title": "我的", "text": "您好", "scope": "mine"})["canned"]
    office = boss.post("/desk/canned", {"title": "全员", "text": "您好", "scope": "office"})["canned"]
    boss.post("/desk/canned", {"title": "户籍", "text": "您好", "scope": "户籍"})
    agent.post("/desk/canned", {"title": "越权", "text": "您好", "scope": "office"}, 403)
    agent.post("/desk/canned", {"title": "越权", "text": "您好", "scope": "mine", "id": office["id"]}, 403)
    for one in (other, boss):
        one.post("/desk/canned/remove", {"id": mine["id"]}, 403)
    agent.post("/desk/canned", {"title": "", "text": "您好"}, 422)
    assert (titles(agent), titles(other)) == ({"我的", "全员", "户籍"}, {"全员"})
    agent.post("/desk/canned", {"title": "改过", "text": "您好", "scope": "mine", "id": mine["id"]})
    boss.post("/desk/canned/remove", {"id": office["id"]})
    assert titles(agent) == {"改过", "户籍"}


def test_a_supervisor_sees_load_and_waits(desk: Office, citizens: Citizens) -> None:
    boss, agent = Agent(desk, "boss", "supervisor"), Agent(desk, "wang")
    first = citizens.ask("web:a", department="户籍").id
    citizens.ask("web:b")
    later(desk, minutes=5)
    agent.at(first, "take")
    floor = boss.get("/desk-floor/now")
    assert (floor["waiting"], floor["longest_wait"], floor["today"]["taken"]) == (1, 300, 1)
    assert floor["today"]["wait_median"] == 300
    assert [(row["state"], row["assigned_name"]) for row in floor["rows"]] == [
        ("waiting", None),
        ("with_agent", "wang同志"),
    ]
    loads = {one["name"]: one["load"] for one in floor["agents"]}
    assert loads == {"boss同志": 0, "wang同志": 1}


def test_a_supervisor_steps_into_a_conversation_of_the_robots(desk: Office, citizens: Citizens) -> None:
    boss = Agent(desk, "boss", "supervisor")
    now = desk.clock.now()
    with desk.database.write() as tx:
        dialogue.append(
            tx, "web:talk", [dialogue.heard("养老保险怎么转", "web", now), dialogue.told("这样转。", now, {})]
        )
        dialogue.append(tx, "web:old", [dialogue.heard("很久以前", "web", now - timedelta(hours=3))])
        outbox.add(tx, "web:talk", "web", [{"text": "这样转。"}], now)
    citizens.ask("web:waits")
    (talk,) = boss.get("/desk-floor/talks")["talks"]
    assert (talk["said"], talk["answered"], talk["channel"]) == ("养老保险怎么转", "这样转。", "网页")
    assert [line["text"] for line in boss.get(f"/desk-floor/talks/{talk['id']}")["lines"]] == [
        "养老保险怎么转",
        "这样转。",
    ]
    id = boss.post(f"/desk-floor/talks/{talk['id']}/step-in")["id"]
    found = handover(desk, id)
    assert (found.reason, found.assigned_to, found.question) == ("stepped_in", "boss", "养老保险怎么转")
    assert "boss同志" in citizens.texts("web:talk")[-1]
    boss.post(f"/desk-floor/talks/{talk['id']}/step-in", status=409)
    boss.get("/desk-floor/talks/999999", 404)


def test_reports_are_not_shown_to_who_looks_over_the_robots_shoulder(desk: Office) -> None:
    boss, now = Agent(desk, "boss", "supervisor"), desk.clock.now()
    reply = {
        **dialogue.told("请说举报的事", now, {}),
        "data": {"custom": {"answer": {"kind": "form", "confidential": True}}},
    }
    with desk.database.write() as tx:
        dialogue.append(tx, "web:r", [dialogue.heard("我要举报某某", "web", now), reply])
    (talk,) = boss.get("/desk-floor/talks")["talks"]
    assert "某某" not in str(talk) and "举报的事" not in str(talk)


def test_rules_and_closures(desk: Office) -> None:
    publish(desk)
    boss = Agent(desk, "boss", "supervisor")
    form = boss.browser.post
    assert form("/desk-rules/marks", {"then": "person", "words": "拆迁 补偿", "department": "住建"}).status_code == 303
    unit = {"then": "approval", "unit": "faq:photo 拍身份证照片要自己带照片吗", "minutes": "20"}
    assert form("/desk-rules/marks", unit).status_code == 303
    refused = form("/desk-rules/marks", {"then": "person", "words": "拆"})
    assert refused.status_code == 422 and "至少两个字" in refused.text
    assert (
        form("/desk-rules/closures", {"day": "2026-12-31", "shifts": "09:00-11:30", "reason": "年终"}).status_code
        == 303
    )
    assert form("/desk-rules/closures", {"day": "2026-13-31"}).status_code == 422
    assert form("/desk-rules/closures", {"day": "2026-12-30", "shifts": "早上"}).status_code == 422
    shown = boss.browser.get("/desk-rules").text
    for words in ("拆迁、补偿", "拍身份证照片要自己带照片吗", "20 分钟", "2026-12-31", "09:00-11:30"):
        assert words in shown
    with desk.database.read() as tx:
        rules = marks.listing(tx)
        assert [(one.then, one.unit_id) for one in rules] == [("person", None), ("approval", "photo")]
        assert len(closures.listing(tx, desk.clock.now().date())) == 1
    form(f"/desk-rules/marks/{rules[0].id}/remove")
    form("/desk-rules/closures/revoke", {"day": "2026-12-31"})
    with desk.database.read() as tx:
        assert len(marks.listing(tx)) == 1 and not closures.listing(tx, desk.clock.now().date())
        assert {"desk.mark", "desk.announce"} <= {one.action for one in audit.entries(tx)}


def test_the_page_itself(desk: Office) -> None:
    agent = Agent(desk, "wang")
    page = agent.browser.get("/desk")
    assert page.status_code == 200 and 'id="facts"' in page.text and "坐席现场" not in page.text
    boss = Agent(desk, "boss", "supervisor")
    assert "坐席现场" in boss.browser.get("/desk-floor").text
