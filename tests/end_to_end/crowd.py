"""Many citizens who write to the official account, and the processes that answer them: a gateway and a quick worker."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from channels.wechat.simulator import Simulator
from channels.wechat.simulator.callbacks import seal
from channels.wechat.simulator.records import Posted
from foundation.settings import ROOT, Settings, load_settings

KEY = "5a" * 32
ACCOUNT = {
    "wechat_app_id": "wxba5fad812f8e6fb9", "wechat_secret": "5" * 32, "wechat_token": "AAAAA",
    "wechat_aes_key": "A" * 43, "wechat_mode": "safe",
}  # fmt: skip
AGAIN = 0.05
"""Share of messages that the platform posts a second time though they were received."""
MARK = re.compile(r"〔(\d+)〕")

_msgids = count(25_000_000_000_000_001)


def settings(**changes: Any) -> Settings:
    return load_settings(_env_file=None, secret_key=KEY, **{**ACCOUNT, **changes})


class Process:
    """A program that can be killed and started again."""

    def __init__(self, *command: str, **env: str) -> None:
        self._command, self._env = [sys.executable, *command], {**os.environ, "PYTHONPATH": str(ROOT), **env}
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._running = subprocess.Popen(self._command, cwd=ROOT, env=self._env)

    def kill(self) -> None:
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait()


class Service:
    """Gateway and worker over one database, with the simulator as platform."""

    def __init__(self, database_url: str, platform: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        env = {f"ZHENGWU_{name.upper()}": value for name, value in ACCOUNT.items()} | {
            "ZHENGWU_WECHAT_API_BASE": platform, "ZHENGWU_DATABASE_URL": database_url, "ZHENGWU_SECRET_KEY": KEY,
            "ZHENGWU_BOT_PORT": str(port), "ZHENGWU_RATE_LIMIT": "0", "RASA_TELEMETRY_ENABLED": "false",
        }  # fmt: skip
        code = "from channels.server import serve; from foundation.settings import get_settings; serve(get_settings())"
        self.gateway = Process("-c", code, **env)
        self.worker = Process(str(Path(__file__).with_name("quick_worker.py")), database_url, KEY)

    async def start(self) -> None:
        self.gateway.start()
        self.worker.start()
        await self.up()

    async def up(self) -> None:
        """Wait until the gateway answers."""
        deadline = time.monotonic() + 60
        while not await asyncio.get_running_loop().run_in_executor(None, self._answers):
            assert time.monotonic() < deadline, "the gateway does not start"
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        self.gateway.kill()
        self.worker.kill()

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.address}/health", timeout=10)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


class Citizen:
    """Sends numbered messages one after the other, each when the one before was received."""

    def __init__(self, simulator: Simulator, name: str, chance: random.Random) -> None:
        self._simulator, self._chance = simulator, chance
        self._user = simulator.user(name)
        self.name = name
        self.seconds: list[float] = []
        """From each post to its acknowledgement, or to the platform's hanging up."""
        self.posts = self.refusals = 0
        self._again: list[asyncio.Task[Any]] = []

    @property
    def answers(self) -> list[tuple[int, str]]:
        """The answers' numbers, and how each came, in the order in which they were shown."""
        return [(int(found), seen.how) for seen in self._user.shown for found in MARK.findall(seen.text)]

    @property
    def read(self) -> list[int]:
        return [number for number, _ in self.answers]

    async def write(self, numbers: Sequence[int], pause: float) -> None:
        for number in numbers:
            await asyncio.sleep(self._chance.uniform(0, 2 * pause))
            await self._message(number, f"〔{number}〕{'选' if self._chance.random() < 0.3 else '问'}")
        await asyncio.gather(*self._again)

    async def _message(self, number: int, text: str) -> None:
        """Post until it is received: the platform's patience and the citizen's together."""
        account = self._user.account
        self._user.person.windows.wrote()
        fields = {
            "ToUserName": account.address, "FromUserName": self.name, "CreateTime": int(time.time()),
            "MsgType": "text", "Content": text, "MsgId": next(_msgids),
        }  # fmt: skip
        posted, sealed = Posted(number, "wechat", self.name, "text", fields), seal(account, fields)
        if self._chance.random() < AGAIN:
            self._again.append(asyncio.create_task(self._later(posted, sealed)))
        for tries in count():
            attempt = await self._simulator.driver.attempt(account, self._user.person, posted, sealed)
            self.posts += 1
            if attempt.status or attempt.outcome == "late":
                self.seconds.append(attempt.seconds)
            said = posted.passive.text if attempt.outcome == "message" and posted.passive else ""
            if attempt.outcome == "acknowledged" or MARK.search(said):
                return
            self.refusals += bool(said)  # 当前咨询人数较多，请稍后再试
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * min(2**tries, 30))

    async def _later(self, posted: Posted, sealed: Any) -> None:
        await asyncio.sleep(self._chance.uniform(0, 0.4))
        await self._simulator.driver.attempt(self._user.account, self._user.person, posted, sealed)
        self.posts += 1


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def doubled(citizen: Citizen) -> list[str]:
    """How the answers came that this citizen has read before."""
    return [how for n, (number, how) in enumerate(citizen.answers) if number in citizen.read[:n]]
