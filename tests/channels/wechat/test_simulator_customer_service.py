"""微信客服: the list of messages, read page by page; states; sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from simulator_helpers import Client, Gateway, simulated

from channels.wechat import xml
from channels.wechat.crypto import Envelope
from channels.wechat.simulator import Simulator
from channels.wechat.simulator.accounts import OPEN_KFID
from channels.wechat.simulator.users import Customer
from foundation.clock import FixedClock

Platform = tuple[Simulator, Gateway, Client]


@pytest.fixture
async def platform(clock: FixedClock) -> AsyncIterator[Platform]:
    async with simulated(clock) as (simulator, gateway, client):
        yield simulator, gateway, await client.sign_in_to_corporation()


async def sync(client: Client, cursor: str = "", **more: Any) -> Any:
    return await client.post("/cgi-bin/kf/sync_msg", {"open_kfid": OPEN_KFID, "cursor": cursor, **more})


def text(msgid: str | None = None, content: str = "您好") -> dict[str, Any]:
    own = {} if msgid is None else {"msgid": msgid}
    return {"touser": "wmA", "open_kfid": OPEN_KFID, "msgtype": "text", "text": {"content": content}, **own}


async def send(client: Client, msgid: str | None = None) -> int:
    return int((await client.post("/cgi-bin/kf/send_msg", text(msgid)))["errcode"])


def token_of(gateway: Gateway) -> str:
    """The token in the newest callback."""
    envelope = Envelope("A" * 43, "ww5fad812f8e6fb9ba")
    return str(xml.parse(envelope.decrypt(xml.parse(gateway.bodies[-1])["Encrypt"]))["Token"])


async def test_messages_are_read_page_by_page(platform: Platform) -> None:
    simulator, gateway, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    for number in range(5):
        await customer.say(f"第{number}句")
    read, cursor = [], ""
    for expected_more in (1, 1, 0):
        page = await sync(client, cursor, limit=2, token=token_of(gateway))
        read += [message["text"]["content"] for message in page["msg_list"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == expected_more
    assert read == [f"第{number}句" for number in range(5)]
    assert (await sync(client, cursor))["msg_list"] == []
    first = simulator.platform.customer_service.log[0]
    assert (first["origin"], first["external_userid"], first["open_kfid"]) == (3, "wmA", OPEN_KFID)


async def test_an_empty_page_may_have_more(platform: Platform) -> None:
    simulator, _, client = platform
    await simulator.user("wmA", "wecom-kf").say("你好")
    await client.post("/simulator/service", {"empty_pages": 2})
    pages = []
    cursor = ""
    while not pages or pages[-1]["has_more"]:
        pages.append(await sync(client, cursor))
        cursor = pages[-1]["next_cursor"]
    assert [len(page["msg_list"]) for page in pages] == [0, 0, 1]


async def test_an_empty_cursor_replays_three_days(platform: Platform, clock: FixedClock) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    await customer.say("四天前")
    clock.advance(days=2)
    await customer.say("两天前")
    clock.advance(days=2)
    await client.sign_in_to_corporation()
    assert [message["text"]["content"] for message in (await sync(client))["msg_list"]] == ["两天前"]


async def test_what_sync_refuses(platform: Platform, clock: FixedClock) -> None:
    simulator, gateway, client = platform
    await simulator.user("wmA", "wecom-kf").say("你好")
    token = token_of(gateway)
    assert (await sync(client, "nonsense"))["errcode"] == 40058
    assert (await sync(client, limit=1001))["errcode"] == 40058
    assert (await sync(client, token="nonsense"))["errcode"] == 95007
    assert (await client.post("/cgi-bin/kf/sync_msg", {"open_kfid": "wkOther"}))["errcode"] == 95000
    clock.advance(minutes=10)
    assert (await sync(client, token=token))["errcode"] == 95007


async def test_a_message_is_sent_once_for_each_id(platform: Platform) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    await customer.say("你好")
    assert [await send(client, "out-1"), await send(client, "out-1"), await send(client, "out 2")] == [0, 40058, 40058]
    assert [line.text for line in customer.shown] == ["您好"]


async def test_five_messages_and_then_a_failure_is_told(platform: Platform) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    await customer.say("你好")
    assert [await send(client, f"out-{n}") for n in range(6)] == [0] * 6
    assert len(customer.shown) == 5
    failed = simulator.platform.customer_service.log[-1]
    assert (failed["origin"], failed["event"]["event_type"], failed["event"]["fail_msgid"]) == (
        4,
        "msg_send_fail",
        "out-5",
    )
    assert failed["event"]["fail_type"] == 6


async def test_a_failure_on_demand(platform: Platform) -> None:
    simulator, _, client = platform
    await simulator.user("wmA", "wecom-kf").say("你好")
    await client.post("/simulator/service", {"fail_type": 10})
    assert await send(client) == 0
    assert simulator.platform.customer_service.log[-1]["event"]["fail_type"] == 10


async def test_states(platform: Platform) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    await customer.say("转人工")
    who = {"open_kfid": OPEN_KFID, "external_userid": "wmA"}

    async def state() -> int:
        return int((await client.post("/cgi-bin/kf/service_state/get", who))["service_state"])

    async def transfer(**more: Any) -> int:
        return int((await client.post("/cgi-bin/kf/service_state/trans", {**who, **more}))["errcode"])

    assert await state() == 0
    assert await transfer(service_state=3) == 95018, "nobody is named"
    assert await transfer(service_state=2) == 0 and await state() == 2
    assert await send(client) == 95018
    assert await transfer(service_state=3, servicer_userid="lisi") == 0
    assert await transfer(service_state=4) == 0
    assert await transfer(service_state=1) == 95018, "the end cannot be changed"
    await customer.say("又来了")
    assert await state() == 0 and await send(client) == 0


async def test_a_welcome_is_said_once_within_twenty_seconds(platform: Platform, clock: FixedClock) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")

    async def welcome(code: str) -> int:
        body = {"code": code, "msgtype": "text", "text": {"content": "欢迎"}}
        return int((await client.post("/cgi-bin/kf/send_msg_on_event", body))["errcode"])

    await customer.enter()
    code = simulator.platform.customer_service.log[-1]["event"]["welcome_code"]
    assert [await welcome(code), await welcome(code)] == [0, 40058]
    await customer.enter()
    code = simulator.platform.customer_service.log[-1]["event"]["welcome_code"]
    clock.advance(seconds=20)
    assert await welcome(code) == 40058
    await customer.say("你好")
    await customer.enter()
    assert "welcome_code" not in simulator.platform.customer_service.log[-1]["event"]
    assert [line.text for line in customer.shown] == ["欢迎"]


async def test_a_menu_and_its_click(platform: Platform) -> None:
    simulator, _, client = platform
    customer = simulator.user("wmA", "wecom-kf")
    assert isinstance(customer, Customer)
    await customer.say("身份证")
    lines = [{"type": "click", "click": {"id": "7-0", "content": "换领"}}]
    menu = {"head_content": "哪一种？", "list": lines, "tail_content": ""}
    body = {"touser": "wmA", "open_kfid": OPEN_KFID, "msgtype": "msgmenu", "msgmenu": menu}
    assert (await client.post("/cgi-bin/kf/send_msg", body))["errcode"] == 0
    await customer.choose("换领")
    assert simulator.platform.customer_service.log[-1]["text"] == {"content": "换领", "menu_id": "7-0"}


async def test_places_and_files_have_other_names_here(platform: Platform) -> None:
    simulator = platform[0]
    customer = simulator.user("wmA", "wecom-kf")
    await customer.location(38.9, 82.8, "示例市")
    await customer.voice()
    place, voice = simulator.platform.customer_service.log
    assert place["location"]["latitude"] == 38.9 and place["location"]["name"] == "示例市"
    assert voice["voice"].keys() == {"media_id"}
    assert simulator.platform.media.get(voice["voice"]["media_id"]).content.startswith(b"#!AMR")


async def test_messages_to_members(platform: Platform) -> None:
    simulator, _, client = platform
    member = simulator.user("ZhangSan", "wecom")
    body = {"touser": "zhangsan|nobody", "msgtype": "text", "agentid": 1000002, "text": {"content": "字" * 700}}
    answer = await client.post("/cgi-bin/message/send", body)
    assert answer["errcode"] == 0 and answer["invaliduser"] == "nobody" and answer["msgid"]
    assert member.shown[0].text == "字" * 682, "longer texts are cut off"
    assert (await client.post("/cgi-bin/message/send", {**body, "touser": "nobody"}))["errcode"] == 81013
    assert (await client.post("/cgi-bin/message/send", {**body, "agentid": 1}))["errcode"] == 40056
    once = {**body, "touser": "zhangsan", "enable_duplicate_check": 1, "duplicate_check_interval": 60}
    for _ in range(2):
        assert (await client.post("/cgi-bin/message/send", once))["errcode"] == 0
    assert len(member.shown) == 2
