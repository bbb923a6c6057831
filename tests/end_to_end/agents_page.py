"""The agents' page as an agent uses it, and a console of its own to serve it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select

from desk import closures, handovers, presence, speech
from desk.handover import OPEN
from desk.handovers import Handover, Request
from desk.tables import handovers as handover_rows
from foundation import accounts, dialogue, outbox
from foundation.cipher import Cipher
from foundation.clock import CHINA
from foundation.database import Database
from foundation.settings import ROOT
from foundation.vault import Vault

KEY = "5a" * 32
PASSWORD = "correct horse 9"
DESKTOP, NARROW = {"width": 1280, "height": 800}, {"width": 400, "height": 850}


def now() -> datetime:
    return datetime.now(timezone.utc)


def hire(database: Database, name: str, shown: str, *roles: str) -> None:
    with database.write() as tx:
        if name not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, name, PASSWORD, roles or ("agent",), now(), shown)


@contextmanager
def open_desk_of(database: Database, **agents: str) -> Iterator[None]:
    """The desk open today and tomorrow, with these agents: names of accounts, and how they are called.

    The desk is empty at first: who asked for a person in another test and never came back is gone, and what an agent
    had is done with.
    """
    days = [now().astimezone(CHINA).date() + timedelta(days=n) for n in range(2)]
    with database.write() as tx:
        for day in days:
            closures.announce(tx, day, "00:00-24:00", "试运行", "operator", now())
        open_ones = select(handover_rows.c.id).where(handover_rows.c.state.in_(OPEN))
        for id in tx.execute(open_ones).scalars().all():
            handovers.withdraw(tx, id, now(), "away")
        handovers.close_forgotten(tx, now() + timedelta(seconds=1), timedelta(0))
    for name, shown in agents.items():
        hire(database, name, shown)
    try:
        yield
    finally:
        with database.write() as tx:
            for day in days:
                closures.revoke(tx, day, "operator", now())
            for name in agents:
                presence.leave(tx, name, now())


class ConsoleProcess:
    """A console as it really runs, to be stopped or killed."""

    def __init__(self, url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        own = {"ZHENGWU_DATABASE_URL": url, "ZHENGWU_SECRET_KEY": KEY, "ZHENGWU_CONSOLE_PORT": str(self.port)}
        self._env = {**os.environ, **own}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> ConsoleProcess:
        self._process = subprocess.Popen([sys.executable, "-m", "console"], cwd=ROOT, env=self._env)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.address}/health", timeout=1)
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the console does not start")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def __enter__(self) -> ConsoleProcess:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


class AgentsPage:
    """One browser of one agent; `problems` are the errors its console has shown."""

    def __init__(self, browser: Browser, address: str, name: str, **options: Any) -> None:
        self.address, self.name = address, name
        self.context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, "locale": "zh-CN", **options})
        self.problems: list[str] = []
        self.page = self.tab()
        self.sign_in()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{self.address}/desk")
        self.page = page
        return page

    def sign_in(self) -> None:
        self.page.get_by_label("账号").fill(self.name)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()
        self.wait_online()

    def wait_online(self) -> None:
        self.page.locator("#connection[data-state=online]").wait_for(state="attached", timeout=30_000)

    def turn_to(self, tab: str) -> None:
        self.page.get_by_role("tab", name=tab).click()

    def entry(self, text: str) -> Locator:
        return self.page.locator(".entry", has_text=text)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("回复群众")

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def said(self, text: str) -> Locator:
        return self.page.locator(".said", has_text=text)

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    def close_talk(self) -> None:
        """With what the page offers."""
        self.press("办结")
        self.dialog("办结").get_by_role("button", name="办结").click()
        expect(self.dialog("办结")).to_be_hidden()

    def wide(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


class Citizens:
    """Those on the other side, without a browser."""

    def __init__(self, database: Database, key: str = KEY) -> None:
        self.database = database
        self.vault = Vault(Cipher(bytes.fromhex(key)))

    def ask(self, conversation: str, question: str, **facts: Any) -> Handover:
        with self.database.write() as tx:
            masked = self.vault.hide(tx, question, conversation, now())
            channel = conversation.partition(":")[0]
            dialogue.append(tx, conversation, [dialogue.heard(masked, channel, now())])
            request = Request(conversation, channel, **{"reason": "asked", "question": masked, **facts})
            return handovers.open_handover(tx, request, now())

    def say(self, conversation: str, text: str) -> None:
        with self.database.write() as tx:
            found = handovers.current(tx, conversation)
            assert found is not None
            speech.hear(tx, found, self.vault.hide(tx, text, conversation, now()), now())

    def texts(self, conversation: str) -> list[str]:
        with self.database.read() as tx:
            return [str(reply.body["text"]) for reply in outbox.after(tx, conversation, 0)]
