"""我的办件, the whole way: a sign-in at the identity service, its token at the portal, and no number typed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels" / "signin"))

from city import running
from playwright.sync_api import expect
from provider import CLIENT, SECRET, Provider
from provider import running as provider_running
from web_chat import CHROMIUM, PHONE, WebChat, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


def test_ones_own_applications(tmp_path: Path) -> None:
    with provider_running(Provider()) as provider:
        settings = {
            "ZHENGWU_SIGNIN_ISSUER": provider.address,
            "ZHENGWU_SIGNIN_CLIENT_ID": CLIENT,
            "ZHENGWU_SIGNIN_CLIENT_SECRET": SECRET,
        }
        with running(tmp_path, **settings) as city, chromium() as browser:
            context = browser.new_context(viewport=PHONE, locale="zh-CN")
            chat = WebChat(context, city.address)
            chat.page.get_by_role("button", name="登录", exact=True).click()
            expect(chat.page.get_by_role("heading", name="已登录")).to_be_visible()
            chat.page.get_by_role("link", name="回到网页上的对话").click()
            before = chat.replies.count()
            chat.say("我的办件")
            chat.wait_replies(before + 1)
            expect(chat.replies.last).to_contain_text("4件办件")
            expect(chat.replies.last.locator("button.option")).to_have_count(4)
            chat.say("2")
            chat.wait_replies(before + 2)
            expect(chat.replies.last.locator(".progress")).to_be_visible()
            chat.page.get_by_role("button", name="退出登录").click()
            chat.say("我的办件")
            chat.wait_replies(before + 3)
            expect(chat.replies.last).to_contain_text("登录")
            expect(chat.replies.last).not_to_contain_text("4件办件")
            assert "sandbox-person-1" not in city.log() and provider.tokens
            assert not any(token in city.log() for token in provider.tokens)
            assert chat.problems == []
            context.close()
