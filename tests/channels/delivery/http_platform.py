"""A platform behind HTTP: the client in a delivery process, the server in the test that kills it.

Run as a program it is a delivery process: `python http_platform.py DATABASE_URL PLATFORM_ADDRESS`.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import aiohttp
from aiohttp import web

from channels.delivery.loop import DeliveryLoop
from channels.delivery.platform import Action, SendError
from channels.rendering import Part, Style, Text
from channels.storage import Storage
from foundation.clock import SystemClock
from foundation.database import Database

ROOT = Path(__file__).resolve().parents[3]


class HttpPlatform:
    channel = "wechat"

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    def style(self) -> Style:
        return Style()

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        text = part.text if isinstance(part, Text) else ""
        try:
            async with self._session.post(
                f"{self._address}/send", json={"to": recipient, "text": text, "key": key}
            ) as response:
                return str((await response.json())["id"])
        except aiohttp.ClientConnectorError as error:
            raise SendError(0, Action.RETRY, type(error).__name__) from None
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise SendError(0, Action.UNKNOWN, type(error).__name__) from None

    async def typing(self, recipient: str) -> None:
        pass

    async def close(self) -> None:
        await self._session.close()


class PlatformServer:
    """Takes everything, `seconds` after it has written it down; `keys` says whether it knows our ids again."""

    def __init__(self, seconds: float = 0.003, *, knows_keys: bool = False) -> None:
        self.seconds, self.knows_keys = seconds, knows_keys
        self.sent: dict[str, list[str]] = defaultdict(list)
        self.calls = 0
        self.keys: Counter[str] = Counter()

    async def __aenter__(self) -> PlatformServer:
        app = web.Application()
        app.router.add_post("/send", self._send)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls += 1
        self.keys[body["key"]] += 1
        if not (self.knows_keys and self.keys[body["key"]] > 1):
            self.sent[body["to"]].append(body["text"])
        await asyncio.sleep(self.seconds)
        return web.json_response({"id": self.calls})


class DeliveryProcess:
    def __init__(self, database_url: str, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, database_url, address],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            text=True,
        )

    async def ready(self) -> DeliveryProcess:
        assert self._process.stdout is not None
        line = await asyncio.get_running_loop().run_in_executor(None, self._process.stdout.readline)
        assert line == "ready\n"
        return self

    def end(self, how: int = signal.SIGTERM) -> float:
        """Returns the seconds that it took."""
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(how)
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return time.monotonic() - began

    def kill(self) -> None:
        self.end(signal.SIGKILL)


async def main(database_url: str, address: str) -> None:
    database = Database(database_url)
    storage = Storage(database, "12345")
    delivery = DeliveryLoop(storage, HttpPlatform(address), SystemClock())
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await delivery.start()
    print("ready", flush=True)
    await stopping.wait()
    await delivery.stop()
    storage.close()
    database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
