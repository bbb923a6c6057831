"""The second factor: set up, asked for, replaced by a recovery code, removed; and what a thief of the password gets."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from console_people import PASSWORD, Browser, Office
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from console import door
from foundation import staff

NewBrowser = Callable[[], Browser]


def code_of(secret: str, at: datetime) -> str:
    return TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30).generate(int(at.timestamp())).decode()


@pytest.fixture
def enrolled(office: Office, browser: Browser) -> tuple[str, list[str]]:
    """The secret in lihua's phone, and the recovery codes."""
    office.hire("lihua", "agent")
    browser.sign_in("lihua")
    page = browser.get("/account/second-factor").text
    found = re.search(r'<p class="secret code">([A-Z2-7 ]+)</p>', page)
    assert found is not None and "otpauth://totp/" in page
    secret = found[1]
    assert "验证码不正确" in browser.post("/account/second-factor", {"code": "000000"}).text
    answer = browser.post("/account/second-factor", {"code": code_of(secret, office.clock.now())})
    codes = re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", answer.text)
    assert len(codes) == 10 and secret not in browser.get("/account/second-factor").text
    office.clock.advance(seconds=60)
    return secret, codes


def test_the_password_alone_opens_nothing(
    office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]
) -> None:
    thief = new_browser()
    assert thief.sign_in("lihua", onward="/account").headers["location"] == "/sign-in/code?next=%2Faccount"
    assert not thief.is_in()
    for path in ("/", "/account", "/account/password", "/account/second-factor"):
        assert thief.get(path).headers["location"].startswith("/sign-in")
    assert thief.post("/account/password", {"old": PASSWORD, "new": "x", "again": "x"}).status_code == 401
    half = thief.token
    code = code_of(enrolled[0], office.clock.now())
    assert thief.post("/sign-in/code", {"code": code, "next": "/account"}).headers["location"] == "/account"
    assert thief.is_in() and thief.token != half
    thief.bring(half or "")
    assert not thief.is_in()


def test_a_code_seen_over_the_shoulder_is_used_up(
    office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]
) -> None:
    code = code_of(enrolled[0], office.clock.now())
    person, onlooker = new_browser(), new_browser()
    for one in (person, onlooker):
        one.sign_in("lihua")
    assert person.post("/sign-in/code", {"code": code}).status_code == 303
    answer = onlooker.post("/sign-in/code", {"code": code})
    assert answer.status_code == 403 and "已经用过" in answer.text and not onlooker.is_in()
    assert ("lihua", "session.refused", "lihua") in office.audited()


def test_codes_cannot_be_guessed(office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]) -> None:
    statuses = []
    for number in range(door.PER_CODE.most + 2):
        thief = new_browser()  # a new session, a new address: the account is what counts
        thief.sign_in("lihua")
        statuses.append(thief.post("/sign-in/code", {"code": f"{number:06}"}).status_code)
    assert statuses == [403] * door.PER_CODE.most + [429] * 2
    thief.post("/sign-in/code", {"code": code_of(enrolled[0], office.clock.now())})
    assert not thief.is_in()
    office.clock.advance(minutes=15)
    person = new_browser()
    person.sign_in("lihua")
    assert person.post("/sign-in/code", {"code": code_of(enrolled[0], office.clock.now())}).status_code == 303


def test_half_way_in_lasts_five_minutes(
    office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]
) -> None:
    slow = new_browser()
    slow.sign_in("lihua")
    assert slow.get("/sign-in/code").status_code == 200
    office.clock.advance(minutes=5)
    answer = slow.post("/sign-in/code", {"code": code_of(enrolled[0], office.clock.now())})
    assert answer.headers["location"] == "/sign-in" and not slow.is_in()
    assert new_browser().get("/sign-in/code").headers["location"] == "/sign-in"


def test_who_was_signed_out_meanwhile_does_not_get_in(
    office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]
) -> None:
    thief = new_browser()
    thief.sign_in("lihua")
    with office.database.write() as tx:
        staff.reset_password(tx, "boss", "lihua", office.clock.now())
    answer = thief.post("/sign-in/code", {"code": code_of(enrolled[0], office.clock.now())})
    assert answer.headers["location"] == "/sign-in" and not thief.is_in()


def test_recovery_codes(office: Office, new_browser: NewBrowser, enrolled: tuple[str, list[str]]) -> None:
    for browser, code, status in ((new_browser(), enrolled[1][0], 303), (new_browser(), enrolled[1][0], 403)):
        browser.sign_in("lihua")
        assert browser.post("/sign-in/code", {"code": code.upper()}).status_code == status
    person = new_browser()
    person.sign_in("lihua")
    person.post("/sign-in/code", {"code": enrolled[1][1]})
    assert "还剩 8 个恢复码" in person.get("/account").text


def test_removing_it_takes_the_password(office: Office, browser: Browser, enrolled: tuple[str, list[str]]) -> None:
    assert browser.post("/account/second-factor/remove", {"password": "wrong password"}).status_code == 422
    assert browser.post("/account/second-factor/remove", {"password": PASSWORD}).status_code == 303
    assert "开启二次验证" in browser.get("/account").text
    assert [act for _, act, _ in office.audited() if "totp" in act] == ["user.totp.add", "user.totp.remove"]
    browser.post("/sign-out")
    assert browser.sign_in("lihua").headers["location"] == "/"


def test_an_administrator_helps_whoever_lost_the_phone(
    office: Office, browser: Browser, new_browser: NewBrowser, enrolled: tuple[str, list[str]]
) -> None:
    boss = new_browser()
    boss.seat("boss", "admin")
    assert "取消二次验证" in boss.get("/accounts/1").text
    assert boss.post("/accounts/1/second-factor").status_code == 303
    assert not browser.is_in()
    assert browser.sign_in("lihua").headers["location"] == "/"
