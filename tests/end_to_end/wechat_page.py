"""The WeChat simulator as a process, and its page as a person uses it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from city import free_port
from playwright.sync_api import BrowserContext, Locator, Page, expect

from bot.supervisor import die_with_parent
from foundation.settings import ROOT

STARTS_WITHIN = 60.0
SENT = 30_000
"""Milliseconds within which an answer must be there, on a busy machine."""


def wechat_settings() -> dict[str, str]:
    """The lines of .env for an official account at a simulator on a free port."""
    port = free_port()
    return {
        "ZHENGWU_WECHAT_APP_ID": "wxba5fad812f8e6fb9",
        "ZHENGWU_WECHAT_SECRET": "5" * 32,
        "ZHENGWU_WECHAT_TOKEN": "AAAAA",
        "ZHENGWU_WECHAT_AES_KEY": "A" * 43,
        "ZHENGWU_WECHAT_API_BASE": f"http://127.0.0.1:{port}",
        "ZHENGWU_SIMULATOR_PORT": str(port),
    }


@contextmanager
def process(service: str, environment: Mapping[str, str], address: str) -> Iterator[str]:
    """`zhengwu serve --only SERVICE`, listening at the address."""
    command = [sys.executable, "-m", "bot.cli", "serve", "--only", service]
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, preexec_fn=die_with_parent)
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while not _listens(address):
            assert running.poll() is None and time.monotonic() < deadline, f"{service} does not start"
            time.sleep(0.1)
        yield address
    finally:
        running.terminate()
        try:
            running.wait(15)
        finally:
            if running.poll() is None:
                running.kill()


def _listens(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError as error:
        return hasattr(error, "code")


class WechatPage:
    """One tab with the simulator's page; `problems` are the errors that its console has shown."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(address)
        expect(self.page.get_by_text("平台时间").first).to_be_visible()

    def say(self, text: str) -> None:
        self.page.get_by_label("输入消息").fill(text)
        self.press("发送")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def received(self) -> Locator:
        """What the account said."""
        return self.page.locator("#chat .account")

    @property
    def posted(self) -> Locator:
        """The callbacks, newest first."""
        return self.page.locator("#posted > li")

    def wait_received(self, count: int) -> Locator:
        """The newest of so many messages."""
        expect(self.received).to_have_count(count, timeout=SENT)
        return self.received.last
