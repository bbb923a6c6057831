"""Connections that never come to the point, against the gateway: they are closed, and meanwhile others are served."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from channel_helpers import serving, settings_for

from channels import server
from channels.slow_clients import Impatient
from foundation.database import Database

CLIENTS = 100
HEAD = b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def address(store: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr(server, "SANIC", {**server.SANIC, "REQUEST_TIMEOUT": 2, "RESPONSE_TIMEOUT": 2})
    async with serving(settings_for(url), store) as served:
        yield served


async def drip(address: str, begin: bytes) -> None:
    """Send a byte now and then until the server has had enough; TimeoutError when it has not."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(begin)

    async def go_on() -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.3)

    dripping = asyncio.create_task(go_on())
    try:
        with contextlib.suppress(OSError):
            await asyncio.wait_for(reader.read(), 40)
    finally:
        dripping.cancel()
        writer.close()


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET /", HEAD + b"X-Slow: ", HEAD + b"Content-Length: 200000\r\n\r\n{"],
    ids=["nothing", "line", "head", "body"],
)
async def test_whoever_is_slow_is_cut_off_and_others_are_served(address: str, begin: bytes) -> None:
    slow = [asyncio.create_task(drip(address, begin)) for _ in range(CLIENTS)]
    async with aiohttp.ClientSession() as http, http.get(f"{address}/chat") as page:
        assert page.status == 200
    await asyncio.gather(*slow)


async def test_a_body_that_is_too_large_is_not_read_to_its_end(address: str) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HEAD + b"Content-Length: 999999999999\r\n\r\n")
    sent = 0
    with contextlib.suppress(OSError):
        while sent < 50 << 20 and not reader.at_eof():
            writer.write(b"a" * 65536)
            await writer.drain()
            sent += 65536
    answer = b""
    with contextlib.suppress(OSError):
        answer = await asyncio.wait_for(reader.read(), 40)
    writer.close()
    assert sent < 50 << 20
    assert b" 413 " in answer or not answer


def test_the_gateway_serves_with_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[str, object] = {}
    monkeypatch.setattr("channels.server.Sanic.run", lambda app, *address, **how: said.update(how))
    server.serve(settings_for(url))
    assert said["protocol"] is Impatient
