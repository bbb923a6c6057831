"""WeCom and 微信客服 against the simulator, the platform as somebody else has read its documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from channel_helpers import FakeWorker, serving, settings_for
from sqlalchemy import select
from wecom_driver import AES_KEY, TOKEN
from wecom_fake import AGENT, CORP, SECRET

from channels.wechat.simulator import Simulator
from channels.wechat.simulator.customer_service import PERSON
from foundation.database import Database
from foundation.outbox import DELIVERED, FAILED, outbox


@pytest.fixture
async def simulator(url: str, store: Database) -> AsyncIterator[Simulator]:
    named = {
        "wecom_corp_id": CORP, "wecom_agent_id": str(AGENT), "wecom_secret": SECRET, "wecom_token": TOKEN,
        "wecom_aes_key": AES_KEY,
    }  # fmt: skip
    async with Simulator(settings_for(url, **named), "http://127.0.0.1:9") as found:
        ours = settings_for(url, **named, wecom_api_base=found.address)
        async with serving(ours, store) as found.driver.gateway:
            yield found


def states(store: Database) -> list[str]:
    with store.read() as tx:
        return list(tx.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars())


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come about"
        await asyncio.sleep(0.02)


def answer(text: str) -> list[dict[str, object]]:
    if text == "哪些":
        buttons = [{"title": title, "payload": f"办{title}"} for title in ("首次申领", "换领")]
        return [{"text": "您要办哪一种？", "buttons": buttons}]
    return [{"text": f"答：{text}"}]


async def test_a_member(simulator: Simulator, store: Database) -> None:
    member = simulator.user("ZhangSan", "wecom")
    with FakeWorker(store, answer):
        await member.say("要带什么")
        assert "答：要带什么" in (await member.messages(1))[0].text
        await member.say("哪些")
        assert "2. 换领" in (await member.messages(2))[1].text or "· 换领" in member.shown[1].text
        await member.voice()
        assert "语音" in (await member.messages(3))[2].text


async def test_a_customer(simulator: Simulator, store: Database) -> None:
    customer = simulator.user("wmCustomer", "wecom-kf")
    with FakeWorker(store, answer) as worker:
        await customer.enter()
        assert "敬老版" in (await customer.messages(1))[0].text
        await customer.say("哪些")
        await customer.messages(2)
        await customer.choose(1)
        assert "答：办换领" in (await customer.messages(3))[2].text
        await customer.image()
        assert "图片" in (await customer.messages(4))[3].text
        assert worker.texts == ["哪些", "办换领"]


async def test_a_customer_whom_a_person_serves(simulator: Simulator, store: Database) -> None:
    customer = simulator.user("wmCustomer", "wecom-kf")
    with FakeWorker(store, answer) as worker:
        await customer.say("你好")
        await customer.messages(1)
        simulator.platform.customer_service.state["wmCustomer"] = PERSON
        simulator.platform.customer_service.add(
            "wmCustomer", 4, "event", {"event_type": "session_status_change", "change_type": 1}
        )
        await customer.say("还有个问题")
        await asyncio.sleep(1)
        assert worker.texts == ["你好"] and len(customer.shown) == 1


async def test_what_the_platform_took_and_did_not_deliver(simulator: Simulator, store: Database) -> None:
    customer = simulator.user("wmCustomer", "wecom-kf")
    with FakeWorker(store, answer):
        await customer.say("你好")
        await until(lambda: states(store) == [DELIVERED])
        simulator.platform.customer_service.fail_type = 10
        await customer.say("在吗")
        await until(lambda: states(store) == [DELIVERED, FAILED])
