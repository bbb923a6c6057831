"""WeCom from the callback to the reply, over real HTTP both ways."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from channel_helpers import FakeWorker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from wecom_driver import TOKEN, Driver, wecom
from wecom_fake import AGENT, CORP, CUSTOMER, KF, WeComFake

from channels.wechat.signature import sign
from foundation.database import Database
from foundation.inbox import inbox

W1 = next(
    vector
    for vector in json.loads((Path(__file__).parents[1] / "wechat" / "vectors.json").read_text(encoding="utf-8"))
    if vector["id"] == "W1"
)


@pytest.fixture
async def driver(url: str, store: Database, fake: WeComFake) -> AsyncIterator[Driver]:
    async with wecom(url, store, fake) as running:
        yield running


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come about"
        await asyncio.sleep(0.02)


def conversations(store: Database) -> list[str]:
    with store.read() as tx:
        return list(tx.execute(select(inbox.c.conversation).order_by(inbox.c.id)).scalars())


def say(text: str, **more: Any) -> Callable[[str], list[dict[str, Any]]]:
    return lambda asked: [{"text": text, **more}]


async def test_the_address_is_registered(store: Database, url: str, fake: WeComFake) -> None:
    """A8: the decrypted echo, as plain text, byte for byte, also when + came as a blank."""
    async with wecom(url, store, fake, wecom_corp_id=W1["receiveid"]) as driver:
        for echo in (W1["encrypt"].replace("+", "%2B"), W1["encrypt"].replace("+", "%20"), W1["encrypt"]):
            query = f"msg_signature={W1['msg_signature']}&timestamp={W1['timestamp']}&nonce={W1['nonce']}"
            began = time.monotonic()
            address = f"{driver.url}?{query}&echostr={echo.replace('/', '%2F').replace('=', '%3D')}"
            async with driver.http.get(aiohttp.client.URL(address, encoded=True)) as response:
                assert response.status == 200 and response.content_type == "text/plain"
                assert await response.read() == W1["plaintext"].encode()
            assert time.monotonic() - began < 1


async def test_a_short_answer_is_the_answer_to_the_callback(driver: Driver, store: Database, fake: WeComFake) -> None:
    with FakeWorker(store, say("带身份证。")):
        status, said = await driver.text("要带什么")
    assert status == 200 and "带身份证。" in said
    await asyncio.sleep(0.6)  # the delivery loop has had time to look
    assert not fake.sent
    assert conversations(store) == ["wecom:zhangsan"], "members' ids are the same in any case"


@pytest.mark.slow
async def test_a_late_answer_is_sent_by_the_application_once(driver: Driver, store: Database, fake: WeComFake) -> None:
    assert await driver.text("要带什么", MsgId=42) == (200, "success")
    with FakeWorker(store, say("带身份证。")) as worker:
        await until(lambda: len(fake.sent) == 1)
        await driver.text("要带什么", MsgId=42)  # the platform asks again
        await asyncio.sleep(0.6)
        assert len(worker.texts) == 1
    [message] = fake.sent
    assert (message["touser"], message["agentid"], message["msgtype"]) == ("zhangsan", AGENT, "text")
    assert "带身份证。" in message["text"]["content"]


async def test_options_are_numbered_and_answered_by_number(driver: Driver, store: Database, fake: WeComFake) -> None:
    answer = {"kind": "options", "options": [{"title": "首次申领"}, {"title": "换领"}]}
    buttons = [{"title": title, "payload": title} for title in ("首次申领", "换领")]
    body = {"text": "您要办哪一种？\n1. 首次申领\n2. 换领", "buttons": buttons, "custom": {"answer": answer}}
    with FakeWorker(store, lambda text: [body]):
        assert await driver.text("身份证") == (200, "success")
        await until(lambda: len(fake.sent) == 1)
    assert "1. 首次申领\n2. 换领" in fake.sent[0]["text"]["content"]


async def test_a_long_answer_comes_in_pieces_that_fit(driver: Driver, store: Database, fake: WeComFake) -> None:
    text = "\n".join(f"第{number}条：请带好有关材料，按窗口工作人员的指引办理。" for number in range(1, 60))
    with FakeWorker(store, say(text)):
        await driver.text("都要什么")
        await until(lambda: len(fake.sent) >= 1)
        answers = [(await driver.text("更多"))[1] for _ in range(6)]

        def complete() -> bool:  # what is not the answer to a callback is delivered a moment later
            said = "\n".join([*(message["text"]["content"] for message in fake.sent), *answers])
            return all(f"第{number}条" in said for number in range(1, 60))

        await until(complete)
    assert all(len(message["text"]["content"].encode()) <= 2048 for message in fake.sent)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "MsgId": 1}, "语音"),
        ({"MsgType": "image", "PicUrl": "http://x", "MediaId": "m", "MsgId": 2}, "图片"),
        ({"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t", "MsgId": 3}, "视频"),
        ({"MsgType": "link", "Title": "t", "Description": "d", "Url": "u", "PicUrl": "p", "MsgId": 4}, "链接"),
        ({"MsgType": "file", "Title": "t", "MsgId": 5}, "文件"),
        ({"MsgType": "event", "Event": "subscribe"}, "敬老版"),
        ({"MsgType": "event", "Event": "click", "EventKey": "NOT_IN_THE_MENU"}, "按钮"),
    ],
)
async def test_what_is_not_text_is_answered_at_once(driver: Driver, fields: dict[str, Any], said: str) -> None:
    status, answer = await driver.push(fields)
    assert status == 200 and said in answer


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "event", "Event": "enter_agent", "EventKey": ""},
        {"MsgType": "event", "Event": "LOCATION", "Latitude": 23.1, "Longitude": 113.3, "Precision": 65},
        {"MsgType": "event", "Event": "view", "EventKey": "https://example.cn"},
        {"MsgType": "event", "Event": "template_card_event", "TaskId": "t", "ResponseCode": "c"},
        {"MsgType": "event", "Event": "batch_job_result", "BatchJob": {"JobId": "j", "ErrCode": "0"}},
        {"MsgType": "event", "Event": "change_contact", "ChangeType": "create_user", "UserID": "x"},
        {"MsgType": "something_new", "MsgId": 9},
        {},
    ],
)
async def test_events_that_ask_for_nothing(driver: Driver, store: Database, fields: dict[str, Any]) -> None:
    assert await driver.push(fields) == (200, "success")
    assert conversations(store) == []


async def test_who_leaves_is_forgotten(driver: Driver, store: Database) -> None:
    with FakeWorker(store, say("好")):
        await driver.text("你好")
        long_ago = int(time.time()) - 7_200
        await driver.event("unsubscribe", at=long_ago)
        assert conversations(store) == []
        await driver.text("我回来了")
    await driver.event("unsubscribe", at=long_ago)
    assert conversations(store) != [], "they came back since"
    await driver.event("unsubscribe")
    assert conversations(store) == []


async def test_a_customer_is_answered(driver: Driver, store: Database, fake: WeComFake) -> None:
    buttons = [{"title": title, "payload": f"{title}吧"} for title in ("首次申领", "换领")]
    with FakeWorker(store, say("您要办哪一种？", buttons=buttons)) as worker:
        fake.write("身份证")
        assert await driver.kf() == (200, "success")
        await until(lambda: len(fake.sent) == 1)
        menu = fake.sent[0]["msgmenu"]
        second = menu["list"][1]["click"]
        assert "换领" in second["content"] and fake.sent[0]["touser"] == CUSTOMER
        fake.write(second["content"], text={"content": second["content"], "menu_id": second["id"]})
        await driver.kf()
        await until(lambda: len(fake.sent) == 2)
        assert worker.texts == ["身份证", "换领吧"]
    assert conversations(store) == [f"wecom-kf:{KF}/{CUSTOMER}"] * 2


async def test_an_account_that_was_deleted_holds_up_no_other(driver: Driver, store: Database, fake: WeComFake) -> None:
    closed = "wkAJ2GCAAAclosedHall"
    for n in range(3):
        fake.write("在吗", customer=f"wm{n}", kf=closed)
    await driver.kf(closed)
    await until(lambda: len(conversations(store)) == 3)
    fake.gone.add(closed)
    with FakeWorker(store, say("带身份证。")):
        await until(lambda: fake.calls["/cgi-bin/kf/send_msg"] >= 3)
        fake.write("要带什么")
        await driver.kf()
        await until(lambda: len(fake.sent) == 1, 4)
    assert fake.sent[0]["open_kfid"] == KF


async def test_a_message_to_a_customer_whose_answer_was_lost_comes_once(
    driver: Driver, store: Database, fake: WeComFake
) -> None:
    fake.fail("/cgi-bin/kf/send_msg", "drop")
    with FakeWorker(store, say("带身份证。")):
        fake.write("要带什么")
        await driver.kf()
        await until(lambda: fake.calls["/cgi-bin/kf/send_msg"] == 2)
    await asyncio.sleep(0.3)
    assert len(fake.sent) == 1


async def test_a_reply_that_comes_while_a_person_serves_is_not_sent_later(
    driver: Driver, store: Database, fake: WeComFake
) -> None:
    fake.write("有点复杂")
    await driver.kf()
    await until(lambda: len(conversations(store)) == 1)
    fake.states[CUSTOMER] = 3
    with FakeWorker(store, say("带身份证。")):
        await until(lambda: fake.calls["/cgi-bin/kf/service_state/get"] == 2)  # once more because it was refused
        fake.states[CUSTOMER] = 1
        fake.event("session_status_change", change_type=3)
        fake.write("谢谢")
        await driver.kf()
        await until(lambda: len(fake.sent) == 1)
        await asyncio.sleep(0.5)
    assert len(fake.sent) == 1


async def test_a_member_who_writes_too_fast_is_told(url: str, store: Database, fake: WeComFake) -> None:
    async with wecom(url, store, fake, rate_limit=1) as driver:
        with FakeWorker(store, say("好")):
            await driver.text("一")
            status, said = await driver.text("二")
    assert status == 200 and "太快" in said


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: f"<xml><Encrypt>{text}</Encrypt></xml>".encode()),
    query=st.dictionaries(
        st.sampled_from(["msg_signature", "timestamp", "nonce", "echostr", "signature", "x"]),
        st.text(st.characters(blacklist_categories=["Cs"]), max_size=60),
    ),
)
async def test_nothing_unsigned_is_accepted_and_nothing_fails(
    driver: Driver, store: Database, body: bytes, query: dict[str, str]
) -> None:
    async with driver.http.post(driver.url, params=query, data=body) as response:
        assert (response.status, await response.read()) == (403, b"")
    async with driver.http.get(driver.url, params=query) as response:
        assert (response.status, await response.read()) == (403, b"")
    assert conversations(store) == []


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=200) | st.text("<>/xml!&;[]CDATA", max_size=60))
async def test_signed_garbage_is_acknowledged(driver: Driver, message: str) -> None:
    assert await driver.post(message) == (200, "success")


async def test_for_another_corporation_or_without_encryption(driver: Driver, store: Database) -> None:
    other = Driver(driver.http, driver.url.removesuffix("/webhooks/wecom/webhook"), "ww0000000000000000")
    assert (await other.text("你好"))[0] == 403
    query = {"timestamp": "1", "nonce": "2", "signature": sign(TOKEN, "1", "2"), "msg_signature": sign(TOKEN, "1", "2")}
    body = f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>x</FromUserName><MsgType>text</MsgType></xml>"
    async with driver.http.post(driver.url, params=query, data=body.encode()) as response:
        assert response.status == 403
    assert conversations(store) == []
