"""Signing in and out through the pages: the usual ways, and those of somebody who should not get in."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from console_people import HERE, PASSWORD, Browser, Office
from hypothesis import given
from hypothesis import strategies as st

from console import door
from console.onward import safe
from foundation import accounts, staff

NewBrowser = Callable[[], Browser]


def test_in_and_out(office: Office, browser: Browser) -> None:
    office.hire("lihua", "agent")
    assert browser.get("/account").headers["location"] == "/sign-in?next=%2Faccount"
    answer = browser.sign_in(" LiHua ", onward="/account?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    assert "lihua同志" in browser.get("/account").text
    assert browser.get("/sign-in").headers["location"] == "/"
    answer = browser.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert not browser.is_in()
    assert office.audited() == [("lihua", "session.begin", "lihua"), ("lihua", "session.end", "lihua")]


@pytest.mark.parametrize(
    ("name", "password"),
    [("lihua", PASSWORD + "x"), ("nobody", PASSWORD), ("gone", PASSWORD), ("operator", ""), ("\x00", "\x00"), ("", "")],
)
def test_whoever_is_refused_learns_nothing(office: Office, browser: Browser, name: str, password: str) -> None:
    office.hire("lihua", "agent")
    office.hire("gone", "agent")
    with office.database.write() as tx:
        accounts.ensure_operator(tx, office.clock.now())
        accounts.disable(tx, "gone", office.clock.now())
    answer = browser.sign_in(name, password)
    assert answer.status_code == 403 and "账号或密码不正确" in answer.text
    assert not browser.is_in()
    known = name if name in ("lihua", "gone", "operator") else door.NOBODY
    assert office.audited()[-1] == (known, "session.refused", known)


@pytest.mark.slow
def test_an_unknown_account_takes_as_long_as_a_wrong_password(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    took: dict[str, list[float]] = {"lihua": [], "nobody": []}
    for _ in range(8):
        for name, times in took.items():
            browser = new_browser()
            browser.get("/sign-in")
            began = time.perf_counter()
            browser.post("/sign-in", {"name": name, "password": "wrong password"})
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.5 < known / unknown < 2  # an answer without the hash takes a tenth


def test_too_many_tries_of_an_account_wait_wherever_they_come_from(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    for number in range(door.PER_ACCOUNT.most):
        assert Browser(office, address=f"10.0.1.{number}").sign_in("lihua", "wrong password").status_code == 403
    answer = new_browser().sign_in("LIHUA")
    assert answer.status_code == 429 and "15 分钟后再试" in answer.text
    office.hire("wang", "agent")
    assert new_browser().sign_in("wang").status_code == 303
    office.clock.advance(minutes=15)
    assert new_browser().sign_in("lihua").status_code == 303


def test_an_account_that_does_not_exist_is_limited_alike(new_browser: NewBrowser) -> None:
    statuses = [new_browser().sign_in("nobody").status_code for _ in range(door.PER_ACCOUNT.most + 1)]
    assert statuses == [403] * door.PER_ACCOUNT.most + [429]


def test_too_many_tries_from_an_address_wait_whatever_the_account(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PER_ADDRESS", door.Limit(4, timedelta(minutes=15)))
    office.hire("lihua", "agent")
    spray = Browser(office, address="10.9.9.9")
    assert [spray.sign_in(f"name{number}").status_code for number in range(5)] == [403] * 4 + [429]
    assert spray.sign_in("lihua").status_code == 429
    assert Browser(office, address="10.0.0.7").sign_in("lihua").status_code == 303


def test_signing_in_rightly_costs_no_try(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    assert all(new_browser().sign_in("lihua").status_code == 303 for _ in range(door.PER_ACCOUNT.most + 2))


def test_a_one_time_password_opens_nothing_but_its_own_replacement(office: Office, browser: Browser) -> None:
    with office.database.write() as tx:
        staff.add(tx, "boss", "lihua", None, ["admin"], office.clock.now())
        given = staff.reset_password(tx, "boss", "lihua", office.clock.now())
    assert browser.sign_in("lihua", given).status_code == 303
    for path in ("/", "/accounts", "/account", "/account/second-factor"):
        assert browser.get(path).headers["location"] == "/account/password"
    assert not browser.is_in()
    change = {"old": given, "new": "another pass 7", "again": "another pass 7"}
    refused = {
        "原密码不正确": {**change, "old": "wrong password"},
        "两次输入的新密码不一致": {**change, "again": "another pass 8"},
        "不能与原密码相同": {**change, "new": given, "again": given},
        "太容易被猜到": {**change, "new": "lihua12345678", "again": "lihua12345678"},
    }
    for said, fields in refused.items():
        answer = browser.post("/account/password", fields)
        assert answer.status_code == 422 and said in answer.text
    before = browser.token
    assert browser.post("/account/password", change).headers["location"] == "/"
    assert browser.is_in() and browser.token != before
    assert browser.get("/accounts").status_code == 200


def test_a_new_password_signs_out_everywhere_else(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    here, there = new_browser(), new_browser()
    for one in (here, there):
        one.sign_in("lihua")
    old = here.token or ""
    change = {"old": PASSWORD, "new": "another pass 7", "again": "another pass 7"}
    assert here.post("/account/password", change).headers["location"] == "/account"
    assert here.is_in() and not there.is_in()
    here.bring(old)
    assert not here.is_in()
    assert new_browser().sign_in("lihua").status_code == 403


def test_an_idle_session_ends_and_a_page_that_asks_by_itself_keeps_none_open(office: Office, browser: Browser) -> None:
    browser.seat("lihua", "agent")
    for _ in range(5):
        office.clock.advance(minutes=30)
        assert browser.is_in()
    for _ in range(2):
        office.clock.advance(minutes=31)
        status = browser.get("/whoami", headers={"accept": "application/json", "x-background": "1"}).status_code
    assert status == 401
    browser.seat("lihua")
    for _ in range(14):
        office.clock.advance(minutes=55)
        browser.post("/present")
    assert not browser.is_in()  # twelve hours are over


def test_the_other_sessions_of_an_account(office: Office, new_browser: NewBrowser) -> None:
    office.hire("lihua", "agent")
    here, there = new_browser(), new_browser()
    for one in (here, there):
        one.sign_in("lihua")
    assert here.get("/account").text.count("最近使用") == 2
    assert here.post("/account/sessions").status_code == 303
    assert here.is_in() and not there.is_in()
    assert "退出其他地方" not in here.get("/account").text


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
     "/\t/evil.example", "/\n//evil.example", " //evil.example", "/x\\..\\y", "", "//evil.example/",
     "/" + "x" * 1000],
)  # fmt: skip
def test_a_sign_in_leads_to_no_other_site(office: Office, browser: Browser, onward: str) -> None:
    office.hire("lihua", "agent")
    assert browser.sign_in("lihua", onward=onward).headers["location"] == "/"
    assert browser.get("/sign-in", params={"next": onward}).headers["location"] == "/"


@given(st.text())
def test_where_a_sign_in_goes_on_to_is_a_path_of_ours(onward: str) -> None:
    assert urlsplit(urljoin(f"{HERE}/sign-in", safe(onward))).netloc == "127.0.0.1"


def test_a_link_to_a_page_survives_the_sign_in(office: Office, browser: Browser) -> None:
    office.hire("lihua", "admin")
    link = browser.get("/audit?account=li&since=2026-01-01").headers["location"]
    page = browser.get(link)
    assert 'value="/audit?account=li&amp;since=2026-01-01"' in page.text
