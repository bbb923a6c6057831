"""预警: what supervisors see of an alert, do about it, and how a notice comes of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from console_people import HERE, Browser, Office, heard
from recall_office import told_wrong
from sqlalchemy import select

from desk import changes
from foundation import switches
from insights import recording
from insights.recording import Turn
from insights.turns import turns
from insights.warning import alerts, mutes
from insights.warning.series import UNIT, Series
from insights.warning.watching import Finding

PAGE = "/insights/alerts"
CARD = Series(UNIT, "item:id-card")


@pytest.fixture
def chief(desk: Office) -> Browser:
    browser = Browser(desk)
    browser.seat("chief", "supervisor")
    return browser


@pytest.fixture
def id(desk: Office) -> int:
    """An alert about the identity card, of which three people have asked."""
    told_wrong(desk)
    now = desk.clock.now()
    with desk.database.write() as tx:
        for number in range(3):
            mine = {"unit_kind": "item", "unit_id": "id-card", "region": "990101"}
            text = f"身份证⟦id:7f3a⟧停办了吗{number}"
            recording.write(
                tx, Turn(now - timedelta(minutes=9), f"web:{number}", "web", text, "item", "answered", **mine)
            )
        samples = list(tx.execute(select(turns.c.id)).scalars())
        finding = Finding("surge", CARD, now - timedelta(hours=1), now, 46, 5.0, 3, 8, 1e-12)
        found = alerts.report(tx, finding, samples, ("webhook",), now)
        changes.touch(tx, "alerts")
    assert found is not None
    return found


def test_what_an_alert_says(desk: Office, chief: Browser, id: int) -> None:
    listed = chief.get(PAGE).text
    assert "“居民身份证办理”：咨询激增" in listed and "正在发生" in listed and "还没有人处理" in listed
    page = chief.get(f"{PAGE}/{id}").text
    assert "今天 9:00–10:00 有 46 人问“居民身份证办理”，平常这个时段 3–8 人。" in page
    assert "身份证（已隐去）停办了吗2" in page and "7f3a" not in page
    assert "单位的系统：等待发送" in page
    assert re.search(r"<td>10:00<small>（未满）</small></td><td>0</td>|<td>9:00</td><td>3</td>", page)
    assert chief.get(f"{PAGE}/99").status_code == 404


def test_the_badge_counts_what_nobody_has_looked_at(desk: Office, chief: Browser, id: int) -> None:
    assert chief.get(f"{PAGE}/waiting").json() == {
        "count": 1, "said": "有 1 条预警没有人处理，最新：“居民身份证办理”：咨询激增",
    }  # fmt: skip
    assert "alerts_badge.js" in chief.get("/account").text
    assert chief.post(f"{PAGE}/{id}/acknowledge").headers["location"] == f"{PAGE}/{id}?done=acknowledged"
    assert chief.get(f"{PAGE}/waiting").json()["count"] == 0
    assert "chief 在处理" in chief.get(PAGE).text
    again = chief.post(f"{PAGE}/{id}/acknowledge")
    assert again.status_code == 422 and "已经有人在处理" in again.text
    agent = Browser(desk)
    agent.seat("wang", "agent")
    assert "alerts_badge.js" not in agent.get("/account").text


def test_open_pages_hear_of_it(desk: Office, chief: Browser, id: int) -> None:
    with chief.http.websocket_connect("ws://127.0.0.1/live", headers={"origin": HERE}) as socket:
        assert heard(socket) == {"changed": ["*"]}
        assert chief.post(f"{PAGE}/{id}/acknowledge").status_code == 303
        assert heard(socket) == {"changed": ["alerts"]}


def test_closed_with_a_verdict(desk: Office, chief: Browser, id: int) -> None:
    assert "还没有人判断过" in chief.get(PAGE).text
    assert chief.post(f"{PAGE}/{id}/resolve", {"verdict": "perhaps"}).status_code == 422
    assert chief.post(f"{PAGE}/{id}/resolve", {"verdict": "false", "remark": "<b>考试报名</b>"}).status_code == 303
    page = chief.get(f"{PAGE}/{id}").text
    assert "处理完毕：误报，&lt;b&gt;考试报名&lt;/b&gt;" in page and "我来处理" not in page
    assert "处理了 1 条预警，其中误报 1 条，占 100%" in chief.get(PAGE).text
    assert chief.post(f"{PAGE}/{id}/resolve", {"verdict": "real"}).status_code == 422
    assert ("chief", "alert.resolve", f"alert:{id}") in desk.audited()


def test_muted_and_heard_again(desk: Office, chief: Browser, id: int) -> None:
    assert chief.post(f"{PAGE}/{id}/mute", {"hours": "9999"}).status_code == 422
    assert chief.post(f"{PAGE}/{id}/mute", {"hours": "24"}).status_code == 303
    with desk.database.read() as tx:
        [mute] = mutes.in_force(tx, desk.clock.now())
    assert mute.subject == str(CARD) and mute.until == desk.clock.now() + timedelta(hours=24)
    assert "“居民身份证办理”：到 2026-11-24 10:00" in chief.get(PAGE).text
    assert chief.post(f"{PAGE}/unmute", {"subject": str(CARD)}).status_code == 303
    assert "没有静音的内容" in chief.get(PAGE).text
    assert [action for _, action, _ in desk.audited() if action.startswith("alert")] == ["alert.mute", "alert.unmute"]


def test_a_notice_in_two_steps(desk: Office, chief: Browser, id: int) -> None:
    form = chief.get(f"{PAGE}/{id}/notice").text
    assert "最近咨询“居民身份证办理”的人比较多" in form and 'value="2026-11-23T12:00"' in form
    told = {
        "scope": "all",
        "channel": "web",
        "item": "id-card",
        "text": "系统升级，12 点恢复。",
        "until": "2026-11-23T12:00",
    }
    sure = chief.post(f"{PAGE}/{id}/notice", told)
    assert sure.status_code == 200 and "请再看一遍" in sure.text and "系统升级，12 点恢复。" in sure.text
    with desk.database.read() as tx:
        assert switches.in_force(tx, desk.clock.now()) == [], "not before somebody is sure"
    assert chief.post(f"{PAGE}/{id}/notice", {**told, "sure": "1"}).headers["location"] == f"{PAGE}/{id}?done=noticed"
    with desk.database.read() as tx:
        [one] = switches.in_force(tx, desk.clock.now())
    assert (one.scope, one.mode, one.text) == ("all", "notice", "系统升级，12 点恢复。")
    assert ("chief", "switch.on", "switch:all") in desk.audited()
    assert "发了紧急提示" in chief.get(f"{PAGE}/{id}").text


@pytest.mark.parametrize(
    "wrong",
    [{"text": ""}, {"text": "长" * 201}, {"until": "2026-11-23T09:00"}, {"scope": "x"},
     {"scope": "channel", "channel": "x"}, {"scope": "item", "item": "none"}],
)  # fmt: skip
def test_a_notice_that_will_not_do(desk: Office, chief: Browser, id: int, wrong: dict[str, str]) -> None:
    told = {"scope": "all", "text": "系统升级。", "until": "2026-11-23T12:00", "item": "", "sure": "1", **wrong}
    assert chief.post(f"{PAGE}/{id}/notice", told).status_code == 422
    with desk.database.read() as tx:
        assert switches.in_force(tx, desk.clock.now()) == []


def test_who_only_reads(desk: Office, id: int) -> None:
    auditor = Browser(desk)
    auditor.seat("auditor", "auditor")
    page = auditor.get(f"{PAGE}/{id}").text
    assert "为什么报" in page and "<button" not in page.split("<main")[1]
