"""WeCom before Rasa's own agent, as `rasa run` has it: no gateway, no database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from channel_helpers import listening
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic
from wecom_driver import Driver, credentials
from wecom_fake import CUSTOMER, KF, WeComFake

from channels.wecom.input import WeComInput


class Agent:
    """Answers like Rasa's, after `seconds`."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.seconds = 0.0

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append((message.sender_id, str(message.text)))
        await asyncio.sleep(self.seconds)
        answer: dict[str, Any] = {"text": f"答：{message.text}"}
        if "办" in str(message.text):
            answer["buttons"] = [{"title": "换领", "payload": "换"}]
        await message.output_channel.send_response(message.sender_id, answer)


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
async def driver(fake: WeComFake, agent: Agent) -> AsyncIterator[Driver]:
    Sanic.test_mode = True
    app = Sanic(f"rasa_{time.monotonic_ns()}", configure_logging=False)
    app.ctx.agent = agent
    register([WeComInput.from_credentials(credentials(fake))], app, "/webhooks/")
    async with listening(app) as address, aiohttp.ClientSession() as http:
        async with http.get(f"{address}/webhooks/wecom/") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})
        yield Driver(http, address)


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come about"
        await asyncio.sleep(0.02)


async def test_a_member_is_answered_in_the_answer_to_the_callback(
    driver: Driver, agent: Agent, fake: WeComFake
) -> None:
    status, said = await driver.text("/restart", MsgId=1)
    assert status == 200 and "答：／restart" in said, "never an intent"
    await driver.text("/restart", MsgId=1)
    assert agent.heard == [("wecom:zhangsan", "／restart")] and not fake.sent


@pytest.mark.slow
async def test_a_member_whose_answer_takes_long_gets_it_by_a_message(
    driver: Driver, agent: Agent, fake: WeComFake
) -> None:
    agent.seconds = 5.0
    assert await driver.text("慢") == (200, "success")
    await until(lambda: len(fake.sent) == 1)
    assert "答：慢" in fake.sent[0]["text"]["content"]


async def test_a_customer_is_answered_and_what_is_old_is_not(driver: Driver, agent: Agent, fake: WeComFake) -> None:
    fake.write("旧的", age=2 * 24 * 3600)
    fake.write("怎么办")
    assert await driver.kf() == (200, "success")
    await until(lambda: len(fake.sent) == 1)
    await driver.kf()
    fake.write("谢谢")
    await driver.kf()
    await until(lambda: len(fake.sent) == 2)
    assert agent.heard == [(f"wecom-kf:{KF}/{CUSTOMER}", "怎么办"), (f"wecom-kf:{KF}/{CUSTOMER}", "谢谢")]
    assert "换领" in fake.sent[0]["text"]["content"]


async def test_what_no_message_asked_for_is_sent_by_the_application(fake: WeComFake) -> None:
    """E3: a reminder."""
    channel = WeComInput.from_credentials(credentials(fake))
    output = channel.get_output_channel()
    assert output is not None
    await output.send_text_message("wecom:zhangsan", "您预约的时间到了。")
    assert fake.sent[0]["touser"] == "zhangsan" and "预约" in fake.sent[0]["text"]["content"]
    await channel._client.close()
