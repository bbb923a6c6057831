"""停答和提示: supervisors set them; every one has an end or a way back, and stands in the audit log."""

from __future__ import annotations

import pytest
from console_people import Browser, Office
from recall_office import told_wrong

from foundation import switches

OFF = {"mode": "off", "scope": "all", "channel": "web", "item": "", "text": "", "until": ""}
NOTICE = {**OFF, "mode": "notice", "text": "系统维护。", "until": "2026-11-23T17:00"}


@pytest.fixture
def chief(desk: Office) -> Browser:
    browser = Browser(desk)
    browser.seat("chief", "supervisor")
    return browser


def in_force(desk: Office) -> list[tuple[str, str, str]]:
    with desk.database.read() as tx:
        return [(one.scope, one.mode, one.text) for one in switches.in_force(tx, desk.clock.now())]


def test_set_shown_and_taken_back(desk: Office, chief: Browser) -> None:
    told_wrong(desk)
    assert chief.post("/content/switches", OFF).headers["location"] == "/content/switches?done=set"
    assert chief.post("/content/switches", NOTICE).status_code == 303
    assert chief.post("/content/switches", {**OFF, "scope": "channel", "channel": "wechat"}).status_code == 303
    assert (
        chief.post("/content/switches", {**OFF, "scope": "item", "item": "id-card 居民身份证办理"}).status_code == 303
    )
    assert in_force(desk) == [
        ("all", "notice", "系统维护。"), ("all", "off", ""), ("channel:wechat", "off", ""), ("item:id-card", "off", ""),
    ]  # fmt: skip
    page = chief.get("/content/switches").text
    assert "停答：居民身份证办理" in page and "停答：公众号" in page and "到 2026-11-23 17:00 自动结束" in page
    assert chief.post("/content/switches/off", {"scope": "all", "mode": "off"}).status_code == 303
    assert ("all", "off", "") not in in_force(desk)
    assert ("chief", "switch.off", "switch:all") in desk.audited()
    desk.clock.advance(hours=8)
    assert "系统维护" not in chief.get("/content/switches").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [({**NOTICE, "text": ""}, "先说的话"), ({**NOTICE, "text": "x" * 201}, "先说的话"),
     ({**NOTICE, "until": ""}, "什么时候结束"),
     ({**NOTICE, "until": "2026-11-23T09:00"}, "什么时候结束"), ({"until": "明天"}, "什么时候结束"),
     ({"scope": "item", "item": "none"}, "范围"), ({"scope": "channel", "channel": "x"}, "范围"),
     ({"mode": "x"}, "范围"), ({"scope": ""}, "范围")],
)  # fmt: skip
def test_what_is_not_taken(desk: Office, chief: Browser, changes: dict[str, str], said: str) -> None:
    refused = chief.post("/content/switches", {**OFF, **changes})
    assert refused.status_code == 422 and said in refused.text
    assert in_force(desk) == []


def test_what_was_typed_is_still_there(desk: Office, chief: Browser) -> None:
    page = chief.post("/content/switches", {**NOTICE, "until": "", "text": "<b>维护</b>"}).text
    assert "&lt;b&gt;维护&lt;/b&gt;</textarea>" in page
