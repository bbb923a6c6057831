"""The interface over HTTP: tokens, windows, failures on demand, counts."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from simulator_helpers import APP_ID, CORP_ID, CORP_SECRET, SECRET, simulated

from channels.wechat.simulator.faults import Fault
from foundation.clock import FixedClock

SEND = "/cgi-bin/message/custom/send"
TEXT = {"touser": "oA", "msgtype": "text", "text": {"content": "您好"}}


async def test_tokens_of_both_kinds(clock: FixedClock) -> None:
    async with simulated(clock) as (_, _, client):
        asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        plain = await client.get("/cgi-bin/token", **asked)
        stable = await client.post("/cgi-bin/stable_token", asked)
        assert plain.keys() == stable.keys() == {"access_token", "expires_in"}
        assert (await client.post("/cgi-bin/stable_token", {**asked, "secret": "x"}))["errcode"] == 40125
        assert (await client.get("/cgi-bin/token", **{**asked, "appid": "wx1"}))["errcode"] == 40013
        assert (await client.get("/cgi-bin/token", **{**asked, "grant_type": "x"}))["errcode"] == 40002
        assert (await client.get("/cgi-bin/stable_token"))["errcode"] == 43002
        corporate = await client.get("/cgi-bin/gettoken", corpid=CORP_ID, corpsecret=CORP_SECRET)
        assert corporate["errcode"] == 0 and corporate["expires_in"] == 7200
        assert (await client.get("/cgi-bin/gettoken", corpid=CORP_ID, corpsecret="x"))["errcode"] == 40001
        assert (await client.get("/cgi-bin/gettoken", corpid="x", corpsecret="x"))["errcode"] == 40013
        counts = await client.get("/simulator/calls")
        assert counts["counts"]["/cgi-bin/token"] == 3 and counts["counts"]["/cgi-bin/stable_token"] == 3
        assert counts["tokens"] == {"wechat": 2, "wecom": 1}


async def test_calls_want_a_token_and_the_right_method(clock: FixedClock) -> None:
    async with simulated(clock) as (_, _, client):
        assert (await client.post(SEND, TEXT))["errcode"] == 41001
        client.token = "nonsense"
        assert (await client.post(SEND, TEXT))["errcode"] == 40001
        assert (await client.post("/cgi-bin/kf/send_msg", {}))["errcode"] == 40014
        await client.sign_in()
        assert (await client.get(SEND))["errcode"] == 43002
        assert (await client.post("/cgi-bin/menu/get", {}))["errcode"] == 43001
        assert (await client.post("/cgi-bin/nonsense", {}))["errcode"] == 40066
        assert (await client.post("/cgi-bin/kf/send_msg", {}))["errcode"] == 40066, "not of this kind of account"
        assert "rid: " in (await client.post(SEND, TEXT))["errmsg"]
        clock.advance(hours=2)
        assert (await client.post(SEND, TEXT))["errcode"] == 42001


async def test_windows_over_the_interface(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        citizen = simulator.user("oA")
        assert await client.send("oA", "早") == 45015
        await citizen.say("你好")
        assert [await client.send("oA", f"第{n}条") for n in range(6)] == [0, 0, 0, 0, 0, 45047]
        assert [line.text for line in citizen.shown] == [f"第{n}条" for n in range(5)]
        assert {line.how for line in citizen.shown} == {"api"}
        await citizen.click("HALLS")
        assert [await client.send("oA", "菜单") for _ in range(4)] == [0, 0, 0, 45047]
        await citizen.say("还在吗")
        clock.advance(hours=48)
        await client.sign_in()
        assert await client.send("oA", "晚") == 45015
        await citizen.say("我回来了")
        await citizen.unfollow()
        assert await client.send("oA", "别走") == 45015


async def test_typing(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        citizen = simulator.user("oA")
        await citizen.say("你好")
        for path in ("/cgi-bin/message/custom/typing", "/cgi-bin/message/custom/business/typing"):
            assert (await client.post(path, {"touser": "oA", "command": "Typing"}))["errcode"] == 0
            assert (await client.post(path, {"touser": "oA", "command": "Typing"}))["errcode"] == 45081
            assert (await client.post(path, {"touser": "oA", "command": "CancelTyping"}))["errcode"] == 0
        clock.advance(seconds=31)
        answer = await client.post("/cgi-bin/message/custom/typing", {"touser": "oA", "command": "Typing"})
        assert answer["errcode"] == 45080


async def test_what_an_account_is_not_granted(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        await simulator.user("oA").say("你好")
        menu = {
            "touser": "oA",
            "msgtype": "msgmenu",
            "msgmenu": {"head_content": "?", "list": [{"id": "1", "content": "一"}]},
        }
        await client.post("/simulator/account", {"channel": "wechat", "menus": False})
        assert (await client.post(SEND, menu))["errcode"] == 40200
        assert await client.send("oA", "一") == 0
        await client.post("/simulator/account", {"channel": "wechat", "verified": False})
        assert await client.send("oA", "一") == 48001


@pytest.mark.parametrize("code", [-1, 45009, 40001, 45015])
async def test_the_next_calls_answer_an_error(clock: FixedClock, code: int) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        await simulator.user("oA").say("你好")
        await client.post("/simulator/fault", {"path": SEND, "times": 2, "errcode": code})
        assert [await client.send("oA", "一") for _ in range(3)] == [code, code, 0]
        assert len(simulator.user("oA").shown) == 1


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
async def test_a_connection_breaks_off_once_the_request_was_read(clock: FixedClock, drop: str, arrived: int) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        await simulator.user("oA").say("你好")
        await client.post("/simulator/fault", {"path": SEND, "drop": drop})
        with pytest.raises(aiohttp.ClientError):
            await client.send("oA", "一")
        assert len(simulator.user("oA").shown) == arrived
        assert await client.send("oA", "二") == 0
        assert simulator.platform.records.counts[SEND] == 2


async def test_late_and_broken_answers(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        simulator.platform.faults.add(Fault("/cgi-bin/getcallbackip", delay=0.2))
        await client.sign_in()
        began = time.monotonic()
        assert (await client.get("/cgi-bin/getcallbackip"))["ip_list"]
        assert time.monotonic() - began >= 0.2
        simulator.platform.faults.add(Fault("/cgi-bin/getcallbackip", status=502))
        with pytest.raises(ValueError):
            await client.get("/cgi-bin/getcallbackip")


async def test_quotas_are_cleared_ten_times_a_month(clock: FixedClock) -> None:
    async with simulated(clock) as (_, _, client):
        await client.sign_in()
        said = [(await client.post("/cgi-bin/clear_quota", {"appid": APP_ID}))["errcode"] for _ in range(11)]
        assert said == [0] * 10 + [48006]
        assert (await client.post("/cgi-bin/clear_quota", {"appid": "x"}))["errcode"] == 40013


async def test_what_was_taken_is_listed(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        for name in ("oA", "oB"):
            await simulator.user(name).say("你好")
            await client.send(name, f"给{name}")
        sent = await client.get("/simulator/sent", to="oB")
        assert [(one["to"], one["path"], one["body"]["text"]["content"]) for one in sent] == [("oB", SEND, "给oB")]
        assert len(await client.get("/simulator/sent")) == 2


async def test_a_notification_is_followed_by_its_result(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, gateway, client):
        await client.sign_in()
        simulator.user("oA")
        sent = {"touser": "oA", "template_id": "T1", "data": {"a": {"value": "1"}}}
        msgid = (await client.post("/cgi-bin/message/template/send", sent))["msgid"]
        records = simulator.platform.records
        posted = await records.until(lambda: [one for one in records.posted if one.done], 5)
        assert posted[0].kind == "TEMPLATESENDJOBFINISH" and posted[0].fields["MsgID"] == msgid
        assert len(gateway.bodies) == 1


async def test_many_calls_at_once_count_once_each(clock: FixedClock) -> None:
    async with simulated(clock) as (simulator, _, client):
        await client.sign_in()
        for number in range(30):
            simulator.user(f"o{number}").person.windows.wrote()
        assert await asyncio.gather(*(client.send(f"o{number}", str(number)) for number in range(30))) == [0] * 30
        assert [simulator.user(f"o{number}").shown[0].text for number in range(30)] == [str(n) for n in range(30)]
