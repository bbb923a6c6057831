"""The platform fails in all its ways while citizens write: each answer is made once, in order; the counts are true."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from crowd import Citizen, Service, settings
from test_messaging_under_load import check, settled, write_all

from channels.wechat.simulator import Simulator
from channels.wechat.simulator.faults import Fault, Faults
from foundation.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.long]
SEND, TOKEN = "/cgi-bin/message/custom/send", "/cgi-bin/stable_token"
CLOSED = [Fault(SEND, errcode=45015, times=2)]
"""Nothing more may be sent to the citizen until they write again: comes first, while each of them still will."""
REFUSED = [Fault(SEND, errcode=40001, times=2), Fault(TOKEN, status=502, times=2)]
"""The access token is not taken any more, and for a while there is no other."""
DOUBTFUL = 3 * [Fault(SEND, status=502)] + 3 * [Fault(SEND, drop="before")] + 2 * [Fault(SEND, drop="after")]
"""Nobody can say whether the call arrived: it is made once more, and no more than that. So they come one at a time, or
two would meet in one answer, which nobody would be promised any more."""
LATE = [Fault(SEND, delay=3), Fault(SEND, delay=3)]
IN_TURN = [CLOSED, REFUSED, [Fault(SEND, errcode=-1, times=3)], *([fault] for fault in DOUBTFUL + LATE)]
APART = 0.5
"""Seconds between a fault that has happened and the next: a call is made once more at once."""
UNKNOWN = len(DOUBTFUL) + len(LATE)


@pytest.fixture
def database_url(upgraded_file: Path, tmp_path: Path) -> str:
    shutil.copy(upgraded_file, tmp_path / "zhengwu.db")
    return f"sqlite:///{tmp_path / 'zhengwu.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.mark.parametrize(
    ("citizens", "seconds"), [(20, 40), pytest.param(200, 90, marks=pytest.mark.long)], ids=["20", "200"]
)
async def test_each_answer_once(database_url: str, database: Database, citizens: int, seconds: float) -> None:
    async with Simulator(settings(), "http://127.0.0.1:9") as simulator:
        service = Service(database_url, simulator.address)
        simulator.driver.gateway = service.address
        crowd = [Citizen(simulator, f"o{n:04}", random.Random(n)) for n in range(citizens)]
        try:
            await started(service)
            writing = asyncio.create_task(write_all(crowd, seconds))
            await asyncio.wait_for(fail(simulator.platform.faults), seconds)
            await writing
            await settled(database)
            counted = await asyncio.get_running_loop().run_in_executor(None, sends, service.address)
        finally:
            service.stop()
    check(database, crowd, kills=UNKNOWN)
    assert counted["closed"] == sum(fault.times for fault in CLOSED)
    assert len(DOUBTFUL) <= counted["unknown"] <= UNKNOWN, "of the late, some come in time"
    assert counted["sent"] > 0 and set(counted) <= {"sent", "retry", "retried", "unknown", "closed", "broken"}


async def fail(faults: Faults) -> None:
    """All that was thought of, each when the one before has happened."""
    for together in IN_TURN:
        for fault in together:
            faults.add(fault)
        while not faults.over:
            await asyncio.sleep(0.02)
        await asyncio.sleep(APART)


async def started(service: Service) -> None:
    """As `start`, with more patience for a busy machine."""
    service.gateway.start()
    service.worker.start()
    for left in (3, 2, 1, 0):
        try:
            return await service.up()
        except AssertionError:
            if not left:
                raise


def sends(address: str) -> dict[str, float]:
    """What /metrics says of the calls, by outcome."""
    with urlopen(f"{address}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found = re.findall(r'zhengwu_sends_total\{channel="wechat",outcome="(\w+)"\} ([\d.]+)', text)
    return {outcome: float(count) for outcome, count in found}
