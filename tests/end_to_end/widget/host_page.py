"""A page of another site with the widget on it, as a citizen uses it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

DESK = {"width": 1200, "height": 800}
ASKED = "身份证丢了怎么补办？"
HEAD = "<link rel=icon href='data:,'><meta name=viewport content='width=device-width,initial-scale=1'>"


class Host:
    """One tab with a page of the other site; `problems` are the errors that its console has shown."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(address)
        self.button = self.page.locator("zhengwu-chat .launcher")
        self.panel = self.page.locator("zhengwu-chat .panel")
        self.chat = self.page.frame_locator("zhengwu-chat iframe")
        self.input = self.chat.get_by_label("输入您的问题")
        self.frames = self.page.locator("zhengwu-chat iframe")
        self.button.wait_for()

    def open(self) -> None:
        self.button.click()
        self.wait_online()

    def wait_online(self) -> None:
        self.chat.locator("#state[data-state=online]").wait_for()

    def ask(self, text: str = ASKED, replies: int = 1) -> None:
        self.input.fill(text)
        self.input.press("Enter")
        expect(self.chat.locator(".them")).to_have_count(replies, timeout=20_000)
