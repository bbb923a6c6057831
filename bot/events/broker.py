"""The message broker (RabbitMQ): an exchange to which events are sent, each confirmed before it counts as sent.

Rasa's own PikaEventBroker sends without waiting and keeps in memory what it could not: docs/decisions/0029 says more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractMessage
from aiormq.exceptions import AMQPError, DeliveryError, PublishError
from pamqp.exceptions import PAMQPException

from foundation.errors import ConfigError

KIND = aio_pika.ExchangeType.FANOUT
"""Every queue that is bound gets every event, as from Rasa's broker."""
SECONDS = 10.0
"""Within which the broker must answer whatever we ask: a busy one that stops its senders counts as away."""
FAILURES = (AMQPError, PAMQPException, OSError, asyncio.TimeoutError, RuntimeError)
"""What the client raises of a broker that is away, refuses us or breaks off."""


class Undelivered(Exception):
    """Not all was taken. `confirmed`: how many were, from the first on; the text says why, without the address."""

    def __init__(self, why: str, confirmed: int = 0) -> None:
        super().__init__(why)
        self.confirmed = confirmed


class Broker:
    """Connects when something is to be sent, and anew after anything went wrong."""

    def __init__(self, url: str, exchange: str) -> None:
        """Raises ConfigError: the address is none of a broker."""
        require_address(url)
        self._url, self._name = url, exchange
        self._connection: AbstractConnection | None = None
        self._exchange: AbstractExchange | None = None

    async def send(self, messages: Sequence[AbstractMessage]) -> None:
        """Have the broker take these, in their order.

        Raises:
            Undelivered: it did not take all of them, or did not say so.
        """
        if not messages:
            return
        try:
            exchange = await asyncio.wait_for(self._open(), SECONDS)
        except FAILURES as error:
            await self.close()
            raise Undelivered(f"the broker cannot be reached ({_named(error)})") from error
        sending = (exchange.publish(one, "", mandatory=True, timeout=SECONDS) for one in messages)
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        for confirmed, outcome in enumerate(outcomes):
            if isinstance(outcome, BaseException):
                await self.close()
                raise Undelivered(_why(outcome, self._name), confirmed) from outcome

    async def _open(self) -> AbstractExchange:
        if self._exchange is None:
            self._connection = await aio_pika.connect(self._url, timeout=SECONDS)
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            self._exchange = await channel.declare_exchange(self._name, KIND, durable=True)
        return self._exchange

    async def close(self) -> None:
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            with suppress(*FAILURES):
                await asyncio.wait_for(connection.close(), SECONDS)


def require_address(url: str) -> None:
    """Raises ConfigError: the address is none of a broker."""
    if not url.startswith(("amqp://", "amqps://")):
        raise ConfigError("ZHENGWU_AMQP_URL: write it as amqp://user:password@host:5672/, or amqps:// with TLS")


def _why(error: BaseException, exchange: str) -> str:
    if isinstance(error, PublishError):
        return f"no queue is bound to the exchange {exchange}: bind that of whoever reads the events"
    if isinstance(error, DeliveryError):
        return "the broker has refused an event: a queue is full"
    return f"the broker broke off ({_named(error)})"


def _named(error: BaseException) -> str:
    return type(error).__name__
