"""Signing in at the office's identity service, a stand-in that does what one does, or one thing wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from console_people import Browser, Office
from httpx2 import Response
from starlette.testclient import TestClient

from console.app import build
from foundation import accounts, staff, totp
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels" / "signin"))

from provider import CLIENT, SECRET, Provider, running

NewBrowser = Callable[[], Browser]
US = {"console_url": "http://127.0.0.1", "staff_oidc_client_id": CLIENT}


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *given: Any, **named: Any) -> None:
        return None


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(Provider()) as provider:
        provider.prompt = None
        provider.claims = {"preferred_username": "LiHua"}
        yield provider


@pytest.fixture
def office(store: Database, settings: Settings, clock: FixedClock, provider: Provider) -> Iterator[Office]:
    there = {**US, "staff_oidc_issuer": provider.address, "staff_oidc_client_secret": SECRET}
    settings = Settings(_env_file=None, **{**settings.dict(), **there})
    clock.instant = datetime.now(timezone.utc)  # the stand-in's tokens are of today
    app = build(settings, store, clock)
    with TestClient(app) as running_app:
        assert running_app.portal is not None
        yield Office(app, store, settings, clock, running_app.portal)


def at_the_service(address: str) -> str:
    """What the browser does there; returns the path with which it comes back."""
    try:
        build_opener(NoRedirect).open(address, timeout=10)
    except Exception as redirected:
        parts = urlsplit(redirected.headers["Location"])  # type: ignore[attr-defined]
        return f"{parts.path}?{parts.query}"
    raise AssertionError("the service sent nobody back")


def through(browser: Browser, onward: str = "/") -> Response:
    away = browser.get("/sign-in/sso", params={"next": onward})
    return browser.get(at_the_service(away.headers["location"]))


def test_an_account_is_opened_by_its_claim(office: Office, browser: Browser, provider: Provider) -> None:
    office.hire("lihua", "agent", password=None)
    assert "/sign-in/sso?next=%2Faccount" in browser.get("/sign-in?next=/account").text
    planted = browser.token
    answer = through(browser, "/account?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    assert browser.is_in() and browser.token != planted
    assert "profile" in provider.seen["scope"].split()
    assert office.audited() == [("lihua", "session.begin", "lihua")]


def test_no_account_is_made(office: Office, browser: Browser) -> None:
    answer = through(browser)
    assert answer.status_code == 403 and "还没有开通" in answer.text and "LiHua" in answer.text
    assert not browser.is_in()
    with office.database.read() as tx:
        assert accounts.everyone(tx) == []


@pytest.mark.parametrize(
    "claim", ["operator", "OPERATOR", "gone", "", None, 7, ["lihua"], {"x": 1}, "li\x00hua", "<script>", "x" * 500]
)
def test_who_may_not_is_not_let_in(office: Office, browser: Browser, provider: Provider, claim: object) -> None:
    office.hire("lihua", "agent")
    office.hire("gone", "agent")
    with office.database.write() as tx:
        accounts.ensure_operator(tx, office.clock.now())
        accounts.disable(tx, "gone", office.clock.now())
    provider.claims = {"preferred_username": claim}
    answer = through(browser)
    assert answer.status_code == 403 and "<script>" not in answer.text
    assert not browser.is_in()


@pytest.mark.parametrize(
    "fault", ["wrong_nonce", "wrong_issuer", "wrong_audience", "expired", "alg_none", "foreign_key", "altered",
              "token_500", "invalid_client", "server_error", "no_code", "wrong_iss_parameter", "no_id_token"],
)  # fmt: skip
def test_a_service_that_is_not_to_be_trusted(office: Office, browser: Browser, provider: Provider, fault: str) -> None:
    office.hire("lihua", "admin")
    provider.fault = fault
    answer = through(browser)
    assert answer.status_code == 502 and "private words" not in answer.text and not browser.is_in()


def test_a_service_that_is_not_there(office: Office, browser: Browser, provider: Provider) -> None:
    provider.fault = "description_500"
    answer = browser.get("/sign-in/sso")
    assert answer.status_code == 502 and "改用密码登录" in answer.text


def test_somebody_who_thinks_better_of_it(office: Office, browser: Browser, provider: Provider) -> None:
    provider.fault = "access_denied"
    assert "取消了登录" in through(browser).text


def test_a_sign_in_ends_in_the_browser_that_began_it(
    office: Office, new_browser: NewBrowser, provider: Provider
) -> None:
    office.hire("lihua", "agent")
    attacker, victim = new_browser(), new_browser()
    back = at_the_service(attacker.get("/sign-in/sso").headers["location"])
    assert victim.get(back).status_code == 410 and not victim.is_in()
    victim.get("/sign-in/sso")  # one of their own is under way: the state is another's
    assert victim.get(back).status_code == 410 and not victim.is_in()
    assert attacker.get(back).status_code == 303
    assert attacker.get(back).status_code == 410  # and once
    forged = parse_qs(urlsplit(back).query)["code"][0]
    assert victim.get(f"/sign-in/back?code={forged}&state=").status_code == 410
    assert provider.asked["/token"] == 1


def test_it_takes_no_longer_than_ten_minutes(office: Office, browser: Browser) -> None:
    office.hire("lihua", "agent")
    back = at_the_service(browser.get("/sign-in/sso").headers["location"])
    office.clock.advance(minutes=10)
    assert browser.get(back).status_code == 410 and not browser.is_in()


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_site(office: Office, browser: Browser, onward: str) -> None:
    office.hire("lihua", "agent")
    assert through(browser, onward).headers["location"] == "/"


def test_a_one_time_password_does_not_concern_it_and_the_second_factor_does(
    office: Office, browser: Browser, new_browser: NewBrowser
) -> None:
    with office.database.write() as tx:
        account = staff.add(tx, "boss", "lihua", None, ["agent"], office.clock.now())
        staff.reset_password(tx, "boss", "lihua", office.clock.now())
    through(browser)
    assert browser.is_in()
    with office.database.write() as tx:
        totp.propose(tx, Cipher(office.settings.key()), account, "x", office.clock.now())
        tx.execute(totp.second_factors.update().values(confirmed_at=office.clock.now()))
    other = new_browser()
    assert through(other).headers["location"] == "/sign-in/code" and not other.is_in()


def test_without_the_setting_there_is_no_such_way(store: Database, settings: Settings) -> None:
    client = TestClient(build(settings, store), base_url="http://127.0.0.1")
    assert "统一身份认证" not in client.get("/sign-in").text
    assert client.get("/sign-in/sso").status_code == client.get("/sign-in/back").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"console_url": ""}, "ZHENGWU_CONSOLE_URL is missing"),
        ({"console_url": "https://x.example/console"}, "ZHENGWU_CONSOLE_URL"),
        ({"staff_oidc_issuer": "http://id.example"}, "ZHENGWU_STAFF_OIDC_ISSUER"),
        ({"staff_oidc_client_id": ""}, "ZHENGWU_STAFF_OIDC_CLIENT_ID"),
    ],
)
def test_settings_that_cannot_be_right(store: Database, settings: Settings, changed: dict[str, str], said: str) -> None:
    given = {**US, "staff_oidc_issuer": "https://id.example", **changed}
    with pytest.raises(ConfigError, match=said):
        build(settings.copy(update=given), store)
