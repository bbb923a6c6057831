"""Bodies that the platform takes, and those it refuses, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from simulator_helpers import Client, simulated

from channels.wechat.simulator import Simulator
from channels.wechat.simulator.media import picture
from foundation.clock import FixedClock

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
async def platform(clock: FixedClock) -> AsyncIterator[tuple[Simulator, Client]]:
    async with simulated(clock) as (simulator, _, client):
        simulator.user("oA").person.windows.wrote()
        yield simulator, await client.sign_in()


def body(kind: str, **content: Any) -> dict[str, Any]:
    return {"touser": "oA", "msgtype": kind, kind: content}


CHOICES = [{"id": "7-0", "content": "首次申领"}, {"id": "7-1", "content": "换领"}]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (body("text", content="您好"), 0),
        (body("text", content="字" * 682 + "ab"), 0),
        (body("text", content="字" * 683), 45002),
        (body("text", content="  "), 44004),
        ({"touser": "oA", "msgtype": "text"}, 44004),
        (body("text", content="您好") | {"touser": "oNobody"}, 40003),
        (body("card", content="您好"), 40008),
        (body("link", title="链接"), 40008),
        (body("image", media_id="nonsense"), 40007),
        (body("msgmenu", head_content="哪一种？", list=CHOICES, tail_content=""), 0),
        (body("msgmenu", head_content="哪一种？", list=[]), 40035),
        (body("msgmenu", head_content="哪一种？", list=[CHOICES[0], CHOICES[0]]), 40035),
        (body("msgmenu", head_content="哪一种？", list=[{"id": 1, "content": "换领"}]), 40035),
        (body("msgmenu", head_content="哪一种？", list=[{"id": "1", "content": "字" * 43}]), 40035),
        (body("msgmenu", head_content="字" * 342, list=CHOICES), 45002),
        (body("msgmenu", head_content="多", list=[{"id": str(n), "content": "项"} for n in range(11)]), 45002),
        (body("news", articles=[{"title": "一"}]), 0),
        (body("news", articles=[{"title": "一"}, {"title": "二"}]), 45008),
    ],
)
async def test_customer_service_messages(platform: tuple[Simulator, Client], sent: dict[str, Any], code: int) -> None:
    simulator, client = platform
    assert (await client.post(SEND, sent))["errcode"] == code
    assert len(simulator.platform.records.sent) == (code == 0)
    assert len(simulator.user("oA").shown) == (code == 0)


async def test_escaped_characters_are_refused(platform: tuple[Simulator, Client]) -> None:
    _, client = platform
    assert (await client.post(SEND, json.dumps(body("text", content="您好")).encode()))["errcode"] == 40033
    assert (await client.post(SEND, b"{"))["errcode"] == 47001
    assert (await client.post(SEND, b"[]"))["errcode"] == 47001
    assert (await client.post(SEND, b"\xff"))["errcode"] == 47001


async def test_files_are_kept_three_days(platform: tuple[Simulator, Client], clock: FixedClock) -> None:
    simulator, client = platform
    uploaded = await client.upload("image", picture())
    assert uploaded["type"] == "image" and "errcode" not in uploaded
    assert (await client.post(SEND, body("image", media_id=uploaded["media_id"])))["errcode"] == 0
    assert simulator.user("oA").shown[0].media_id == uploaded["media_id"]
    clock.advance(days=3)
    await client.sign_in()
    assert (await client.get("/cgi-bin/media/get", media_id=uploaded["media_id"]))["errcode"] == 40007


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("image", b"not a picture", 40005),
        ("image", b"\xff\xd8\xff" + bytes(2 << 20), 40006),
        ("thumb", picture(1200, 1200) + bytes(65 << 10), 40006),
        ("image", b"", 41005),
        ("nonsense", picture(), 40004),
    ],
)
async def test_files_that_are_refused(platform: tuple[Simulator, Client], kind: str, content: bytes, code: int) -> None:
    assert (await platform[1].upload(kind, content))["errcode"] == code


async def test_a_mini_program_takes_fewer_kinds(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        simulator.user("oA", "miniprogram").person.windows.wrote()
        await client.sign_in("wx0123456789abcdef")
        assert (await client.post(SEND, body("msgmenu", head_content="?", list=CHOICES)))["errcode"] == 40008
        assert (await client.post(SEND, body("link", title="链接")))["errcode"] == 0


@pytest.mark.parametrize(
    ("path", "sent", "code"),
    [
        ("template/send", {"template_id": "T1", "data": {"first": {"value": "您好"}}}, 0),
        ("template/send", {"data": {"first": {"value": "您好"}}}, 40037),
        ("template/send", {"template_id": "T1", "data": {"first": "您好"}}, 47003),
        ("template/send", {"template_id": "T1", "data": {}}, 47003),
        ("template/send", {"template_id": "refused", "data": {"first": {"value": "您好"}}}, 43004),
        ("subscribe/bizsend", {"template_id": "T1", "data": {"thing1": {"value": "字" * 20}}}, 0),
        ("subscribe/bizsend", {"template_id": "T1", "data": {"thing1": {"value": "字" * 21}}}, 47003),
        ("subscribe/bizsend", {"template_id": "T1", "data": {"phrase3": {"value": "六个汉字太长"}}}, 47003),
        ("subscribe/bizsend", {"template_id": "refused", "data": {"thing1": {"value": "字"}}}, 43101),
    ],
)
async def test_notifications(
    platform: tuple[Simulator, Client], path: str, sent: dict[str, Any], code: int, clock: FixedClock
) -> None:
    simulator, client = platform
    simulator.user("oA").person.refuses.add("refused")
    clock.advance(minutes=90)
    answer = await client.post(f"/cgi-bin/message/{path}", {"touser": "oA", **sent})
    assert answer["errcode"] == code
    assert ("msgid" in answer) == (code == 0)
    assert [line.kind for line in simulator.user("oA").shown] == ["template"] * (code == 0)


MENU = {"button": [{"name": "办事", "sub_button": [{"type": "click", "name": "办事大厅", "key": "HALLS"}]}]}


@pytest.mark.parametrize(
    ("menu", "code"),
    [
        (MENU, 0),
        ({"button": []}, 40016),
        ({"button": [{"type": "click", "name": "一", "key": "A"}] * 4}, 40016),
        ({"button": [{"type": "click", "name": "字" * 6, "key": "A"}]}, 40018),
        ({"button": [{"type": "click", "name": "一", "key": ""}]}, 40019),
        ({"button": [{"type": "click", "name": "一", "key": "k" * 129}]}, 40019),
        ({"button": [{"type": "nonsense", "name": "一"}]}, 40017),
        ({"button": [{"type": "view", "name": "一"}]}, 40020),
        ({"button": [{"name": "一", "sub_button": [{"type": "click", "name": "二", "key": "A"}] * 6}]}, 40023),
        ({"button": [{"name": "一", "sub_button": [{"type": "click", "name": "字" * 21, "key": "A"}]}]}, 40025),
    ],
)
async def test_menus(platform: tuple[Simulator, Client], menu: dict[str, Any], code: int) -> None:
    _, client = platform
    assert (await client.get("/cgi-bin/menu/get"))["errcode"] == 46003
    assert (await client.post("/cgi-bin/menu/create", menu))["errcode"] == code
    if not code:
        assert (await client.get("/cgi-bin/menu/get")) == {"menu": menu}
        assert (await client.get("/cgi-bin/menu/delete"))["errcode"] == 0
    assert (await client.get("/cgi-bin/menu/get"))["errcode"] == 46003
