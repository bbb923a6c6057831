"""What somebody may try who is not supposed to: other sites, stolen and planted cookies, strange requests."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from console_people import HERE, PASSWORD, Browser, Office, heard
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from console import audit_log, live
from console.app import build, hosts
from console.cookies import CONSOLE, form_key
from desk import changes
from foundation import accounts, staff
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings, load_settings

NewBrowser = Callable[[], Browser]
NEW = {"old": PASSWORD, "new": "another pass 7", "again": "another pass 7"}


def key_of(browser: Browser) -> str:
    return form_key(Cipher(browser.office.settings.key()), browser.token or "")


@pytest.mark.parametrize("key", [None, "", "x", "密", "0" * 64])
def test_a_form_of_another_site_is_refused(office: Office, browser: Browser, key: str | None) -> None:
    office.hire("lihua", "agent")
    browser.sign_in("lihua")
    fields = NEW if key is None else {**NEW, "csrf": key}
    assert browser.http.post("/account/password", data=fields, headers={"origin": HERE}).status_code == 403
    assert browser.http.post("/sign-out", json={}, headers={"origin": HERE}).status_code == 403
    assert browser.http.post("/sign-out", content=b"csrf=" + (key or "").encode()).status_code == 403
    if key is not None and key.isascii():
        assert browser.http.post("/sign-out", headers={"x-csrf-token": key}).status_code == 403
    assert browser.is_in()
    with office.database.read() as tx:
        assert accounts.verify(tx, "lihua", PASSWORD)


def test_another_browsers_key_is_refused(office: Office, new_browser: NewBrowser) -> None:
    victim, attacker = new_browser(), new_browser()
    victim.seat("lihua", "agent")
    attacker.seat("mallory", "agent")
    assert victim.http.post("/sign-out", data={"csrf": key_of(attacker)}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_even_with_the_right_key_it_must_come_from_here(browser: Browser, headers: dict[str, str]) -> None:
    browser.seat("lihua", "agent")
    assert browser.http.post("/sign-out", data={"csrf": key_of(browser)}, headers=headers).status_code == 403
    assert browser.is_in()


def test_nobody_is_signed_in_as_somebody_else_by_another_site(office: Office, browser: Browser) -> None:
    office.hire("mallory", "agent")
    fields = {"name": "mallory", "password": PASSWORD, "next": "/"}
    assert browser.http.post("/sign-in", data=fields, headers={"origin": "https://evil.example"}).status_code == 403
    assert browser.http.post("/sign-in", data=fields).status_code == 403
    assert not browser.is_in()


def test_a_planted_token_becomes_nobodys_session(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    victim, attacker = new_browser(), new_browser()
    attacker.get("/sign-in")
    planted = attacker.token or ""
    victim.bring(planted)
    victim.sign_in("lihua")
    assert victim.is_in() and victim.token != planted
    assert not attacker.is_in()
    # nor does a session of the attacker's become the victim's
    attacker.seat("mallory", "agent")
    victim = Browser(office)
    victim.bring(attacker.token or "")
    victim.post("/sign-out")
    victim.sign_in("lihua")
    assert not attacker.is_in() and victim.token != attacker.token


def test_signing_in_as_another_ends_the_session_before(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    shared, before = new_browser(), new_browser()
    shared.seat("mallory", "agent")
    before.bring(shared.token or "")
    answer = shared.post("/sign-in", {"name": "lihua", "password": PASSWORD, "next": "/"})
    assert answer.status_code == 303 and shared.is_in() and not before.is_in()


def test_a_stolen_cookie_ends_with_the_session(office: Office, new_browser: NewBrowser) -> None:
    victim, thief = new_browser(), new_browser()
    victim.seat("lihua", "agent")
    thief.bring(victim.token or "")
    assert thief.is_in()
    victim.post("/sign-out")
    assert not thief.is_in()


def test_whoever_is_disabled_is_out_at_once(office: Office, new_browser: NewBrowser) -> None:
    agent, boss = new_browser(), new_browser()
    account = agent.seat("lihua", "agent")
    boss.seat("boss", "admin")
    assert boss.post(f"/accounts/{account.id}/disable").status_code == 303
    assert not agent.is_in()
    assert boss.post(f"/accounts/{account.id}/enable").status_code == 303
    assert not agent.is_in()


def test_a_role_that_was_taken_away_opens_nothing_any_more(office: Office, browser: Browser) -> None:
    browser.seat("lihua", "admin")
    with office.database.write() as tx:
        staff.change(tx, "boss", "lihua", ["agent"], "x", "", office.clock.now())
    assert browser.get("/accounts").status_code == 303  # to the sign-in
    browser.seat("lihua")
    assert browser.get("/accounts").status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:81", None])
def test_a_socket_of_another_site_is_not_opened(browser: Browser, origin: str | None) -> None:
    browser.seat("lihua", "agent")
    headers = {} if origin is None else {"origin": origin}
    with pytest.raises(WebSocketDisconnect), browser.http.websocket_connect("ws://127.0.0.1/live", headers=headers):
        pass
    with browser.http.websocket_connect("ws://127.0.0.1/live", headers={"origin": HERE}) as socket:
        assert heard(socket) == {"changed": ["*"]}


def test_a_socket_closes_when_its_person_is_signed_out(
    office: Office, new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(live, "STILL_IN_LOOKS", 2)
    first, second = new_browser(), new_browser()
    first.seat("lihua", "agent")
    second.seat("wang", "agent")
    with (
        first.http.websocket_connect("ws://127.0.0.1/live", headers={"origin": HERE}) as socket,
        second.http.websocket_connect("ws://127.0.0.1/live", headers={"origin": HERE}) as other,
    ):
        assert heard(socket) == heard(other) == {"changed": ["*"]}
        first.post("/sign-out")
        first.seat("zhao", "supervisor")  # whose session takes no old one's number
        with pytest.raises(WebSocketDisconnect) as closed:
            heard(socket)
        assert closed.value.code == live.SIGNED_OUT
        other.send_text("x" * 3000)  # is not heard
        with office.database.write() as tx:
            changes.touch(tx, changes.QUEUE)
        assert heard(other) == {"changed": ["queue"]}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8000", "127.0.0.1@evil"])
def test_another_host_name_is_not_answered(browser: Browser, host: str) -> None:
    assert browser.http.get("/sign-in", headers={"host": host}).status_code == 400
    assert browser.http.get("/sign-in", headers={"host": "localhost:8000"}).status_code == 200


def test_which_host_names_are_answered(tmp_path: object) -> None:
    def of(**given: str) -> list[str]:
        return hosts(load_settings(_env_file=None, **given))

    assert of() == ["127.0.0.1", "::1", "localhost"]
    assert of(host="0.0.0.0") == ["*"]
    assert "console.example.gov.cn" in of(host="0.0.0.0", console_url="https://console.example.gov.cn:8443")
    for wrong in ("console.example.gov.cn", "http://console.example.gov.cn", "https://"):
        with pytest.raises(ConfigError, match="CONSOLE_URL"):
            of(console_url=wrong)


def test_no_redirect_takes_the_host_from_the_request(browser: Browser) -> None:
    answer = browser.http.get("/account/", headers={"x-forwarded-host": "evil.example"})
    assert "evil" not in str(answer.headers)
    assert browser.get("/account").headers["location"].startswith("/")


def test_cookies_of_an_encrypted_console_never_travel_unencrypted(settings: Settings, store: Database) -> None:
    away = settings.copy(update={"console_url": "https://console.example.gov.cn"})
    client = TestClient(build(away, store), base_url="https://console.example.gov.cn")
    answer = client.get("/sign-in")
    assert re.fullmatch(
        r"__Host-zhengwu-console=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"]
    )
    assert answer.headers["strict-transport-security"]
    plain = TestClient(build(away, store), base_url="http://console.example.gov.cn")
    assert "Secure" in plain.get("/sign-in").headers["set-cookie"]
    answer = plain.post("/sign-in", data={"name": "x"})
    assert answer.status_code == 403 and "https://" in answer.text  # says what is the matter


def test_pages_are_kept_by_nobody_and_framed_by_nobody(browser: Browser) -> None:
    for path in ("/sign-in", "/nowhere", "/static/console.css", "/health"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    cookie = browser.get("/sign-in", headers={"cookie": ""}).headers.get("set-cookie", "HttpOnly; SameSite=lax")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/words.yml", "/static/....//app.py",
        "/static//etc/passwd", "/static/..\\app.py", "/static/%00", "/static/", "/static",
    ],
)  # fmt: skip
def test_static_files_are_those_of_the_folder(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code in (307, 404) and "zhengwu" not in answer.text.lower()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "GET\t", "post"])
def test_a_page_answers_to_its_own_methods_only(browser: Browser, method: str) -> None:
    browser.seat("boss", "admin")
    disguised = {"x-http-method-override": "POST", "x-method-override": "POST"}
    assert browser.http.request(method, "/sign-out", headers=disguised).status_code in (403, 405)
    assert browser.get("/sign-out", headers=disguised).status_code == 405
    assert browser.get("/accounts/1/disable", params={"_method": "POST"}).status_code == 405
    assert browser.http.head("/accounts").status_code == 200
    assert browser.is_in()


def test_too_much_is_refused(office: Office, browser: Browser) -> None:
    browser.seat("boss", "admin")
    assert browser.post("/accounts/new", {"name": "x" * 300_000}).status_code == 413

    def endless() -> object:
        for _ in range(100):
            yield b"name=" + b"x" * 10_000

    form = {"content-type": "application/x-www-form-urlencoded", "origin": HERE}
    assert browser.http.post("/sign-in", content=endless(), headers=form).status_code == 413
    many = "&".join(f"f{number}=1" for number in range(5000))
    assert browser.http.post("/sign-in", content=many, headers=form).status_code in (400, 403)
    assert office.audited() == []


@pytest.mark.parametrize("token", ["", "x", "密码", "a" * 5000, "\x00", "x; y", "'; DROP TABLE staff_sessions; --"])
def test_a_strange_cookie_is_nobodys(browser: Browser, token: str) -> None:
    cookie = f"{CONSOLE}={token}".encode()
    answer = browser.http.get("/whoami", headers={b"cookie": cookie, b"accept": b"application/json"})
    assert answer.status_code == 401


def test_what_people_are_called_is_text(office: Office, browser: Browser) -> None:
    with office.database.write() as tx:
        accounts.add(tx, "lihua", None, ["admin"], office.clock.now(), "<script>alert(1)</script>", '"><img src=x>')
    browser.seat("lihua")
    for path in ("/", "/account", "/accounts", "/accounts/1"):
        page = browser.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page


def test_errors_tell_nothing_of_the_inside(office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object, **named: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(audit_log.audit, "entries", fails)
    browser.seat("boss", "admin")
    client = TestClient(
        office.app, base_url=HERE, raise_server_exceptions=False, cookies={CONSOLE: browser.token or ""}
    )
    answer = client.get("/audit")
    assert answer.status_code == 500 and "出错了" in answer.text and "secret" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
