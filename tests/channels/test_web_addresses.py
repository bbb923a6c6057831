"""Somebody who begins conversations without end, from one address, behind the office's web server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import pytest
from channel_helpers import serving, settings_for
from sanic.compat import Header

from channels.limits import TokenBuckets
from channels.web.addresses import MESSAGES, NEWCOMERS, Addresses
from foundation.database import Database

RATE = 2
MOST = RATE * NEWCOMERS
OTHER = {"X-Forwarded-For": "192.0.2.99"}


@pytest.fixture
async def address(store: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A gateway for whose limits no time goes by, however slow this machine is."""
    monkeypatch.setattr("channels.web.addresses.TokenBuckets", partial(TokenBuckets, monotonic=lambda: 0.0))
    async with serving(settings_for(url, rate_limit=RATE), store) as served:
        yield served


async def hello(http: aiohttp.ClientSession, address: str, headers: dict[str, str], session: str | None = None) -> Any:
    """The welcome; None where the socket is closed instead."""
    async with http.ws_connect(f"{address}/chat/socket", headers=headers) as ws:
        await ws.send_json({"type": "hello", "session": session, "last_seen": 0})
        answer = await asyncio.wait_for(ws.receive(), 20)
        return answer.json() if answer.type == aiohttp.WSMsgType.TEXT else None


async def test_new_conversations_of_one_address_are_limited_and_known_ones_are_not(address: str) -> None:
    mine = {"X-Forwarded-For": "192.0.2.1"}
    async with aiohttp.ClientSession() as http:
        welcomes = [await hello(http, address, mine) for _ in range(MOST + 3)]
        assert [one is not None for one in welcomes] == [True] * MOST + [False] * 3
        session = welcomes[0]["session"]
        assert (await hello(http, address, mine, session))["session"] == session
        assert await hello(http, address, OTHER) is not None


async def test_what_a_client_writes_before_the_proxys_word_counts_for_nothing(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        forged = [{"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.1"} for number in range(MOST + 1)]
        welcomes = [await hello(http, address, headers) for headers in forged]
        assert welcomes[-1] is None and None not in welcomes[:-1]


async def test_without_a_proxys_word_nobody_is_taken_for_one_person(address: str) -> None:
    async with aiohttp.ClientSession() as http:
        assert None not in [await hello(http, address, {}) for _ in range(MOST + 3)]


async def test_messages_of_one_address_are_limited_together(address: str) -> None:
    """Whoever changes the conversation with every message gets no further than one who does not."""
    mine, refused, sent = {"X-Forwarded-For": "192.0.2.1"}, 0, 0
    async with aiohttp.ClientSession() as http:
        sessions = [(await hello(http, address, {"X-Forwarded-For": f"203.0.113.{n}"}))["session"] for n in range(25)]
        for session in sessions:
            async with http.ws_connect(f"{address}/chat/socket", headers=mine) as ws:
                await ws.send_json({"type": "hello", "session": session, "last_seen": 0})
                await asyncio.wait_for(ws.receive_json(), 20)
                for number in range(RATE):
                    await ws.send_json({"type": "message", "id": f"{number}", "text": "身份证丢了"})
                    answer = await asyncio.wait_for(ws.receive_json(), 20)
                    sent += answer["type"] == "ack"
                    refused += answer["type"] == "error" and "太快" in answer["reason"]
    assert sent == RATE * MESSAGES and refused == RATE * (25 - MESSAGES)


class Asked:
    """A request from an address, with what its sender says of others."""

    def __init__(self, ip: str, *named: str) -> None:
        self.ip = ip
        self.headers = Header([("X-Forwarded-For", one) for one in named])


def test_a_stranger_is_no_proxy(url: str) -> None:
    addresses = Addresses(settings_for(url))
    assert addresses.of(Asked("198.51.100.7", "192.0.2.1")) == "198.51.100.7"
    assert addresses.of(Asked("127.0.0.1", "192.0.2.1")) == "192.0.2.1"


def test_proxies_may_be_a_network(url: str) -> None:
    """The console's server understands them in the same setting."""
    addresses = Addresses(settings_for(url, console_proxies="proxy, 10.1.0.0/16,2001:db8::/32"))
    assert addresses.of(Asked("10.1.200.3", "192.0.2.1")) == "192.0.2.1"
    assert addresses.of(Asked("2001:db8::9", "192.0.2.1")) == "192.0.2.1"
    for stranger in ("10.2.0.1", "127.0.0.2", "", "proxy"):
        assert addresses.of(Asked(stranger, "192.0.2.1")) == (stranger or None)


def test_everybody_is_a_proxy_where_only_proxies_come(url: str) -> None:
    """As among containers, where nginx has another address each time; the console reads `*` so, too."""
    addresses = Addresses(settings_for(url, console_proxies="*"))
    assert addresses.of(Asked("172.18.0.9", "192.0.2.1")) == "192.0.2.1"
    assert addresses.of(Asked("172.18.0.10", "198.51.100.1, 192.0.2.1")) == "192.0.2.1"
    assert addresses.of(Asked("172.18.0.9")) is None
