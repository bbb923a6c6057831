"""The simulator's own addresses, its page's headers, and its settings."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml
from simulator_helpers import Client, Gateway, gateway, settings, simulated

from channels.wechat.simulator import Simulator
from channels.wechat.simulator.accounts import require
from channels.wechat.simulator.clock import MovableClock
from channels.wechat.simulator.words import WORDS
from foundation.clock import FixedClock
from foundation.errors import ConfigError
from foundation.settings import ROOT, load_settings

HERE = {f"{kind}_api_base": "http://127.0.0.1:8091" for kind in ("wechat", "miniprogram", "wecom")}
Platform = tuple[Simulator, Gateway, Client]
WHO = {"channel": "wechat", "user": "oA"}


@pytest.fixture
async def platform(clock: FixedClock) -> AsyncIterator[Platform]:
    async with simulated(clock) as found:
        yield found


async def test_a_user_acts_and_the_state_tells(platform: Platform) -> None:
    simulator, gateway, client = platform
    before = await client.get("/simulator/state", **WHO)
    waiting = asyncio.create_task(client.get("/simulator/state", **WHO, since=str(before["version"])))
    await client.post("/simulator/act", {**WHO, "do": "say", "with": {"text": "你好"}})
    after = await waiting
    assert after["version"] > before["version"]
    await simulator.platform.records.until(lambda: gateway.bodies, 5)
    for _ in range(50):
        after = await client.get("/simulator/state", **WHO)
        if after["posted"] and after["posted"][0]["done"]:
            break
        await asyncio.sleep(0.02)
    assert [line["text"] for line in after["chat"]] == ["你好"]
    assert after["posted"][0]["attempts"][0]["outcome"] == "acknowledged"
    assert after["left"] == 5 and after["account"]["mode"] == "safe"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("act", {**WHO, "do": "__init__"}, 400),
        ("act", {**WHO, "do": "say", "with": {"nonsense": 1}}, 400),
        ("act", {**WHO, "do": "say", "with": [1]}, 400),
        ("act", {"channel": "nonsense", "user": "oA", "do": "say"}, 400),
        ("act", {"channel": "wechat", "user": "", "do": "say"}, 400),
        ("press", {**WHO, "name": "nonsense"}, 404),
        ("fault", {"nonsense": 1}, 400),
        ("account", {"channel": "wechat", "mode": "nonsense"}, 400),
        ("account", {"channel": "nonsense"}, 400),
        ("clock", {"hours": "x"}, 400),
        ("verify", {"channel": "nonsense"}, 400),
    ],
)
async def test_bad_requests(platform: Platform, name: str, body: dict[str, object], status: int) -> None:
    simulator = platform[0]
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{simulator.address}/simulator/{name}", json=body) as response:
            assert response.status == status
        async with session.post(f"{simulator.address}/simulator/{name}", data="x") as response:
            assert response.status == 415, "a form of another site"


async def test_other_names_of_this_machine_are_refused(platform: Platform) -> None:
    simulator = platform[0]
    async with aiohttp.ClientSession() as session:
        for path, status in (("/", 403), ("/simulator/calls", 403), ("/cgi-bin/token", 200)):
            async with session.get(simulator.address + path, headers={"Host": "evil.example:80"}) as response:
                assert response.status == status
        async with session.get(simulator.address + "/") as response:
            assert response.status == 200


async def test_the_page_is_strict(platform: Platform) -> None:
    simulator = platform[0]
    async with aiohttp.ClientSession() as session:
        async with session.get(simulator.address + "/") as response:
            page = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\son\w+=|\sstyle=", page)
        assert not re.search(r"(?:src|href)=\"(?!/|#)", page)
        for path in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page):
            async with session.get(simulator.address + path) as response:
                assert response.status == 200 and response.headers["X-Content-Type-Options"] == "nosniff"
        async with session.get(simulator.address + "/static/../page.yml") as response:
            assert response.status == 404


async def test_pictures_are_served(platform: Platform) -> None:
    simulator = platform[0]
    await simulator.user("oA").image()
    media_id = simulator.user("oA").person.chat[0].media_id
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{simulator.address}/simulator/media/{media_id}") as response:
            assert response.content_type == "image/png" and (await response.read()).startswith(b"\x89PNG")
        async with session.get(f"{simulator.address}/simulator/media/nonsense") as response:
            assert response.status == 404


async def test_the_clock_is_put_forward(clock: FixedClock) -> None:
    moved = MovableClock(clock)
    async with (
        gateway() as posted_to,
        Simulator(settings(), posted_to.address, clock=moved, stamps=clock) as simulator,
        aiohttp.ClientSession() as session,
    ):
        client = await Client(simulator, session).sign_in()
        await simulator.user("oA").say("你好")
        await client.post("/simulator/clock", {"hours": 49})
        assert await client.send("oA", "晚了") == 42001
        await client.sign_in()
        assert await client.send("oA", "晚了") == 45015
        await simulator.user("oA").say("还在")
        stamps = {asked["timestamp"] for asked in posted_to.queries}
        assert stamps == {str(int(clock.now().timestamp()))}, "signatures are dated by the real time"


async def test_a_press_on_the_menu(platform: Platform) -> None:
    simulator, gateway, client = platform
    await client.sign_in()
    page = {"type": "view", "name": "网站", "url": "http://www.example.gov.cn/"}
    await client.post("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "大厅", "key": "HALLS"}, page]})
    assert (await client.post("/simulator/press", {**WHO, "name": "大厅"}))["url"] is None
    assert (await client.post("/simulator/press", {**WHO, "name": "网站"}))["url"] == page["url"]
    records = simulator.platform.records
    kinds = await records.until(lambda: len(gateway.bodies) == 2 and {one.kind for one in records.posted}, 5)
    assert kinds == {"CLICK", "VIEW"}
    state = await client.get("/simulator/state", **WHO)
    assert [button["name"] for button in state["buttons"]] == ["大厅", "网站"]


def test_every_word_that_the_page_uses_is_there() -> None:
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    page = WORDS.with_name("templates") / "simulator.html"
    for name in re.findall(r"words\.([\w.]+)", page.read_text(encoding="utf-8")):
        found = words
        for part in name.removesuffix(".items").split("."):
            found = found[part]


@pytest.mark.parametrize(
    ("unset", "lines"),
    [
        ({"wechat_secret": None}, ["ZHENGWU_WECHAT_SECRET=", "SECRET"]),
        ({"wechat_aes_key": None}, ["ZHENGWU_WECHAT_AES_KEY="]),
        ({"wecom_token": None}, ["ZHENGWU_WECOM_TOKEN="]),
        ({"miniprogram_api_base": "https://api.weixin.qq.com"}, ["ZHENGWU_MINIPROGRAM_API_BASE=http://127.0.0.1:8091"]),
        ({"wechat_api_base": "http://127.0.0.1:8092"}, ["ZHENGWU_WECHAT_API_BASE=http://127.0.0.1:8091"]),
    ],
)
def test_missing_settings_are_named(unset: dict[str, str | None], lines: list[str]) -> None:
    with pytest.raises(ConfigError) as error:
        require(settings(**{**HERE, **unset}))
    assert all(line in str(error.value) for line in lines)
    assert len(re.findall(r"^ZHENGWU_\w+=\S+$", str(error.value), re.MULTILINE)) == 1


def test_whole_settings_pass_and_nothing_is_made_up_twice() -> None:
    require(settings(**HERE))
    require(settings(**HERE, wechat_mode="plain", wechat_aes_key=None))
    with pytest.raises(ConfigError, match="production"):
        require(settings(**HERE, env="production"))
    with pytest.raises(ConfigError) as error:
        require(load_settings(_env_file=None, secret_key="5a" * 32))
    lines = dict(re.findall(r"^ZHENGWU_(\w+)=(\S+)$", str(error.value), re.MULTILINE))
    require(
        load_settings(_env_file=None, secret_key="5a" * 32, **{name.lower(): value for name, value in lines.items()})
    )


@pytest.mark.slow
def test_as_a_process(tmp_path: Path) -> None:
    from channel_helpers import free_port

    port = free_port()
    lines = {"APP_ID": "wxba5fad812f8e6fb9", "SECRET": "5" * 32, "TOKEN": "AAAAA", "AES_KEY": "A" * 43}
    lines["API_BASE"] = f"http://127.0.0.1:{port}"
    own = {f"ZHENGWU_WECHAT_{name}": value for name, value in lines.items()}
    own |= {"ZHENGWU_SIMULATOR_PORT": str(port), "ZHENGWU_MINIPROGRAM_APP_ID": "", "ZHENGWU_WECOM_CORP_ID": ""}
    command = [sys.executable, "-m", "bot.cli", "serve", "--only", "wechat-simulator"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as response:
                    assert "微信模拟器" in response.read().decode()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=10)
        assert process.returncode == 0 and "Traceback" not in log and "55555" not in log
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
