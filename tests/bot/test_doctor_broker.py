"""What the doctor says of the message broker."""

from __future__ import annotations

import asyncio
import os
from uuid import uuid4

import aio_pika
import pytest
from pydantic import SecretStr

from bot.doctor import broker
from bot.doctor.finding import Finding, look
from foundation.settings import Settings

URL = os.environ.get("ZHENGWU_TEST_BROKER_URL")
needs_broker = pytest.mark.skipif(URL is None, reason="ZHENGWU_TEST_BROKER_URL names no RabbitMQ")


def told(settings: Settings, url: str, exchange: str = "zhengwu") -> Finding:
    return look("broker", broker.sending, settings.copy(update={"amqp_url": SecretStr(url), "amqp_exchange": exchange}))


def test_none_is_needed(settings: Settings) -> None:
    assert look("broker", broker.sending, settings).good


@pytest.mark.parametrize("url", ["http://u:hidden@127.0.0.1/", "amqp://u:hidden@127.0.0.1:1/"])
def test_one_that_cannot_be_reached_is_named_with_its_cure(settings: Settings, url: str) -> None:
    one = told(settings, url)
    assert not one.good and "ZHENGWU_AMQP_URL" in one.seen + one.cure and "hidden" not in one.seen + one.cure


@needs_broker
async def test_what_is_wrong_with_one_that_answers(settings: Settings) -> None:
    def ask(url: str, exchange: str = "zhengwu") -> asyncio.Future[Finding]:
        return asyncio.get_running_loop().run_in_executor(None, told, settings, url, exchange)

    name = f"zhengwu-test-{uuid4().hex[:12]}"
    assert (await ask(str(URL), name)).good
    wrong_password, nowhere = await ask(str(URL).replace("guest@", "hidden@")), await ask(f"{URL}nowhere")
    for one in (wrong_password, nowhere):
        assert not one.good and "ZHENGWU_AMQP_URL" in one.cure and "hidden" not in one.seen
    connection = await aio_pika.connect(str(URL))
    async with connection:
        channel = await connection.channel()
        made = await channel.declare_exchange(name, aio_pika.ExchangeType.DIRECT)
        try:
            one = await ask(str(URL), name)
            assert not one.good and "ZHENGWU_AMQP_EXCHANGE" in one.cure
        finally:
            await made.delete()
