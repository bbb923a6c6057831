"""Gateways as they really run, more than one, and killed; and `rasa run` with every channel there is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from callback_helpers import ACCOUNT, AES_KEY, ORIGINAL, TOKEN, WeChat, until
from channel_helpers import ROOT, FakeWorker, GatewayProcess, free_port
from platform_fake import APP_ID, SECRET, PlatformFake, running
from sqlalchemy import select

from foundation.database import Database
from foundation.inbox import inbox
from foundation.outbox import DELIVERED, outbox

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]

OURS = replace(ACCOUNT, app_id=APP_ID)


def process(database: Database, platform: PlatformFake, port: int | None = None) -> GatewayProcess:
    url = database.engine.url.render_as_string(hide_password=False)
    account = {"APP_ID": APP_ID, "SECRET": SECRET, "TOKEN": TOKEN, "AES_KEY": AES_KEY, "ORIGINAL_ID": ORIGINAL,
               "API_BASE": platform.base}  # fmt: skip
    return GatewayProcess(url, port, **{f"ZHENGWU_WECHAT_{name}": value for name, value in account.items()})


@asynccontextmanager
async def started(gateway: GatewayProcess) -> AsyncIterator[GatewayProcess]:
    """Without holding up this process's event loop, in which the platform lives."""
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, gateway.start)
    try:
        yield gateway
    finally:
        await loop.run_in_executor(None, gateway.__exit__, None, None, None)


def plain(text: str) -> list[dict[str, Any]]:
    return [{"text": f"答：{text}"}]


def delivered(database: Database) -> int:
    with database.read() as tx:
        return list(tx.execute(select(outbox.c.state)).scalars()).count(DELIVERED)


def shown(platform: PlatformFake, openid: str) -> list[str]:
    return [body["text"]["content"] for body in platform.sent() if body["touser"] == openid]


async def test_c6_two_gateway_processes(database: Database) -> None:
    async with running() as platform, aiohttp.ClientSession() as http:
        with FakeWorker(database, plain, seconds=0.1) as worker:
            async with started(process(database, platform)) as one, started(process(database, platform)) as two:
                ends = [WeChat(http, gateway.address, OURS) for gateway in (one, two)]
                passive: dict[str, list[str]] = {}

                async def ask(number: int) -> None:
                    fields = ends[0].fields(Content=f"问{number}", sender=f"o{number}")
                    answers = await asyncio.gather(*(end.push(fields) for end in (*ends, *ends)))
                    passive[f"o{number}"] = [text for text in map(ends[0].reply, answers) if text]

                await asyncio.gather(*map(ask, range(8)))
                await until(lambda: delivered(database) == 8, 30)
                await asyncio.sleep(0.5)
        assert sorted(worker.texts) == [f"问{number}" for number in range(8)]
        for openid, texts in passive.items():
            texts = texts + shown(platform, openid)
            assert len(texts) == 1 and f"答：问{openid[1:]}" in texts[0]


@pytest.mark.parametrize("killed_after", [0.3, 1.0])
async def test_c7_a_gateway_killed_during_a_turn(database: Database, killed_after: float) -> None:
    """The platform's connection breaks; it asks again, of a new process. One turn, one visible answer."""
    loop, port = asyncio.get_running_loop(), free_port()
    async with running() as platform, aiohttp.ClientSession() as http:
        with FakeWorker(database, plain, seconds=1.5) as worker:
            async with started(process(database, platform, port)) as gateway:
                wechat = WeChat(http, gateway.address, OURS)
                fields = wechat.fields(Content="重启")
                first = asyncio.create_task(wechat.push(fields))
                await asyncio.sleep(killed_after)
                await until(lambda: stored(database) == 1)
                gateway.kill()
                with suppress(aiohttp.ClientError):
                    await first
                await loop.run_in_executor(None, gateway.start)
                texts = [text for text in [wechat.reply(await wechat.push(fields))] if text]
                await until(lambda: delivered(database) == 1, 30)
                again = wechat.reply(await wechat.push(fields))
                await asyncio.sleep(0.5)
        assert worker.texts == ["重启"] and again is None
        assert len(texts + shown(platform, str(fields["FromUserName"]))) == 1


def stored(database: Database) -> int:
    with database.read() as tx:
        return len(tx.execute(select(inbox.c.id)).all())


async def test_c7_a_gateway_killed_after_its_success_still_sends(database: Database) -> None:
    """What was to go by the API is sent by whichever gateway comes next."""
    loop = asyncio.get_running_loop()
    pictures = [{"text": "一"}, {"text": "二", "buttons": [{"title": "甲", "payload": "甲"}]}]
    async with running() as platform, aiohttp.ClientSession() as http:
        platform.fail("/cgi-bin/message/custom/send", 30.0)
        with FakeWorker(database, lambda text: pictures):
            async with started(process(database, platform)) as gateway:
                wechat = WeChat(http, gateway.address, OURS)
                assert wechat.reply(await wechat.say("x")) is None
                await until(lambda: platform.calls["/cgi-bin/message/custom/send"] > 0)
                gateway.kill()
                await loop.run_in_executor(None, gateway.start)
                await until(lambda: delivered(database) == 2, 30)
        assert 1 <= len(platform.sent()) <= 3


async def test_a_missing_setting_is_named_and_nothing_starts(url: str) -> None:
    environment = {**os.environ, "ZHENGWU_DATABASE_URL": url, "ZHENGWU_SECRET_KEY": "5a" * 32,
                   "ZHENGWU_WECHAT_APP_ID": APP_ID, "ZHENGWU_WECHAT_SECRET": SECRET, "ZHENGWU_WECHAT_TOKEN": TOKEN,
                   "ZHENGWU_WECHAT_AES_KEY": ""}  # fmt: skip
    command = [str(Path(sys.executable).with_name("zhengwu")), "serve", "--only", "gateway"]
    run = await asyncio.get_running_loop().run_in_executor(
        None, lambda: subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    )
    assert run.returncode == 1
    assert "ZHENGWU_WECHAT_AES_KEY is missing" in run.stderr and "Traceback" not in run.stderr


async def test_e4_rasa_run_with_every_channel(tmp_path: Path) -> None:
    model = ROOT / "models" / "zhengwu.tar.gz"
    if not model.exists():
        pytest.skip("no model: make setup")
    common = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
    sections = {
        "channels.rest.RestInput": None,
        "channels.wechat.input.WeChatInput": {"app_id": APP_ID, **common},
        "channels.wechat.input.MiniProgramInput": {"app_id": APP_ID, **common},
        "channels.wecom.input.WeComInput": {"corp_id": "ww5fad812f8e6fb9ba", "agent_id": 1000002, **common},
    }
    credentials, port = tmp_path / "credentials.yml", free_port()
    credentials.write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("rasa")), "run", "-m", str(model), "--credentials", str(credentials),
               "-p", str(port), "-i", "127.0.0.1"]  # fmt: skip
    environment = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "ZHENGWU_SECRET_KEY": "5a" * 32,
        "ZHENGWU_DATABASE_URL": f"sqlite:///{tmp_path}/rasa.db",
        "ZHENGWU_VAR_DIR": str(tmp_path),
    }
    with (tmp_path / "log").open("w") as log:
        rasa = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        async with aiohttp.ClientSession() as http:
            for name in ("rest", "wechat", "miniprogram", "wecom"):
                status, body = await health(http, f"http://127.0.0.1:{port}/webhooks/{name}/", rasa)
                assert (status, body) == (200, {"status": "ok"}), (tmp_path / "log").read_text()[-3000:]
            wechat = WeChat(http, f"http://127.0.0.1:{port}", replace(ACCOUNT, app_id=APP_ID))
            assert (await wechat.post(b"<xml/>", "a=1")).status == 403
            assert (await wechat.event("VIEW")).body == b"success"
    finally:
        rasa.terminate()
        rasa.wait(30)


async def health(http: aiohttp.ClientSession, address: str, server: subprocess.Popen[bytes]) -> tuple[int, Any]:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and server.poll() is None:
        try:
            async with http.get(address) as response:
                return response.status, await response.json()
        except aiohttp.ClientError:
            await asyncio.sleep(0.5)
    return 0, None
