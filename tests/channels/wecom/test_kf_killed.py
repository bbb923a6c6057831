"""A gateway killed in the middle of a page of 微信客服: no message is lost, none is answered twice (E5)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import aiohttp
import pytest
from channel_helpers import FakeWorker, GatewayProcess
from sqlalchemy import select
from wecom_driver import Driver, credentials
from wecom_fake import WeComFake

from foundation.database import Database
from foundation.inbox import inbox

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]
GET = "/cgi-bin/kf/service_state/get"
CUSTOMERS = 60


def process(url: str, fake: WeComFake) -> GatewayProcess:
    named = {f"ZHENGWU_WECOM_{name.upper()}": value for name, value in credentials(fake).items()}
    return GatewayProcess(url, **named)


async def until_answered(fake: WeComFake, customers: list[str], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not set(customers) <= {message["touser"] for message in fake.sent}:
        assert time.monotonic() < deadline, f"{len(fake.sent)} of {len(customers)} were answered"
        await asyncio.sleep(0.05)


async def test_killed_in_the_middle_of_a_page(database: Database, database_url: str, fake: WeComFake) -> None:
    gateway = process(database_url, fake)
    await asyncio.to_thread(gateway.start)
    killed = asyncio.Event()

    def kill(path: str) -> None:
        if path == GET and fake.calls[GET] == CUSTOMERS // 2 and not killed.is_set():
            gateway.kill()  # half of the customers are stored, and the place in the list is not
            killed.set()

    fake.on_call, fake.page_size = kill, 20
    customers = [f"wmCustomer{number:03d}" for number in range(CUSTOMERS)]
    written = [fake.write("要带什么", customer=customer)["msgid"] for customer in customers]
    with FakeWorker(database):
        async with aiohttp.ClientSession() as http:
            assert await Driver(http, gateway.address).kf() == (200, "success")
        await asyncio.wait_for(killed.wait(), 30)
        with database.read() as tx:
            stored = list(tx.execute(select(inbox.c.message_id)).scalars())
        assert 0 < len(stored) < CUSTOMERS
        await asyncio.to_thread(gateway.start)  # as the supervisor does; nobody calls it back
        try:
            await until_answered(fake, customers)
            await asyncio.sleep(1)
        finally:
            await asyncio.to_thread(gateway.end)
    with database.read() as tx:
        assert sorted(tx.execute(select(inbox.c.message_id)).scalars()) == written
    assert set(Counter(message["touser"] for message in fake.sent).values()) == {1}


async def test_another_gateway_goes_on_where_one_was_killed(
    database: Database, database_url: str, fake: WeComFake
) -> None:
    gateways = [process(database_url, fake) for _ in range(2)]
    await asyncio.gather(*(asyncio.to_thread(gateway.start) for gateway in gateways))
    fake.page_size = 10
    customers = [f"wmCustomer{number:03d}" for number in range(CUSTOMERS)]
    killed = asyncio.Event()

    def kill(path: str) -> None:
        if path == GET and fake.calls[GET] == CUSTOMERS // 2 and not killed.is_set():
            gateways[0].kill()
            killed.set()

    fake.on_call = kill
    try:
        with FakeWorker(database):
            async with aiohttp.ClientSession() as http:
                for number, customer in enumerate(customers):
                    fake.write("要带什么", customer=customer)
                    if number % 10 == 0 and not killed.is_set():
                        await Driver(http, gateways[0].address).kf()
                await asyncio.wait_for(killed.wait(), 30)
                await Driver(http, gateways[1].address).kf()
            await until_answered(fake, customers)
            await asyncio.sleep(1)
    finally:
        await asyncio.to_thread(gateways[1].end)
    assert set(Counter(message["touser"] for message in fake.sent).values()) == {1}
