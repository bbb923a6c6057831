"""The bodies that are posted, as other programs read them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_helpers import AES_KEY, APP_ID, CORP_ID, TOKEN, Gateway, settings, simulated

from channels.wechat import xml
from channels.wechat.crypto import Envelope
from channels.wechat.signature import matches
from channels.wechat.simulator import Simulator
from channels.wechat.simulator.accounts import accounts
from channels.wechat.simulator.callbacks import handshake, query, seal
from foundation.clock import FixedClock

ACCOUNTS = accounts(settings())
FIELDS = {"ToUserName": "gh_5a1b2c3d4e5f", "FromUserName": "oA", "CreateTime": 1700000000, "MsgType": "text"}


@pytest.fixture
async def posted(clock: FixedClock) -> AsyncIterator[tuple[Simulator, Gateway]]:
    async with simulated(clock) as (simulator, gateway, _):
        yield simulator, gateway


async def everything(simulator: Simulator) -> int:
    """Do everything that a user of an official account can do; how many callbacks that makes."""
    citizen = simulator.user("oA")
    doings = [
        citizen.say("身份证丢了 ]]> <b>&"), citizen.click_line("7-1", "换领"), citizen.voice("补办身份证"),
        citizen.image(), citizen.video(), citizen.location(38.9012, 82.8034, "示例市"), citizen.link("题", "http://example.org/"),
        citizen.follow("42"), citizen.scan("42"), citizen.click("HALLS"), citizen.view("http://example.org/"),
        citizen.report_location(38.9, 82.8), citizen.unfollow(),
    ]  # fmt: skip
    for doing in doings:
        await doing
    return len(doings)


async def test_wechatpy_reads_plain_bodies(posted: tuple[Simulator, Gateway]) -> None:
    wechatpy = pytest.importorskip("wechatpy")
    utils = pytest.importorskip("wechatpy.utils")
    simulator, gateway = posted
    simulator.platform.accounts["wechat"].mode = "plain"
    assert await everything(simulator) == len(gateway.bodies)
    for asked in gateway.queries:
        utils.check_signature(TOKEN, asked["signature"], asked["timestamp"], asked["nonce"])
        assert asked["openid"] == "oA"
    read = [wechatpy.parse_message(body.decode()) for body in gateway.bodies]
    assert [type(one).__name__ for one in read] == [
        "TextMessage", "TextMessage", "VoiceMessage", "ImageMessage", "VideoMessage", "LocationMessage", "LinkMessage",
        "SubscribeScanEvent", "ScanEvent", "ClickEvent", "ViewEvent", "LocationEvent", "UnsubscribeEvent",
    ]  # fmt: skip
    assert read[0].content == "身份证丢了 ]]> <b>&" and read[0].source == "oA" and read[0].target == "gh_5a1b2c3d4e5f"
    assert read[1].id > read[0].id > 2**53
    assert read[2].recognition == "补办身份证" and tuple(map(float, read[5].location)) == (38.9012, 82.8034)
    assert (read[7].scene_id, read[8].scene_id, read[9].key) == ("42", "42", "HALLS")


@pytest.mark.parametrize("mode", ["compatible", "safe"])
async def test_wechatpy_opens_encrypted_bodies(posted: tuple[Simulator, Gateway], mode: str) -> None:
    wechatpy = pytest.importorskip("wechatpy")
    crypto = pytest.importorskip("wechatpy.crypto").WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    simulator, gateway = posted
    simulator.platform.accounts["wechat"].mode = mode  # type: ignore[assignment]
    await everything(simulator)
    for asked, body in zip(gateway.queries, gateway.bodies):
        assert asked["encrypt_type"] == "aes"
        plain = crypto.decrypt_message(body.decode(), asked["msg_signature"], asked["timestamp"], asked["nonce"])
        assert wechatpy.parse_message(plain).source == "oA"
        assert (b"<FromUserName>" in body) == (mode == "compatible")


async def test_wechatpy_opens_what_wecom_posts(posted: tuple[Simulator, Gateway]) -> None:
    work = pytest.importorskip("wechatpy.work")
    crypto = pytest.importorskip("wechatpy.work.crypto").WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    simulator, gateway = posted
    await simulator.user("zhangsan", "wecom").say("请假怎么请")
    await simulator.user("zhangsan", "wecom").enter()
    await simulator.user("wmCustomer", "wecom-kf").say("你好")
    plain = []
    for asked, body in zip(gateway.queries, gateway.bodies):
        assert asked.keys() == {"msg_signature", "timestamp", "nonce"}
        plain.append(crypto.decrypt_message(body, asked["msg_signature"], asked["timestamp"], asked["nonce"]))
    message = work.parse_message(plain[0])
    assert (message.content, message.agent, message.source) == ("请假怎么请", 1000002, "zhangsan")
    kf = xml.parse(plain[2])
    assert kf["Event"] == "kf_msg_or_event" and kf["OpenKfId"].startswith("wk") and kf["Token"].startswith("ENC")
    assert "Content" not in kf


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_mini_program_may_be_posted_to_as_json(posted: tuple[Simulator, Gateway], mode: str) -> None:
    simulator, gateway = posted
    account = simulator.platform.accounts["miniprogram"]
    account.mode, account.format = mode, "json"  # type: ignore[assignment]
    await simulator.user("oA", "miniprogram").say("你好")
    body = json.loads(gateway.bodies[0])
    if mode != "plain":
        body = json.loads(Envelope(AES_KEY, account.app_id).decrypt(body["Encrypt"]))
    assert gateway.types == ["application/json"] and gateway.paths == ["/webhooks/miniprogram/webhook"]
    assert body["Content"] == "你好" and isinstance(body["MsgId"], int)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["plain", "compatible", "safe"]))
def test_any_text_arrives(text: str, mode: str) -> None:
    account = ACCOUNTS["wechat"]
    account.mode = mode  # type: ignore[assignment]
    sealed = seal(account, {**FIELDS, "Content": text})
    body = sealed.body.decode()
    if sealed.encrypted:
        asked = query(account, sealed.encrypted, 1700000000, "oA")
        stamp = asked["timestamp"], asked["nonce"]
        assert matches(asked["msg_signature"], TOKEN, *stamp, sealed.encrypted)
        assert matches(asked["signature"], TOKEN, *stamp)
        body = Envelope(AES_KEY, APP_ID).decrypt(sealed.encrypted)
    lines = text.replace("\r\n", "\n").replace("\r", "\n")  # as XML reads them
    assert xml.parse(body)["Content"].strip() == xml.legal(lines).strip()


def test_control_characters_go_out_as_they_were_typed() -> None:
    account = ACCOUNTS["wechat"]
    account.mode = "plain"
    assert b"a\x08\x1db" in seal(account, {**FIELDS, "Content": "a\x08\x1db"}).body


@pytest.mark.parametrize("channel", ["wechat", "miniprogram", "wecom"])
def test_the_check_of_an_address(channel: str) -> None:
    account = ACCOUNTS[channel]
    asked, expected = handshake(account, 1700000000)
    if account.corporate:
        assert matches(asked["msg_signature"], TOKEN, asked["timestamp"], asked["nonce"], asked["echostr"])
        assert Envelope(AES_KEY, CORP_ID).decrypt(asked["echostr"]) == expected
    else:
        assert matches(asked["signature"], TOKEN, asked["timestamp"], asked["nonce"])
        assert asked["echostr"] == expected
