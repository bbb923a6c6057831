"""The chat page as a citizen uses it. It needs an address, not to know what runs behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class WebChat:
    """One tab of the chat; `problems` are the errors its console has shown."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(f"{address}/chat")
        self.wait_online()

    def wait_online(self) -> None:
        self.page.locator("#state[data-state=online]").wait_for()

    def say(self, text: str) -> None:
        self.page.get_by_label("输入您的问题").fill(text)
        self.page.get_by_role("button", name="发送", exact=True).click()

    @property
    def mine(self) -> Locator:
        return self.page.locator(".me")

    @property
    def replies(self) -> Locator:
        return self.page.locator(".them")

    def wait_replies(self, count: int, seconds: float = 15) -> None:
        expect(self.replies).to_have_count(count, timeout=seconds * 1000)
