"""Processes that watch, as they really run: two at once, and killed between the portal's answer and the commit."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from reminder_process import HERE
from watched_portal import WatchedPortal, around, recorded, rows, told, waits_for, watched

from actions.portal.application import State
from actions.surroundings import use
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import ROOT, Settings

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]

MANY = 20


class Portal:
    """Tells the same state of every application; `asked` are the tokens it was asked for."""

    def __init__(self) -> None:
        self.state = State.GRANTED
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        token = (await request.json())["token"]
        self.asked.append(token)
        return web.json_response({"number": token.removeprefix("watch-"), "state": self.state.value})


@asynccontextmanager
async def served(portal: Portal) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/watched", portal.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


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


def wait_for(database: Database, settings: Settings, count: int) -> list[str]:
    """Reminders that are due, each of another conversation; the conversations."""
    here = around(WatchedPortal(), database, SystemClock(), settings)
    try:
        names = [f"rest:citizen{number}" for number in range(count)]
        for number, name in enumerate(names):
            waits_for(here, watched(State.REVIEW, f"SLS2026-{number:04}", f"watch-SLS2026-{number:04}"), name)
        return names
    finally:
        use(None)
        here.executor.close()


async def until_told(database: Database, names: list[str], seconds: float = 60) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not all(told(database, name) for name in names):
        assert asyncio.get_running_loop().time() < deadline, "not everybody is told"
        await asyncio.sleep(0.05)


async def test_two_processes_tell_everybody_once(database_url: str, database: Database, settings: Settings) -> None:
    names, portal = wait_for(database, settings, MANY), Portal()
    async with served(portal) as address:
        processes = [Process(database_url, address, 60) for _ in range(2)]
        try:
            await asyncio.gather(*(process.says("ready") for process in processes))
            await until_told(database, names)
            await asyncio.sleep(1)
        finally:
            for process in processes:
                process.kill()
    assert [len(told(database, name)) for name in names] == [1] * MANY
    assert len(recorded(database)) == MANY and len(portal.asked) == MANY


@pytest.mark.parametrize("where", ["before", "after"])
async def test_killed_about_the_commit(database_url: str, database: Database, settings: Settings, where: str) -> None:
    [name], portal = wait_for(database, settings, 1), Portal()
    async with served(portal) as address:
        process = await Process(database_url, address, 2, where).says("ready")
        await process.says("here")
        process.kill()
        assert len(portal.asked) == 1 and len(told(database, name)) == (where == "after")
        before = rows(database)[0]["state"]
        assert before == ("granted" if where == "after" else "review")
        process = await Process(database_url, address, 2).says("ready")
        try:
            await until_told(database, [name])
            await asyncio.sleep(3)
        finally:
            process.kill()
    assert len(told(database, name)) == 1 and len(recorded(database)) == 1
    assert len(portal.asked) == (1 if where == "after" else 2)


async def test_killed_again_and_again(database_url: str, database: Database, settings: Settings) -> None:
    names, portal = wait_for(database, settings, MANY), Portal()
    async with served(portal) as address:
        for reached in (3, 8, 13):
            process = await Process(database_url, address, 2).says("ready")
            while sum(bool(told(database, name)) for name in names) < reached:
                await asyncio.sleep(0.01)
            process.kill()
        process = await Process(database_url, address, 2).says("ready")
        try:
            await until_told(database, names)
        finally:
            process.kill()
    assert [len(told(database, name)) for name in names] == [1] * MANY
    print(f"3 kills: {len(portal.asked) - MANY} applications were asked for once more")
    assert MANY <= len(portal.asked) <= MANY + 3
