"""The widget on another site's pages, in a real browser, in front of a worker that echoes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels"))

from channel_helpers import FakeWorker, GatewayProcess, say
from foreign_site import Site, foreign_site
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from web_chat import CHROMIUM, PHONE, chromium

from foundation.database import Database
from foundation.migrate import upgrade
from foundation.outbox import outbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
DESK = {"width": 1200, "height": 800}
BLOCKED = "chrome-error://chromewebdata/"
"""Where Chromium puts a frame that it may not show."""
ASKED = "身份证丢了怎么补办？"
FAVICON = "<link rel=icon href='data:,'><meta name=viewport content='width=device-width,initial-scale=1'>"
HOSTILE = """<style>
  body, body *, zhengwu-chat, zhengwu-chat *, button, iframe, dialog, :host, .place, .launcher, .panel, .message {
    all: unset !important; display: none !important; visibility: hidden !important; opacity: 0 !important;
    transform: scale(0) !important; pointer-events: none !important; z-index: -1 !important; float: left !important;
    position: static !important; width: 3px !important; height: 3px !important; clip-path: inset(50%) !important;
    font-size: 1px !important; color: red !important; background: red !important; filter: blur(9px) !important;
  }
</style>"""


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('widget') / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    with FakeWorker(database):
        yield database
    database.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with foreign_site() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(store: Database, site: Site) -> Iterator[GatewayProcess]:
    origins = f"{site.address} http://*.office.localhost:{site.port}"
    with GatewayProcess(store.engine.url.render_as_string(), ZHENGWU_WIDGET_ORIGINS=origins) as running:
        yield running


@pytest.fixture
def snippet(gateway: GatewayProcess) -> str:
    return f'<script src="{gateway.address}/widget.js" data-label="在线咨询" defer></script>'


@pytest.fixture
def neighbour(context: BrowserContext, site: Site, gateway: GatewayProcess) -> Iterator[Host]:
    """A page of the same site as the chat, as browsers count it: there the chat may remember, elsewhere it may not."""
    script = f'<script src="http://chat.office.localhost:{gateway.port}/widget.js" defer></script>'
    site.put("/next", "<input id=theirs autofocus>" + script, FAVICON)
    site.put("/near", "<main><button id=theirs>搜索</button></main>" + script, FAVICON)
    host = Host(context, f"http://www.office.localhost:{site.port}/near")
    yield host
    assert host.problems == []


@pytest.fixture
def address(site: Site, snippet: str) -> str:
    return site.put("/", "<main><h1>某区政府</h1><button id=theirs>搜索</button></main>" + snippet, FAVICON)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, screen=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def host(context: BrowserContext, address: str) -> Iterator[Host]:
    host = Host(context, address)
    yield host
    assert host.problems == []


def addresses_of_frames(page: Page, count: int) -> list[str]:
    """Where the frames of a page are, once all of them are somewhere."""
    for _ in range(200):
        addresses = [frame.url for frame in page.frames[1:]]
        if len(addresses) == count and all(addresses):
            return addresses
        page.wait_for_timeout(50)
    raise AssertionError(addresses)


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


def test_the_sites_globals_and_storage_stay_as_they_were(context: BrowserContext, site: Site, snippet: str) -> None:
    before = "<script>window.before = Object.getOwnPropertyNames(window).concat('before')</script>"
    host = Host(context, site.put("/globals", snippet, FAVICON + before))
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
    host = Host(context, site.put("/hostile", snippet, FAVICON + HOSTILE))
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
    host = Host(context, site.put("/strict", snippet, FAVICON, Content_Security_Policy=policy))
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
    host = Host(context, site.put("/isolated", snippet, FAVICON, **isolated))
    host.open()
    host.ask()
    assert host.page.evaluate("crossOriginIsolated") and host.problems == []


def test_where_the_policy_forbids_frames_a_window_is_offered(
    context: BrowserContext, site: Site, gateway: GatewayProcess, snippet: str
) -> None:
    policy = f"script-src {gateway.address}; frame-src 'none'"
    host = Host(context, site.put("/frameless", snippet, FAVICON, Content_Security_Policy=policy))
    host.button.click()
    expect(host.panel.get_by_role("status")).to_contain_text("换到新窗口打开")
    link = host.panel.get_by_role("link", name="在新窗口打开")
    expect(link).to_have_attribute("href", f"{gateway.address}/chat")
    expect(link).to_be_focused()
    host.panel.get_by_role("button", name="收起").click()
    expect(host.panel).to_be_hidden()
    expect(host.button).to_be_focused()


def test_a_site_that_is_not_allowed_cannot_embed(context: BrowserContext, gateway: GatewayProcess) -> None:
    with foreign_site() as stranger:
        frame = f'<iframe src="{gateway.address}/chat?embed=1"></iframe><iframe src="{gateway.address}/chat"></iframe>'
        page = context.new_page()
        page.goto(stranger.put("/", frame, FAVICON))
        assert addresses_of_frames(page, 2) == [BLOCKED, BLOCKED]
        host = Host(context, stranger.put("/widget", f'<script src="{gateway.address}/widget.js"></script>', FAVICON))
        with context.expect_page() as opened:
            host.page.get_by_role("link", name="在线咨询").click()
        assert opened.value.url == f"{gateway.address}/chat"
        opened.value.locator("#state[data-state=online]").wait_for()
        assert opened.value.evaluate("opener") is None
        expect(host.frames).to_have_count(0)


def test_nor_can_one_that_frames_an_allowed_site(context: BrowserContext, site: Site, gateway: GatewayProcess) -> None:
    inner = site.put("/inner", f'<iframe src="{gateway.address}/chat?embed=1"></iframe>', FAVICON)
    with foreign_site() as stranger:
        page = context.new_page()
        page.goto(stranger.put("/", f'<iframe src="{inner}"></iframe>', FAVICON))
        assert addresses_of_frames(page, 2) == [inner, BLOCKED]


def test_a_subdomain_below_a_wildcard(context: BrowserContext, site: Site, address: str) -> None:
    host = Host(context, f"http://www.office.localhost:{site.port}/")
    host.open()
    host.ask()


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
    host = Host(context, site.put("/spy", snippet, FAVICON + spy))
    host.open()
    host.ask("我的手机号是13800138000")
    host.input.press("Escape")
    expect(host.panel).to_be_hidden()
    heard = host.page.evaluate("heard")
    assert {said["type"] for said in heard} == {"ready", "unread", "close"}
    assert all(said.keys() <= {"type", "count"} for said in heard)


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
    expect(host.chat.get_by_role("article", name="人工坐席 · 小李")).to_have_count(3)
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


def test_it_stands_once_whatever_the_page_does(neighbour: Host, site: Site, gateway: GatewayProcess) -> None:
    script = f'<script src="http://chat.office.localhost:{gateway.port}/widget.js" defer></script>'
    again = script.replace(" defer", "").replace("widget.js", "widget.js?again")
    left = "<zhengwu-chat></zhengwu-chat>"  # in a page that was rendered beforehand
    site.put("/twice", left + script + again + script, FAVICON)
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
    page.goto(site.put("/prerendered", snippet, FAVICON + waiting))
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
    page.goto(site.put("/unstyled", snippet, FAVICON, Content_Security_Policy=policy))
    link = page.locator("zhengwu-chat > a")
    expect(link).to_have_attribute("href", f"{gateway.address}/chat")
    assert link.evaluate("e => getComputedStyle(e).position") == "fixed"


def test_a_sandboxed_page_gets_a_link(context: BrowserContext, site: Site, snippet: str) -> None:
    page = context.new_page()
    page.goto(site.put("/sandboxed", snippet, FAVICON, Content_Security_Policy="sandbox allow-scripts allow-popups"))
    expect(page.locator("zhengwu-chat a.launcher")).to_be_visible()


def test_its_place_its_label_and_opening_at_once(context: BrowserContext, site: Site, gateway: GatewayProcess) -> None:
    wishes = 'data-label="问一问" data-position="left" data-offset="40 90" data-open'
    script = f'<script src="{gateway.address}/widget.js" {wishes}></script>'
    host = Host(context, site.put("/place", "<input id=theirs autofocus>" + script, FAVICON))
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


def test_a_page_for_wide_screens_on_a_phone_gets_a_link_that_can_be_hit(
    phone: BrowserContext, site: Site, snippet: str
) -> None:
    host = Host(phone, site.put("/wide", "<div id=wide>旧网站</div>" + snippet, "<link rel=icon href='data:,'>"))
    assert host.button.evaluate("e => e.localName") == "a"
    height = host.button.evaluate(
        "e => e.getBoundingClientRect().height * screen.width / document.documentElement.clientWidth"
    )
    assert height >= 44


def test_no_movement_for_those_who_asked_for_none(host: Host) -> None:
    animation = "e => getComputedStyle(e).animationName"
    host.open()
    assert host.panel.evaluate(animation) == "rise"
    host.page.emulate_media(reduced_motion="reduce")
    assert host.panel.evaluate(animation) == "none"
