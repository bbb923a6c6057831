"""What a site and the widget on its pages can do to each other: nothing."""

from __future__ import annotations

import pytest
from channel_helpers import GatewayProcess
from foreign_site import Site, foreign_site
from host_page import DESK, HEAD, Host
from playwright.sync_api import BrowserContext, Page, expect
from web_chat import CHROMIUM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
BLOCKED = "chrome-error://chromewebdata/"
"""Where Chromium puts a frame that it may not show."""
HOSTILE = """<style>
  body, body *, zhengwu-chat, zhengwu-chat *, button, iframe, dialog, :host, .place, .launcher, .panel, .message {
    all: unset !important; display: none !important; visibility: hidden !important; opacity: 0 !important;
    transform: scale(0) !important; pointer-events: none !important; z-index: -1 !important; float: left !important;
    position: static !important; width: 3px !important; height: 3px !important; clip-path: inset(50%) !important;
    font-size: 1px !important; color: red !important; background: red !important; filter: blur(9px) !important;
  }
</style>"""


def test_the_sites_globals_and_storage_stay_as_they_were(context: BrowserContext, site: Site, snippet: str) -> None:
    before = "<script>window.before = Object.getOwnPropertyNames(window).concat('before')</script>"
    host = Host(context, site.put("/globals", snippet, HEAD + before))
    host.open()
    assert (
        host.page.evaluate("Object.getOwnPropertyNames(window).filter(n => !before.includes(n) && !/^\\d+$/.test(n))")
        == []
    )
    assert host.page.evaluate("[localStorage.length, document.cookie, Object.keys(sessionStorage)]") == [
        0, "", ["zhengwu-chat"],
    ]  # fmt: skip
    assert host.page.evaluate("document.body.querySelectorAll('zhengwu-chat, iframe, style, [style]').length") == 0


def test_hostile_styles_of_the_site_reach_nothing(context: BrowserContext, site: Site, snippet: str) -> None:
    host = Host(context, site.put("/hostile", snippet, HEAD + HOSTILE))
    box = host.button.bounding_box()
    assert box and box["height"] >= 44 and box["x"] + box["width"] > DESK["width"] - 60
    host.open()
    host.ask()
    box = host.panel.bounding_box()
    assert box and box["width"] >= 380 and box["height"] >= 600
    seen = host.page.evaluate("([x, y]) => document.elementFromPoint(x, y).localName", [box["x"] + 200, box["y"] + 300])
    assert seen == "zhengwu-chat"
    looks = host.button.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).fontSize]")
    assert looks == ["rgb(255, 255, 255)", "17px"]


def test_a_strict_policy_of_the_site(
    context: BrowserContext, site: Site, gateway: GatewayProcess, snippet: str
) -> None:
    policy = (
        f"default-src 'none'; script-src {gateway.address}; frame-src {gateway.address}; img-src data:; "
        "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    host = Host(context, site.put("/strict", snippet, HEAD, Content_Security_Policy=policy))
    host.open()
    host.ask()
    assert host.button.evaluate("e => getComputedStyle(e).position") == "fixed"
    assert host.problems == []


def test_a_page_that_isolates_itself(context: BrowserContext, site: Site, snippet: str) -> None:
    isolated = {
        "Cross_Origin_Embedder_Policy": "require-corp",
        "Cross_Origin_Opener_Policy": "same-origin",
        "Referrer_Policy": "no-referrer",
    }
    host = Host(context, site.put("/isolated", snippet, HEAD, **isolated))
    host.open()
    host.ask()
    assert host.page.evaluate("crossOriginIsolated") and host.problems == []


def test_where_the_policy_forbids_frames_a_window_is_offered(
    context: BrowserContext, site: Site, gateway: GatewayProcess, snippet: str
) -> None:
    policy = f"script-src {gateway.address}; frame-src 'none'"
    host = Host(context, site.put("/frameless", snippet, HEAD, Content_Security_Policy=policy))
    host.button.click()
    expect(host.panel.get_by_role("status")).to_contain_text("换到新窗口打开")
    link = host.panel.get_by_role("link", name="在新窗口打开")
    expect(link).to_have_attribute("href", f"{gateway.address}/chat")
    expect(link).to_be_focused()
    host.panel.get_by_role("button", name="收起").click()
    expect(host.panel).to_be_hidden()
    expect(host.button).to_be_focused()


def addresses_of_frames(page: Page, count: int) -> list[str]:
    """Where the frames of a page are, once all of them are somewhere."""
    for _ in range(200):
        addresses = [frame.url for frame in page.frames[1:]]
        if len(addresses) == count and all(addresses):
            return addresses
        page.wait_for_timeout(50)
    raise AssertionError(addresses)


def test_a_site_that_is_not_allowed_cannot_embed(context: BrowserContext, gateway: GatewayProcess) -> None:
    with foreign_site() as stranger:
        frame = f'<iframe src="{gateway.address}/chat?embed=1"></iframe><iframe src="{gateway.address}/chat"></iframe>'
        page = context.new_page()
        page.goto(stranger.put("/", frame, HEAD))
        assert addresses_of_frames(page, 2) == [BLOCKED, BLOCKED]
        host = Host(context, stranger.put("/widget", f'<script src="{gateway.address}/widget.js"></script>', HEAD))
        with context.expect_page() as opened:
            host.page.get_by_role("link", name="在线咨询").click()
        assert opened.value.url == f"{gateway.address}/chat"
        opened.value.locator("#state[data-state=online]").wait_for()
        assert opened.value.evaluate("opener") is None
        expect(host.frames).to_have_count(0)


def test_nor_can_one_that_frames_an_allowed_site(context: BrowserContext, site: Site, gateway: GatewayProcess) -> None:
    inner = site.put("/inner", f'<iframe src="{gateway.address}/chat?embed=1"></iframe>', HEAD)
    with foreign_site() as stranger:
        page = context.new_page()
        page.goto(stranger.put("/", f'<iframe src="{inner}"></iframe>', HEAD))
        assert addresses_of_frames(page, 2) == [inner, BLOCKED]


def test_a_subdomain_below_a_wildcard(context: BrowserContext, site: Site, address: str) -> None:
    host = Host(context, f"http://www.office.localhost:{site.port}/")
    host.open()
    host.ask()


def test_a_sandboxed_page_gets_a_link(context: BrowserContext, site: Site, snippet: str) -> None:
    page = context.new_page()
    page.goto(site.put("/sandboxed", snippet, HEAD, Content_Security_Policy="sandbox allow-scripts allow-popups"))
    expect(page.locator("zhengwu-chat a.launcher")).to_be_visible()


def test_forged_messages_do_nothing(neighbour: Host) -> None:
    host = neighbour
    host.open()
    host.ask()
    frame = host.page.frames[-1]
    before = frame.evaluate("JSON.stringify(localStorage)")
    forged = """() => {
      const frame = document.querySelector('zhengwu-chat').shadowRoot.querySelector('iframe').contentWindow;
      const said = [{type: 'session', session: 'x.y.z'}, {session: 'x.y.z'}, {type: 'message', text: '伪造'}, 'hidden',
        {type: 'welcome', session: 'x.y.z', fresh: true, open: []}, {type: 'reply', seq: 9, body: {text: '伪造'}},
        'zhengwu-chat', null, 5, {zhengwu: 'hello'}, '{"type":"reply"}'];
      window.heard = [];
      for (const data of said) {
        const channel = new MessageChannel();
        channel.port1.onmessage = event => heard.push(event.data);
        frame.postMessage(data, '*');
        frame.postMessage(data, '*', [channel.port2]);
        postMessage(data, '*');
        postMessage({type: 'close'}, '*');
        postMessage({type: 'unread', count: 7}, '*');
        for (const other of said) channel.port1.postMessage(other);
      }
      const child = document.createElement('iframe');
      child.srcdoc = `<script>parent.document.querySelector('zhengwu-chat').shadowRoot.querySelector('iframe')
        .contentWindow.postMessage('zhengwu-chat', '*', [new MessageChannel().port2])</script>`;
      document.body.append(child);
      return new Promise(done => setTimeout(() => done(heard), 800));
    }"""
    assert host.page.evaluate(forged) == []
    expect(host.panel).to_be_visible()
    assert frame.evaluate("JSON.stringify(localStorage)") == before
    expect(host.chat.locator(".message")).to_have_count(2)
    assert "伪造" not in host.chat.locator("body").inner_text()
    host.page.keyboard.press("Escape")  # the true port is as it was
    expect(host.panel).to_be_hidden()


def test_the_site_gets_neither_text_nor_session(context: BrowserContext, site: Site, snippet: str) -> None:
    spy = """<script>
      window.heard = [];
      addEventListener('message', event => heard.push(event.data));
      const on = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
      Object.defineProperty(MessagePort.prototype, 'onmessage', {
        set(hear) { on.set.call(this, event => { heard.push(event.data); hear(event); }); },
      });
    </script>"""
    host = Host(context, site.put("/spy", snippet, HEAD + spy))
    host.open()
    host.ask("我的手机号是13800138000")
    host.input.press("Escape")
    expect(host.panel).to_be_hidden()
    heard = host.page.evaluate("heard")
    assert {said["type"] for said in heard} == {"ready", "unread", "close"}
    assert all(said.keys() <= {"type", "count"} for said in heard)
