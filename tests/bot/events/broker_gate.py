"""Between a test and the test broker: a door that can be shut, broken off, or kept silent; and somebody who reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from json import loads
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import pytest

URL = os.environ.get("ZHENGWU_TEST_BROKER_URL")
needs_broker = pytest.mark.skipif(URL is None, reason="ZHENGWU_TEST_BROKER_URL names no RabbitMQ")


class Gate:
    """Passes bytes on to the broker, at an address of its own."""

    def __init__(self) -> None:
        self.silent = False
        """What comes in is swallowed."""
        self.breaks_after: int | None = None
        """So many bytes from us, and each connection is cut: in the middle of a message, likely."""
        self.cuts = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        parts = urlsplit(str(URL))
        return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self._port}").geturl()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """The broker is gone, with every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(str(URL))
        to_reader, to_writer = await asyncio.open_connection(parts.hostname, parts.port or 5672)
        mine = {writer, to_writer}
        self._open |= mine
        try:
            await asyncio.gather(self._copy(reader, to_writer, counted=True), self._copy(to_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open -= mine
            for one in mine:
                one.transport.abort()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, counted: bool = False) -> None:
        passed = 0
        while data := await source.read(1024):
            if self.silent:
                continue
            passed += len(data)
            sink.write(data)
            await sink.drain()
            if counted and self.breaks_after is not None and passed > self.breaks_after:
                self.cuts += 1
                break
        raise ConnectionAbortedError


@asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    found = Gate()
    await found.open()
    try:
        yield found
    finally:
        await found.shut()


@dataclass
class Reader:
    """One of the office's systems: a queue of its own on the exchange."""

    exchange: str
    channel: Any
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Message id and body, as they came."""

    @property
    def once(self) -> dict[str, dict[str, Any]]:
        """Without what came again."""
        return dict(self.got)

    async def bind(self) -> None:
        exchange = await self.channel.declare_exchange(self.exchange, aio_pika.ExchangeType.FANOUT, durable=True)
        queue = await self.channel.declare_queue(f"{self.exchange}-reader", exclusive=True)
        await queue.bind(exchange)
        await queue.consume(self._take, no_ack=True)

    async def _take(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.got.append((str(message.message_id), loads(message.body)))


@asynccontextmanager
async def reading(bound: bool = True) -> AsyncIterator[Reader]:
    """A reader on an exchange of its own, which ends with it."""
    connection = await aio_pika.connect(str(URL))
    reader = Reader(f"zhengwu-test-{uuid4().hex[:12]}", await connection.channel())
    try:
        if bound:
            await reader.bind()
        yield reader
        with suppress(aio_pika.exceptions.AMQPError):
            await (await reader.channel.get_exchange(reader.exchange, ensure=False)).delete()
    finally:
        await connection.close()
