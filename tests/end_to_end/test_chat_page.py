"""The chat page in a browser, in front of the real assistant."""

from __future__ import annotations

import pytest
from city import City
from playwright.sync_api import expect
from web_chat import CHROMIUM, PHONE, WebChat, chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


def test_a_first_conversation(city: City) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport=PHONE)
        chat = WebChat(context, city.address)
        before = chat.replies.count()
        chat.say("身份证丢了怎么补办")
        chat.wait_replies(before + 1)
        expect(chat.replies.last).to_contain_text("居民身份证丢失补领")
        expect(chat.replies.last).to_contain_text("中华人民共和国居民身份证法")
        chat.say("那多少钱")
        chat.wait_replies(before + 2)
        expect(chat.replies.last).to_contain_text("元")
        assert chat.problems == []
        context.close()


def test_where_an_application_stands(city: City) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport=PHONE)
        chat = WebChat(context, city.address)
        before = chat.replies.count()
        for place, text in enumerate(("查办件进度", "SLS2026-110418-0102", "123X"), 1):
            chat.say(text)
            chat.wait_replies(before + place)
        expect(chat.replies.last).to_contain_text("机动车驾驶证期满换证")
        expect(chat.replies.last).to_contain_text("快递")
        expect(chat.replies.last.locator(".progress li").first).to_contain_text("月")
        expect(chat.replies.last).not_to_contain_text("SLS2026-110418-0102")
        assert chat.problems == []
        context.close()
