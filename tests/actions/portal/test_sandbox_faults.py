"""Faults on demand, the page that orders them, and how the sandbox starts."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import SecretStr
from sandbox_helpers import BUSINESS, LAST_FOUR, NUMBER, SECRET, Caller, elapsed, problem

from actions.portal.access import LastFour
from actions.portal.client import Client
from actions.portal.sandbox import app, background, portal_secret, serve
from foundation.clock import FixedClock, SystemClock
from foundation.errors import ConfigError
from foundation.settings import Settings


def test_slow_is_slow_as_often_as_was_said(portal: Caller) -> None:
    portal.fault("slow", seconds=0.3, times=1)
    began = time.monotonic()
    assert portal.lookup().status_code == 200 and elapsed(began) >= 0.3
    began = time.monotonic()
    assert portal.lookup().status_code == 200 and elapsed(began) < 0.3


def test_a_hanging_sandbox_answers_others_and_stops_at_once(settings: Settings, clock: FixedClock) -> None:
    began = time.monotonic()
    answers: list[int] = []
    with background(settings.copy(update={"portal_secret": SecretStr(SECRET)}), clock) as url:
        portal = Caller(url, clock)
        portal.fault("hang", operation="lookup")

        def hang() -> None:
            try:
                answers.append(Caller(url, clock).lookup().status_code)
            except requests.ConnectionError:
                answers.append(0)

        waiting = threading.Thread(target=hang)
        waiting.start()
        assert portal.get("/v1/health").status_code == 200
        time.sleep(0.2)
    waiting.join(5)
    assert answers in ([0], [500]) and elapsed(began) < 10


def test_a_drip_comes_to_an_end(portal: Caller) -> None:
    portal.fault("drip", seconds=0.5, operation="health")
    began = time.monotonic()
    assert portal.get("/v1/health").json()["status"] == "ok"
    assert elapsed(began) >= 0.5


def test_a_connection_is_cut_in_the_middle_of_an_answer(portal: Caller) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(portal.url).port), timeout=5) as line:
        portal.fault("cut", times=1, operation="health")
        line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: portal\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(4096), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    promised = re.search(rb"content-length: (\d+)", head)
    assert promised and 0 < len(body) < int(promised[1])
    assert portal.get("/v1/health").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("wrong_signature", 401, "signature"),
        ("clock_skew", 401, "clock-skew"),
        ("rate_limit", 429, "too-many-attempts"),
        ("503", 503, "unavailable"),
        ("token_expired", 403, "access-expired"),
    ],
)
def test_faults_that_are_problems(portal: Caller, fault: str, status: int, name: str) -> None:
    assert portal.fault(fault, times=2).json() == [
        {"fault": fault, "seconds": portal.fault(fault, times=2).json()[0]["seconds"], "times": 2, "operation": None}
    ]
    for _ in range(2):
        answer = portal.lookup()
        assert (answer.status_code, problem(answer)) == (status, name)
    assert portal.lookup().status_code == 200


def test_a_skewed_clock_says_what_time_it_is(portal: Caller, clock: FixedClock) -> None:
    portal.fault("clock_skew", seconds=-900, times=1)
    answer = portal.lookup()
    assert parsedate_to_datetime(answer.headers["Date"]) == clock.now() - timedelta(seconds=900)


def test_retry_after_is_as_ordered(portal: Caller) -> None:
    portal.fault("rate_limit", seconds=7)
    assert portal.lookup().headers["Retry-After"] == "7"


def test_faults_that_are_nonsense(portal: Caller) -> None:
    portal.fault("malformed", times=1)
    answer = portal.lookup()
    assert answer.status_code == 200
    with pytest.raises(ValueError):
        answer.json()
    portal.fault("html", times=1)
    assert portal.lookup().headers["Content-Type"].startswith("text/html")
    portal.fault("500", times=1)
    assert portal.lookup().status_code == 500


def test_a_fault_of_one_operation(portal: Caller) -> None:
    portal.fault("500", operation="lookup")
    portal.fault("503", operation="health")
    assert [portal.lookup().status_code, portal.get("/v1/health").status_code] == [500, 503]
    assert portal.send_code(NUMBER).status_code == 202
    portal.fault("none", operation="lookup")
    assert [portal.lookup().status_code, portal.get("/v1/health").status_code] == [200, 503]
    portal.fault("none")
    assert portal.get("/v1/health").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "fire"},
        {"fault": "slow", "seconds": "long"},
        {"fault": "slow", "times": 0},
        {"fault": "slow", "times": 1.5},
        {"fault": "slow", "operation": "delete"},
        {},
        {"fault": "slow", "seconds": 1e9},
        {"fault": ["slow"]},
    ],
)
def test_faults_that_there_are_not(portal: Caller, fault: dict[str, Any]) -> None:
    answer = requests.post(f"{portal.url}/sandbox/faults", json=fault, timeout=5)
    assert answer.status_code == 400 and answer.json()["error"]


# the page


def test_the_page_shows_what_there_is_and_orders_faults(portal: Caller) -> None:
    portal.send_code(BUSINESS)
    page = requests.get(f"{portal.url}/sandbox", timeout=5)
    assert "办件沙箱" in page.text and NUMBER in page.text and portal.codes()[0]["code"] in page.text
    assert "<script" not in page.text and "default-src 'none'" in page.headers["Content-Security-Policy"]
    ordered = requests.post(f"{portal.url}/sandbox/faults", data={"fault": "500"}, timeout=5)
    assert ordered.url.endswith("/sandbox") and "内部错误（全部接口）" in ordered.text
    assert portal.lookup().status_code == 500


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_pages_of_other_sites_cannot_use_it(portal: Caller, headers: dict[str, str]) -> None:
    for path in ("/sandbox", "/sandbox/codes", "/sandbox/applications"):
        assert requests.get(portal.url + path, headers=headers, timeout=5).status_code == 403
    answer = requests.post(f"{portal.url}/sandbox/faults", data={"fault": "500"}, headers=headers, timeout=5)
    assert answer.status_code == 403 and portal.lookup().status_code == 200


# starting


@pytest.mark.parametrize("start", [lambda s: app(s, SystemClock()), lambda s: background(s).__enter__(), serve])
def test_it_does_not_start_in_production(settings: Settings, start: Callable[[Settings], Any]) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_PORTAL_URL"):
        start(settings.copy(update={"env": "production"}))


def test_nothing_personal_is_logged(portal: Caller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    portal.lookup()
    portal.send_code(BUSINESS)
    portal.post("/v1/codes", b"{")
    said = caplog.text
    assert not [secret for secret in (NUMBER, LAST_FOUR, BUSINESS, portal.codes()[0]["code"]) if secret in said]


async def test_the_client_needs_no_secret_of_anybody(settings: Settings) -> None:
    with background(settings) as url:
        client = Client.of_settings(
            settings.copy(update={"portal_url": url, "portal_secret": SecretStr(portal_secret(settings))}),
            SystemClock(),
        )
        found = await client.application(NUMBER, LastFour(LAST_FOUR))
        client.close()
    assert found.item_name == "居住证申领"
