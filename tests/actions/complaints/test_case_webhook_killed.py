"""Processes that send cases, as they really run: two at once, and killed between the answer and the commit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from complaint_talk import CHANNEL
from receiver import receiving
from sending_process import HERE
from sqlalchemy import select

from desk import cases
from desk.case_numbers import new_number
from desk.case_tables import case_deliveries
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]

MANY = 20


class Process:
    def __init__(self, url: str, address: str, lease: float, stop: str = "") -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE.parent)])}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE), url, address, str(lease), *([stop] if stop else [])],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    async def says(self, word: str) -> Process:
        assert self._process.stdout is not None
        line = await asyncio.get_running_loop().run_in_executor(None, self._process.stdout.readline)
        assert line == f"{word}\n"
        return self

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


def file(database: Database, cipher: Cipher, count: int) -> list[str]:
    """Cases that are to be sent; their numbers."""
    numbers = [new_number() for _ in range(count)]
    with database.write() as tx:
        for number in numbers:
            what = {"number": number, "kind": "complaint", "what": "路灯不亮", "where": "", "when": "", "contact": None}
            effect = {**what, "department": "城市管理", "forward": True}
            cases.file_case(tx, cipher, f"web:{number}", CHANNEL, effect, SystemClock().now())
    return numbers


def states(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(case_deliveries.c.state)).scalars())


async def until_sent(database: Database, seconds: float = 60) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while set(states(database)) != {"sent"}:
        assert asyncio.get_running_loop().time() < deadline, "not everything is sent"
        await asyncio.sleep(0.05)


async def test_two_processes_send_everything_once(database_url: str, database: Database, cipher: Cipher) -> None:
    numbers = file(database, cipher, MANY)
    async with receiving() as receiver:
        receiver.answers = [500, "lost", 503, 200, 200, "lost"]
        processes = [Process(database_url, receiver.address, 60) for _ in range(2)]
        try:
            await asyncio.gather(*(process.says("ready") for process in processes))
            await until_sent(database)
        finally:
            for process in processes:
                process.kill()
        assert sorted(receiver.numbers()) == sorted(numbers)
        assert receiver.posts == MANY + 4


@pytest.mark.parametrize("where", ["before", "after"])
async def test_killed_about_the_commit(database_url: str, database: Database, cipher: Cipher, where: str) -> None:
    [number] = file(database, cipher, 1)
    async with receiving() as receiver:
        process = await Process(database_url, receiver.address, 2, where).says("ready")
        await process.says("here")
        process.kill()
        assert receiver.numbers() == [number] and receiver.posts == 1
        assert states(database) == ["sent" if where == "after" else "pending"]
        process = await Process(database_url, receiver.address, 2).says("ready")
        try:
            await until_sent(database)
            await asyncio.sleep(0.5)
        finally:
            process.kill()
        assert receiver.numbers() == [number]  # the second time under the same key
        assert receiver.posts == (1 if where == "after" else 2)


async def test_killed_again_and_again(database_url: str, database: Database, cipher: Cipher) -> None:
    numbers = file(database, cipher, MANY)
    async with receiving() as receiver:
        for reached in (3, 8, 13):
            process = await Process(database_url, receiver.address, 2).says("ready")
            while len(receiver.taken) < reached:
                await asyncio.sleep(0.002)
            process.kill()
        process = await Process(database_url, receiver.address, 2).says("ready")
        try:
            await until_sent(database)
        finally:
            process.kill()
        assert receiver.numbers() == sorted(receiver.numbers(), key=numbers.index)
        assert MANY <= receiver.posts <= MANY + 3
