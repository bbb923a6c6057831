"""Callbacks over HTTP: five seconds, three times, and what the user is shown."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from simulator_helpers import late, passive, simulated, success

from channels.wechat import xml
from channels.wechat.simulator.callbacks import seal
from channels.wechat.simulator.records import Posted
from foundation.clock import FixedClock

FAULT = "该公众号提供的服务出现故障，请稍后再试"
Response = web.StreamResponse


async def echo(request: web.Request, body: bytes) -> Response:
    fields = xml.parse(body)
    return web.Response(text=passive(fields, f"答：{fields.get('Content', fields['MsgType'])}"))


def outcomes(posted: Posted) -> list[str]:
    return [attempt.outcome for attempt in posted.attempts]


async def test_a_passive_reply_is_shown(clock: FixedClock) -> None:
    async with simulated(clock, wechat_mode="plain") as (simulator, gateway, _):
        gateway.answer = echo
        citizen = simulator.user("oA")
        posted = await citizen.say("你好")
        assert outcomes(posted) == ["message"]
        assert [(line.text, line.how) for line in await citizen.messages(1)] == [("答：你好", "passive")]
        assert posted.passive == citizen.shown[0]
        assert citizen.person.windows.left == 5, "a passive reply is not counted"


async def test_three_times_and_then_a_fault(clock: FixedClock) -> None:
    async with simulated(clock, patience=0.1) as (simulator, gateway, _):
        gateway.answer = lambda request, body: late(5, success, request, body)
        posted = await simulator.user("oA").say("你好")
        assert outcomes(posted) == ["late"] * 3
        assert [line.text for line in simulator.user("oA").shown] == [FAULT]
        assert len(set(gateway.bodies)) == 1, "the body is the same"
        assert len({asked["nonce"] for asked in gateway.queries}) == 3
        assert len({asked["msg_signature"] for asked in gateway.queries}) == 3


@pytest.mark.parametrize("status", [403, 500, 302])
async def test_other_statuses_are_posted_again(clock: FixedClock, status: int) -> None:
    async with simulated(clock) as (simulator, gateway, _):

        async def refuse(request: web.Request, body: bytes) -> Response:
            return web.Response(status=status, headers={"Location": "/webhooks/elsewhere"})

        gateway.answer = refuse
        assert outcomes(await simulator.user("oA").say("你好")) == ["failed"] * 3
        assert simulator.user("oA").shown[0].text == FAULT
        assert set(gateway.paths) == {"/webhooks/wechat/webhook"}


async def test_the_second_attempt_may_succeed(clock: FixedClock) -> None:
    async with simulated(clock, patience=0.3, wechat_mode="plain") as (simulator, gateway, _):

        async def second(request: web.Request, body: bytes) -> Response:
            return await (echo(request, body) if len(gateway.bodies) > 1 else late(5, echo, request, body))

        gateway.answer = second
        assert outcomes(await simulator.user("oA").say("你好")) == ["late", "message"]
        assert [line.text for line in simulator.user("oA").shown] == ["答：你好"]


async def test_a_malformed_answer_is_a_fault_at_once(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, gateway, _):

        async def malformed(request: web.Request, body: bytes) -> Response:
            return web.json_response({"text": "好"})

        gateway.answer = malformed
        posted = await simulator.user("oA").say("你好")
        assert outcomes(posted) == ["fault"] and "success" in posted.attempts[0].why
        assert simulator.user("oA").shown[0].text == FAULT


async def test_no_fault_is_shown_where_nobody_waits(clock: FixedClock) -> None:
    async with simulated(clock, patience=0.05) as (simulator, gateway, _):
        gateway.answer = lambda request, body: late(5, success, request, body)
        assert outcomes(await simulator.user("oA").unfollow()) == ["late"] * 3
        for channel in ("miniprogram", "wecom", "wecom-kf"):
            await simulator.user("oA", channel).say("你好")
            assert simulator.user("oA", channel).shown == []


async def test_nobody_listens(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, _client):
        simulator.driver.gateway = "http://127.0.0.1:9"
        assert outcomes(await simulator.user("oA").say("你好")) == ["failed"] * 3
        assert await simulator.driver.verify(simulator.platform.account("wechat"))


async def test_one_attempt_alone_for_posts_at_the_same_time(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, _client):
        citizen = simulator.user("oA")
        first = await citizen.say("你好")
        sealed = seal(citizen.account, first.fields)
        await asyncio.gather(
            *(simulator.driver.attempt(citizen.account, citizen.person, first, sealed) for _ in range(3))
        )
        assert outcomes(first) == ["acknowledged"] * 4


async def test_waiting_for_messages(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        citizen = simulator.user("oA")
        await citizen.say("你好")
        with pytest.raises(asyncio.TimeoutError):
            await citizen.messages(1, timeout=0.05)
        waiting = asyncio.create_task(citizen.messages(2))
        await client.send("oA", "一")
        await client.send("oA", "二")
        assert [line.text for line in await waiting] == ["一", "二"]


async def test_clicking_a_line_of_a_menu(clock: FixedClock) -> None:
    async with simulated(clock, wechat_mode="plain") as (simulator, gateway, client):
        await client.sign_in()
        citizen = simulator.user("oA")
        await citizen.say("身份证")
        choices = [{"id": "7-0", "content": "1. 首次申领"}, {"id": "7-1", "content": "2. 换领"}]
        menu = {"head_content": "办哪一种？", "list": choices, "tail_content": ""}
        await client.post("/cgi-bin/message/custom/send", {"touser": "oA", "msgtype": "msgmenu", "msgmenu": menu})
        assert citizen.shown[0].choices == (("7-0", "1. 首次申领"), ("7-1", "2. 换领"))
        for which in (1, "7-1", "2. 换领"):
            await citizen.choose(which)
            fields = xml.parse(gateway.bodies[-1])
            assert (fields["Content"], fields["bizmsgmenuid"]) == ("2. 换领", "7-1")
        for missing in ("三", 2):
            with pytest.raises(LookupError):
                await citizen.choose(missing)


async def test_the_gateways_address_is_checked(clock: FixedClock) -> None:
    async with simulated(clock) as (_, gateway, client):

        async def repeat(request: web.Request, body: bytes) -> Response:
            return web.Response(text=request.query["echostr"])

        gateway.answer = repeat
        assert (await client.post("/simulator/verify", {"channel": "wechat"}))["problem"] == ""
        assert (await client.post("/simulator/verify", {"channel": "wecom"}))["problem"] != ""
