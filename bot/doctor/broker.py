"""RabbitMQ, to which events of conversations are sent."""

from __future__ import annotations

import asyncio

import aio_pika
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from bot.doctor.finding import Sick
from bot.events.broker import FAILURES, KIND, require_address
from foundation.settings import Settings

SECONDS = 5.0


def sending(settings: Settings) -> str:
    if settings.amqp_url is None:
        return "none is named: events are sent nowhere"
    url, exchange = settings.amqp_url.get_secret_value(), settings.amqp_exchange
    require_address(url)
    host = url.rpartition("@")[2].partition("?")[0]
    try:
        return f"{host}: {asyncio.run(asyncio.wait_for(_look(url, exchange), SECONDS))}"
    except ChannelPreconditionFailed as error:
        seen = f"{host}: the exchange {exchange} is not durable, or of another type than {KIND.value}"
        raise Sick(seen, "delete it, or name another in ZHENGWU_AMQP_EXCHANGE") from error
    except FAILURES as error:
        seen = f"{host} lets us not in ({type(error).__name__}): events wait in the database"
        raise Sick(seen, "start it, or correct ZHENGWU_AMQP_URL: host, port, user, password, virtual host") from error


async def _look(url: str, exchange: str) -> str:
    connection = await aio_pika.connect(url, timeout=SECONDS)
    async with connection:
        channel = await connection.channel()
        try:
            await channel.declare_exchange(exchange, KIND, durable=True, passive=True)
        except ChannelNotFoundEntity:
            return f"answers; the exchange {exchange} is made with the first event"
        found = await connection.channel()
        await found.declare_exchange(exchange, KIND, durable=True)  # the same as it is there, or refused
        return f"answers, and has the exchange {exchange}"
