"""The widget on another site's pages, in a real browser, in front of a worker that echoes."""

from __future__ import annotations

import pytest
from channel_helpers import GatewayProcess, say
from foreign_site import Site
from host_page import ASKED, DESK, HEAD, Host
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select
from web_chat import CHROMIUM, PHONE

from foundation.database import Database
from foundation.outbox import outbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


def person_says(store: Database, *texts: str) -> None:
    with store.read() as tx:
        newest = select(outbox.c.conversation).order_by(outbox.c.id.desc()).limit(1)
        conversation = tx.execute(newest).scalar_one()
    say(store, conversation, "web", [{"text": text, "by": "person", "name": "小李"} for text in texts])


def test_a_question_is_answered_on_another_sites_page(host: Host) -> None:
    expect(host.frames).to_have_count(0)  # nothing is loaded before it is wanted
    host.open()
    host.ask()
    expect(host.chat.locator(".them").first).to_contain_text(f"答：{ASKED}")
    expect(host.panel.locator(".waiting")).to_be_hidden()


def test_keyboard_alone(host: Host) -> None:
    page = host.page
    page.locator("#theirs").focus()
    page.keyboard.press("Tab")
    expect(host.button).to_be_focused()
    assert host.button.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    expect(host.button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(host.button).to_have_attribute("aria-expanded", "true")
    expect(host.input).to_be_focused()
    host.wait_online()
    page.keyboard.type("你好")
    page.keyboard.press("Enter")
    expect(host.chat.locator(".them")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(host.panel).to_be_hidden()
    expect(host.button).to_be_focused()
    page.keyboard.press("Space")
    expect(host.input).to_be_focused()
    for _ in range(40):  # back out of the frame, through all of it
        page.keyboard.press("Shift+Tab")
        if host.button.evaluate("e => e.getRootNode().activeElement === e"):
            break
    expect(host.button).to_be_focused()
    page.keyboard.press("Tab")  # and into it again: the panel follows its button
    expect(host.chat.get_by_role("link", name="跳到输入框")).to_be_focused()
    page.keyboard.press("Escape")
    expect(host.button).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#theirs")).to_be_focused()


def test_escape_closes_first_what_is_open_inside(host: Host) -> None:
    host.open()
    host.chat.get_by_role("button", name="新咨询").click()
    host.page.keyboard.press("Escape")
    expect(host.chat.locator("#ask")).to_be_hidden()
    expect(host.panel).to_be_visible()
    host.input.dispatch_event("keydown", {"key": "Escape", "isComposing": True, "bubbles": True})
    expect(host.panel).to_be_visible()
    host.chat.get_by_role("button", name="收起").click()
    expect(host.panel).to_be_hidden()
    expect(host.button).to_be_focused()


def test_names_and_roles(host: Host) -> None:
    expect(host.page.get_by_role("button", name="在线咨询", exact=True)).to_have_attribute("aria-haspopup", "dialog")
    host.open()
    expect(host.page.get_by_role("dialog", name="在线咨询对话框")).to_be_visible()
    expect(host.frames).to_have_attribute("title", "在线咨询")
    expect(host.page.locator("zhengwu-chat")).to_have_attribute("lang", "zh-CN")
    expect(host.chat.get_by_role("button", name="收起")).to_be_visible()
    for button in (host.button, host.chat.get_by_role("button", name="收起")):
        box = button.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44


def test_replies_while_closed_are_counted_and_read_out(neighbour: Host, store: Database) -> None:
    host = neighbour
    host.open()
    host.ask()
    host.page.keyboard.press("Escape")
    expect(host.panel).to_be_hidden()
    person_says(store, "您好", "还在吗")
    expect(host.button.locator(".badge")).to_have_text("2")
    expect(host.button).to_have_accessible_name("在线咨询，2 条新消息")
    expect(host.page.locator("zhengwu-chat .unseen")).to_have_text("在线咨询：2 条新消息")
    host.page.reload()  # another page of the site: what was opened in this tab is listened to
    expect(host.button.locator(".badge")).to_have_text("2")
    person_says(store, "请回复")
    expect(host.button.locator(".badge")).to_have_text("3")
    host.button.click()
    expect(host.button.locator(".badge")).to_be_hidden()
    expect(host.button).to_have_accessible_name("在线咨询")
    expect(host.chat.get_by_role("article", name="工作人员 · 小李")).to_have_count(3)
    host.page.reload()
    host.wait_online()
    expect(host.button.locator(".badge")).to_be_hidden()


def test_it_stays_open_from_page_to_page(neighbour: Host) -> None:
    host = neighbour
    host.open()
    host.ask()
    before = host.page.url
    host.page.goto(before.replace("/near", "/next"))
    expect(host.panel).to_be_visible()
    expect(host.chat.locator(".them")).to_have_count(1)
    host.wait_online()
    expect(host.page.locator("#theirs")).to_be_focused()  # it took nothing away
    host.button.click()
    host.page.goto(before)
    expect(host.button).to_be_visible()
    expect(host.panel).to_be_hidden()
    host.page.go_back()
    expect(host.panel).to_be_hidden()


def test_its_place_its_label_and_opening_at_once(context: BrowserContext, site: Site, gateway: GatewayProcess) -> None:
    wishes = 'data-label="问一问" data-position="left" data-offset="40 90" data-open'
    script = f'<script src="{gateway.address}/widget.js" {wishes}></script>'
    host = Host(context, site.put("/place", "<input id=theirs autofocus>" + script, HEAD))
    expect(host.panel).to_be_visible()
    host.wait_online()
    expect(host.page.locator("#theirs")).to_be_focused()
    expect(host.button).to_have_text("问一问")
    box, panel = host.button.bounding_box(), host.panel.bounding_box()
    assert box and panel
    assert (box["x"], panel["x"], box["y"] + box["height"]) == (40, 40, DESK["height"] - 90)
    host.button.click()
    host.page.reload()
    expect(host.button).to_be_visible()
    expect(host.panel).to_be_hidden()  # what the citizen did last holds


def test_a_phone(phone: BrowserContext, address: str) -> None:
    host = Host(phone, address)
    host.button.tap()
    host.wait_online()
    box = host.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": PHONE["width"], "height": PHONE["height"]}
    expect(host.button).to_be_hidden()
    expect(host.chat.locator("#scroll")).to_be_focused()  # not the input: its keyboard would hide the welcome
    assert host.chat.locator("html").evaluate("e => e.scrollWidth <= innerWidth")
    host.ask()
    host.page.locator("#theirs").evaluate("e => e.focus()")  # the page below is inert
    expect(host.page.locator("#theirs")).not_to_be_focused()
    host.page.set_viewport_size({"width": 844, "height": 390})  # turned round
    assert host.panel.bounding_box() == {"x": 0, "y": 0, "width": 844, "height": 390}
    host.page.set_viewport_size({"width": 844, "height": 600})  # unfolded
    box = host.panel.bounding_box()
    assert box and box["x"] > 300 and box["y"] >= 0 and box["y"] + box["height"] < 600 - 60
    host.page.locator("#theirs").evaluate("e => e.focus()")
    expect(host.page.locator("#theirs")).to_be_focused()
    host.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(host.chat.locator(".them")).to_have_count(1)  # it is still the same frame
    host.chat.get_by_role("button", name="收起").tap()
    expect(host.panel).to_be_hidden()
    expect(host.button).to_be_focused()
    assert host.problems == []


def test_no_movement_for_those_who_asked_for_none(host: Host) -> None:
    animation = "e => getComputedStyle(e).animationName"
    host.open()
    assert host.panel.evaluate(animation) == "rise"
    host.page.emulate_media(reduced_motion="reduce")
    assert host.panel.evaluate(animation) == "none"
