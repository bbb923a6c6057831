"""The widget in pages and browsers that are not as one would wish."""

from __future__ import annotations

import pytest
from channel_helpers import GatewayProcess
from foreign_site import Site
from host_page import HEAD, Host
from playwright.sync_api import BrowserContext, expect
from web_chat import CHROMIUM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


def test_it_stands_once_whatever_the_page_does(neighbour: Host, site: Site, gateway: GatewayProcess) -> None:
    script = f'<script src="http://chat.office.localhost:{gateway.port}/widget.js" defer></script>'
    again = script.replace(" defer", "").replace("widget.js", "widget.js?again")
    left = "<zhengwu-chat></zhengwu-chat>"  # in a page that was rendered beforehand
    site.put("/twice", left + script + again + script, HEAD)
    host = neighbour
    host.page.goto(host.page.url.replace("/near", "/twice"))
    expect(host.page.locator("zhengwu-chat")).to_have_count(1)
    host.open()
    source = host.page.locator("script").last.get_attribute("src")
    host.page.evaluate(
        """source => {
          document.body = document.createElement('body');
          const run = () => document.body.append(Object.assign(document.createElement('script'), {src: source}));
          run();
          run();
          return new Promise(done => { document.body.lastChild.onload = done; });
        }""",
        source,
    )
    expect(host.page.locator("zhengwu-chat")).to_have_count(1)
    expect(host.panel).to_be_visible()
    host.ask()
    host.page.evaluate("document.documentElement.replaceChildren(document.createElement('body'))")
    expect(host.page.locator("zhengwu-chat")).to_have_count(1)
    expect(host.chat.locator(".them")).to_have_count(1)  # the frame loaded anew, and has greeted anew
    host.input.press("Escape")
    expect(host.panel).to_be_hidden()


def test_a_prerendered_page_waits(context: BrowserContext, site: Site, snippet: str) -> None:
    waiting = "<script>Object.defineProperty(document, 'prerendering', {value: true, configurable: true})</script>"
    page = context.new_page()
    page.goto(site.put("/prerendered", snippet, HEAD + waiting))
    assert page.locator("zhengwu-chat").count() == 0
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    expect(page.locator("zhengwu-chat .launcher")).to_be_visible()


def test_without_any_storage(context: BrowserContext, address: str) -> None:
    context.add_init_script(
        """for (const name of ['localStorage', 'sessionStorage'])
          Object.defineProperty(window, name, {get() { throw new DOMException('denied', 'SecurityError'); }});"""
    )
    host = Host(context, address)
    host.open()
    host.ask()
    host.ask("再问一句", 2)
    host.page.keyboard.press("Escape")
    host.button.click()
    expect(host.chat.locator(".them")).to_have_count(2)
    assert host.problems == []


@pytest.mark.parametrize(
    ("lacks", "launcher"),
    [
        ("delete Element.prototype.attachShadow", "zhengwu-chat > a"),
        ("delete CSSStyleSheet.prototype.replaceSync", "zhengwu-chat button.launcher"),
        ("delete HTMLDialogElement.prototype.showModal; delete HTMLDialogElement.prototype.show; "
         "delete HTMLDialogElement.prototype.close", "zhengwu-chat button.launcher"),
        ("Object.defineProperty(document, 'currentScript', {value: null})", "zhengwu-chat button.launcher"),
    ],
    ids=["shadow", "stylesheets", "dialog", "script"],
)  # fmt: skip
def test_older_browsers(
    context: BrowserContext, address: str, gateway: GatewayProcess, lacks: str, launcher: str
) -> None:
    context.add_init_script(f"if (location.origin !== '{gateway.address}') {{ {lacks} }}")
    page = context.new_page()
    page.goto(address)
    button = page.locator(launcher)
    expect(button).to_have_text("在线咨询")
    assert button.evaluate("e => getComputedStyle(e).position") == "fixed"
    if launcher.endswith("a"):
        expect(button).to_have_attribute("href", f"{gateway.address}/chat")
        return
    button.click()
    page.frame_locator("zhengwu-chat iframe").locator("#state[data-state=online]").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("zhengwu-chat .panel")).to_be_hidden()
    expect(button).to_be_focused()


def test_without_style_sheets_and_with_a_policy_against_styles_a_link_is_left(
    context: BrowserContext, site: Site, gateway: GatewayProcess, snippet: str
) -> None:
    context.add_init_script("delete CSSStyleSheet.prototype.replaceSync")
    page = context.new_page()
    policy = f"default-src 'none'; script-src {gateway.address}; img-src data:"
    page.goto(site.put("/unstyled", snippet, HEAD, Content_Security_Policy=policy))
    link = page.locator("zhengwu-chat > a")
    expect(link).to_have_attribute("href", f"{gateway.address}/chat")
    assert link.evaluate("e => getComputedStyle(e).position") == "fixed"


def test_a_page_for_wide_screens_on_a_phone_gets_a_link_that_can_be_hit(
    phone: BrowserContext, site: Site, snippet: str
) -> None:
    host = Host(phone, site.put("/wide", "<div id=wide>旧网站</div>" + snippet, "<link rel=icon href='data:,'>"))
    assert host.button.evaluate("e => e.localName") == "a"
    height = host.button.evaluate(
        "e => e.getBoundingClientRect().height * screen.width / document.documentElement.clientWidth"
    )
    assert height >= 44
