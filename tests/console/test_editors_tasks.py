"""内容待办 over the pages: whose they are, what their readers see of a conversation, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from console_people import Browser, Office
from content_office import Editorial, about_photos

from desk import tasks
from desk.tasks import NewTask, Task
from foundation import dialogue
from knowledge_base.store import drafts

POLICE, CIVIL = "公安局", "民政局"
TASKS = "/content/tasks"
MASKED = "⟦phone:7f3a⟧"


@pytest.fixture
def new_browser(desk: Office) -> Callable[[], Browser]:
    return lambda: Browser(desk)


@pytest.fixture
def editorial(desk: Office, new_browser: Callable[[], Browser]) -> Editorial:
    editorial = Editorial(desk, new_browser)
    editorial.standing(about_photos("可以。", department=POLICE))
    return editorial


@pytest.fixture
def put(editorial: Editorial) -> Callable[..., Task]:
    """Opens a task about the photo's answer."""

    def opened(kind: str = tasks.CORRECTION, department: str = "", **detail: str) -> Task:
        now = editorial.office.clock.now()
        told = {"kind": "faq", "id": "photo", "record": "K7M2-4Q9D", "said": "你说错了", **detail}
        with editorial.office.database.write() as tx:
            said = [
                dialogue.heard("照片可以自己带吗", "web", now - timedelta(minutes=3)),
                dialogue.told("可以。", now - timedelta(minutes=3), {}),
                dialogue.heard(f"你说错了，打我 {MASKED}", "web", now - timedelta(minutes=1)),
                dialogue.heard("后来说的话", "web", now + timedelta(minutes=5)),
            ]
            dialogue.append(tx, "web:a", said)
            source = f"test:{kind}:{department}:{len(detail)}"
            task = NewTask(kind, source, "照片", department, conversation="web:a", channel="web", detail=told)
            return tasks.open_task(tx, task, now)

    return opened


def of(editorial: Editorial, task: Task) -> Task:
    with editorial.office.database.read() as tx:
        return tasks.get(tx, task.id)


def test_taken_released_and_done_with_an_outcome(editorial: Editorial, put: Callable[..., Task]) -> None:
    task = put()
    page = f"{TASKS}/{task.id}"
    assert "照片" in editorial.li.get(TASKS).text
    assert editorial.li.post(f"{page}/take").status_code == 303
    assert of(editorial, task).taken_by == "li"
    refused = editorial.wang.post(f"{page}/take")
    assert refused.status_code == 409 and "li" in refused.text
    assert editorial.wang.post(f"{page}/done", {"outcome": "corrected"}).status_code == 409
    assert editorial.li.post(f"{page}/release").status_code == 303
    assert editorial.wang.post(f"{page}/done", {"outcome": "whatever"}).status_code == 409
    assert editorial.wang.post(f"{page}/done", {"outcome": "not_wrong", "remark": "电话13800138000"}).status_code == 303
    done = of(editorial, task)
    assert (done.state, done.taken_by, done.outcome) == ("done", "wang", "not_wrong")
    assert "13800138000" not in done.remark
    assert task.title not in editorial.li.get(TASKS).text.split("</h1>")[1]
    assert "原来的回答没有错" in editorial.li.get(TASKS, params={"done": "1"}).text
    assert ("wang", "desk.task_done") in [entry[:2] for entry in editorial.office.audited()]


def test_the_conversation_is_shown_masked_and_up_to_then(editorial: Editorial, put: Callable[..., Task]) -> None:
    page = editorial.li.get(f"{TASKS}/{put().id}").text
    assert "照片可以自己带吗" in page and "（手机号）" in page and MASKED not in page
    assert "后来说的话" not in page
    assert 'name="question" value="照片可以自己带吗"' in page, "what was asked before the answer was called wrong"
    assert "/content/units/faq/photo/edit" in page
    assert "坐席台" not in page, "an editor does not sit at the desk"
    assert "坐席台" in editorial.chen.get(f"{TASKS}/1").text


def test_a_task_is_for_the_department_of_the_unit(editorial: Editorial, put: Callable[..., Task]) -> None:
    task = put()
    police, civil = (editorial.seat(name, "editor", department=one) for name, one in (("zhang", POLICE), ("ma", CIVIL)))
    assert f"{TASKS}/{task.id}" in police.get(TASKS).text
    assert f"{TASKS}/{task.id}" not in civil.get(TASKS).text
    assert civil.get(f"{TASKS}/{task.id}").status_code == 404
    for act in ("take", "release", "done"):
        assert civil.post(f"{TASKS}/{task.id}/{act}", {"outcome": "corrected"}).status_code == 404
    assert of(editorial, task).state == "open"
    assert f"{TASKS}/{task.id}" in editorial.chen.get(TASKS).text, "supervisors see all"


def test_other_tasks_of_the_desk_are_not_shown(editorial: Editorial, put: Callable[..., Task]) -> None:
    task = put(tasks.CALLBACK)
    assert f"{TASKS}/{task.id}" not in editorial.chen.get(TASKS).text
    assert editorial.chen.get(f"{TASKS}/{task.id}").status_code == 404


def test_an_agents_proposal_becomes_a_draft_and_is_done(editorial: Editorial, put: Callable[..., Task]) -> None:
    task = put(tasks.EDITOR, question="照片背景要什么颜色", suggested="白色。")
    page = editorial.li.get(f"{TASKS}/{task.id}").text
    assert "照片背景要什么颜色" in page and "白色。" in page and 'value="faq:photo"' in page
    form = {"question": ["照片背景要什么颜色"], "target": "new", "answer": "白色。", "task": str(task.id)}
    assert editorial.li.post("/content/propose", form).status_code == 303
    with editorial.office.database.read() as tx:
        [draft] = drafts.drafts(tx)
    assert draft.unit is not None and draft.unit.title == "照片背景要什么颜色"
    done = of(editorial, task)
    assert (done.state, done.outcome, done.taken_by) == ("done", "drafted", "li")


def test_somebody_elses_task_stays_theirs_when_another_writes_the_draft(
    editorial: Editorial, put: Callable[..., Task]
) -> None:
    task = put(tasks.EDITOR, question="照片背景要什么颜色")
    editorial.wang.post(f"{TASKS}/{task.id}/take")
    form = {"question": ["照片背景要什么颜色"], "target": "new", "answer": "白色。", "task": str(task.id)}
    assert editorial.li.post("/content/propose", form).status_code == 303
    assert (of(editorial, task).state, of(editorial, task).taken_by) == ("taken", "wang")


def test_who_was_erased_is_not_shown(editorial: Editorial) -> None:
    with editorial.office.database.write() as tx:
        new = NewTask(tasks.CORRECTION, "x", "照片", conversation="web:gone", detail={})
        task = tasks.open_task(tx, new, editorial.office.clock.now())
    assert "对话已经找不到" in editorial.li.get(f"{TASKS}/{task.id}").text


def test_what_could_not_be_published_on_its_day_says_why_and_what_to_do(editorial: Editorial) -> None:
    why = "faq:photo: answer: 写收费20元。请两边核对。\n内容测试 7“照片可以自己带吗”没有通过：回答里应当有“可以”"
    detail = {"kind": "faq", "id": "photo", "owner": "张三", "why": why}
    now = editorial.office.clock.now()
    with editorial.office.database.write() as tx:
        one = tasks.open_task(tx, NewTask(tasks.HELD_UP, "held_up:1", "照片可以自己带吗", POLICE, detail=detail), now)
        order = NewTask(tasks.HELD_UP, "held_up:order:1", "关于照片的通知", "", detail={"order": 3, "why": "有问题"})
        tasks.open_task(tx, order, now)
    police, civil = (editorial.seat(name, "editor", department=one) for name, one in (("zhang", POLICE), ("ma", CIVIL)))
    assert "到时间没有发布" in police.get(TASKS).text and "到时间没有发布" in editorial.chen.get(TASKS).text
    assert civil.get(f"{TASKS}/{one.id}").status_code == 404
    page = police.get(f"{TASKS}/{one.id}").text
    for said in ("张三", "请两边核对", "内容测试 7", "/content/units/faq/photo", "/content/review", "怎么办"):
        assert said in page, said
    assert "/content/orders/3" in editorial.chen.get(f"{TASKS}/{one.id + 1}").text
    assert police.post(f"{TASKS}/{one.id}/done", {"outcome": "not_wrong"}).status_code == 409, (
        "no answer is in question"
    )
    assert police.post(f"{TASKS}/{one.id}/done", {"outcome": "published"}).status_code == 303
    assert of(editorial, one).outcome == "published"
