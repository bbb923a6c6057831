"""The client as the program uses it: settings, operations, errors of a mapping, clock, metrics, TLS."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from portal_server import APPLICATION, NUMBER, SECRET, answer, client, in_turn, portal, problem, say_nothing
from pydantic import SecretStr

from actions.portal import metrics
from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import State
from actions.portal.client import Client
from actions.portal.errors import (
    AccessExpired,
    CodeExpired,
    Malformed,
    Misconfigured,
    NotMatched,
    NotOffered,
    PortalError,
    TimedOut,
    TooManyAttempts,
    Unavailable,
)
from actions.portal.mapping import BUILT_IN, Mapping
from actions.portal.portal import Portal
from actions.portal.signing import canonical, sandbox_secret, verify
from foundation.clock import FixedClock, SystemClock
from foundation.errors import ConfigError
from foundation.settings import Settings

PROOF = LastFour("123x")
CODE = {"request_id": "r-1", "expires_in": 300, "resend_after": 60}


def other(**sections: Any) -> Mapping:
    return Mapping.parse_obj({**yaml.safe_load(BUILT_IN.read_text(encoding="utf-8")), **sections})


def counted(operation: str, outcome: str) -> float:
    return metrics.calls.labels(operation, outcome)._value.get()


# ── settings


async def test_by_default_it_asks_the_sandbox_with_a_derived_secret(settings: Settings) -> None:
    with portal(answer()) as served:
        own = settings.copy(update={"portal_url": served.url, "portal_port": int(served.url.rpartition(":")[2])})
        asked: Portal = Client.of_settings(own, SystemClock())
        await asked.application(NUMBER, PROOF)
        [received] = served.received
    head = received.headers
    text = canonical(
        "POST", "/v1/applications/lookup", head["x-portal-timestamp"], head["x-portal-nonce"], received.body
    )
    assert head["x-portal-key"] == "zhengwu" and verify(head["x-portal-signature"], sandbox_secret(settings), text)


def test_another_portal_needs_its_own_secret(settings: Settings) -> None:
    elsewhere = settings.copy(update={"portal_url": "https://portal.example.gov.cn"})
    with pytest.raises(ConfigError, match="ZHENGWU_PORTAL_SECRET"):
        Client.of_settings(elsewhere, SystemClock())
    Client.of_settings(elsewhere.copy(update={"portal_secret": SecretStr("s")}), SystemClock()).close()


@pytest.mark.parametrize(
    "url",
    [
        "portal.example.gov.cn",
        "ftp://a",
        "https://",
        "https://u:p@a",
        "https://a?b",
        "https://a#b",
        "https://a:0",
        "https://a:x",
        "https://[",
        "https://a b",
        "https://例",
    ],
)
def test_addresses_that_are_none(settings: Settings, url: str) -> None:
    wrong = settings.copy(update={"portal_url": url, "portal_secret": SecretStr("s")})
    with pytest.raises(ConfigError, match="ZHENGWU_PORTAL_URL"):
        Client.of_settings(wrong, SystemClock())


def test_a_wrong_mapping_file_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text("name: a", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"m\.yml"):
        Client.of_settings(settings.copy(update={"portal_mapping_file": tmp_path / "m.yml"}), SystemClock())


def test_without_tls_is_said(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    for url, warned in (("http://portal.example", 1), ("https://portal.example", 0), ("http://localhost:1", 0)):
        caplog.clear()
        Client.of_settings(settings.copy(update={"portal_url": url, "portal_secret": SecretStr("s")}), SystemClock())
        assert len(caplog.records) == warned


# ── operations


async def test_each_operation_asks_what_the_contract_says() -> None:
    answers = [answer(), answer(), answer(), answer(202, CODE), answer(), answer(200, {"applications": [APPLICATION]})]
    with portal(in_turn(*answers, answer(200, {"status": "ok"}))) as served:
        asked = client(served.url)
        assert (await asked.application(NUMBER, PROOF)).state is State.REVIEW
        await asked.application(NUMBER, OneTimeCode("r-1", "483920"))
        await asked.application(NUMBER, SignedIn("token-1"))
        assert (await asked.send_code(NUMBER)).request_id == "r-1"
        assert (await asked.watched(WatchToken("w" * 20))).number == NUMBER
        assert [one.number for one in await asked.mine(SignedIn("token-1"))] == [NUMBER]
        await asked.health()
    assert [(received.line.split(" ")[:2]) for received in served.received] == [
        ["POST", "/v1/applications/lookup"],
        ["POST", "/v1/applications/lookup"],
        ["POST", "/v1/applications/lookup"],
        ["POST", "/v1/codes"],
        ["POST", "/v1/applications/watched"],
        ["GET", "/v1/persons/me/applications"],
        ["GET", "/v1/health"],
    ]
    assert b'"123X"' in served.received[0].body
    assert served.received[2].headers["authorization"] == "Bearer token-1"
    assert b"proof" not in served.received[2].body


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("not-matched", 404, NotMatched),
        ("too-many-attempts", 429, TooManyAttempts),
        ("code-expired", 410, CodeExpired),
        ("access-expired", 403, AccessExpired),
        ("invalid-request", 400, Misconfigured),
        ("signature", 401, Misconfigured),
        ("clock-skew", 401, Misconfigured),
        ("unavailable", 503, Unavailable),
    ],
)
async def test_each_problem_is_its_error(name: str, status: int, error: type[PortalError]) -> None:
    with portal(problem(name, status)) as served:
        before = counted("with_code", error.outcome)
        with pytest.raises(error) as caught:
            await client(served.url).application(NUMBER, OneTimeCode("r-1", "483920"))
        assert type(caught.value) is error or error is Misconfigured
        assert counted("with_code", error.outcome) == before + 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("4004", NotMatched),
        (4004, NotMatched),
        ("4029", TooManyAttempts),
        ("5001", Misconfigured),
        ("1234", Malformed),
        (None, Malformed),
        ([], Malformed),
    ],
)
async def test_portals_that_always_say_200(code: Any, error: type[PortalError]) -> None:
    values = {"4004": "not-matched", "4029": "too-many-attempts", "5001": "signature"}
    mapping = other(
        success={"path": "code", "values": ["0", "0000"]},
        errors={"body": {"path": "code", "values": values}, "retry_after": "data.wait"},
    )
    with portal(answer(200, {**APPLICATION, "code": code, "data": {"wait": 90}})) as served:
        with pytest.raises(error) as caught:
            await client(served.url, mapping=mapping).application(NUMBER, PROOF)
        if isinstance(caught.value, TooManyAttempts):
            assert caught.value.retry_after == 90
    with portal(answer(200, {**APPLICATION, "code": 0})) as served:
        assert (await client(served.url, mapping=mapping).application(NUMBER, PROOF)).number == NUMBER


async def test_an_operations_own_errors_come_first() -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    content["errors"]["status"] = {401: "signature"}
    content["operations"]["mine"]["errors"] = {"status": {401: "access-expired"}}
    with portal(answer(401, {})) as served:
        asked = client(served.url, mapping=Mapping.parse_obj(content))
        with pytest.raises(Misconfigured):
            await asked.application(NUMBER, PROOF)
        with pytest.raises(AccessExpired):
            await asked.mine(SignedIn("t"))


@pytest.mark.parametrize("code", [NUMBER, "123X", f"E{NUMBER}", "张三"])
async def test_a_code_that_holds_a_citizens_data_is_not_shown(code: str, caplog: pytest.LogCaptureFixture) -> None:
    mapping = other(success={"path": "code", "values": ["0"]})
    with portal(answer(200, {"code": code})) as served, pytest.raises(Malformed, match="not shown") as caught:
        await client(served.url, mapping=mapping).application(NUMBER, PROOF)
    assert code not in str(caught.value) + caplog.text


async def test_what_a_portal_lacks_can_be_asked_beforehand() -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    content["operations"] = {"with_last_four": content["operations"]["with_last_four"]}
    with portal(answer()) as served:
        asked = client(served.url, mapping=Mapping.parse_obj(content))
        assert asked.offers("with_last_four")
        assert not any(
            asked.offers(name) for name in ("with_code", "signed_in", "send_code", "watched", "mine", "health")
        )
        for question in (
            asked.send_code(NUMBER),
            asked.send_code("../x"),
            asked.watched(WatchToken("w")),
            asked.mine(SignedIn("t")),
            asked.health(),
            asked.application(NUMBER, SignedIn("t")),
            asked.application(NUMBER, OneTimeCode("r", "1234")),
        ):
            with pytest.raises(NotOffered, match="no operation"):
                await question
        assert not served.received


async def test_nobody_learns_from_a_code_whether_a_number_exists() -> None:
    with portal(in_turn(problem("not-matched", 404), answer())) as served:
        asked = client(served.url)
        unknown, implausible = await asked.send_code(NUMBER), await asked.send_code("a/b")
        assert unknown == implausible and unknown.expires_in == CODE["expires_in"]
        with pytest.raises(NotMatched):
            await asked.application(NUMBER, OneTimeCode(unknown.request_id, "483920"))
        assert len(served.received) == 1


async def test_a_watched_application_that_is_gone_is_over() -> None:
    with portal(problem("not-matched", 404)) as served:
        with pytest.raises(AccessExpired):
            await client(served.url).watched(WatchToken("w" * 20))
        assert await client(served.url).mine(SignedIn("t")) == []


# ── clock, log, metrics


@pytest.mark.parametrize("ahead", [1000, -1000])
async def test_a_wrong_clock_is_told_once_with_by_how_much(ahead: int, caplog: pytest.LogCaptureFixture) -> None:
    now = datetime(2026, 11, 26, 2, 0, tzinfo=timezone.utc)
    theirs = (now + timedelta(seconds=ahead)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    skewed = problem("clock-skew", 401, Date=theirs)
    with portal(in_turn(skewed, skewed, answer(), skewed)) as served:
        asked = client(served.url, clock=FixedClock(now))
        for _ in range(4):
            with suppress(Misconfigured):
                await asked.application(NUMBER, PROOF)
    told = [vars(record)["ours_is_behind_by_seconds"] for record in caplog.records if "our clock;" in record.message]
    assert told == [ahead, ahead]


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 02:00:00 GMT"])
async def test_a_wrong_clock_without_a_date(date: str, caplog: pytest.LogCaptureFixture) -> None:
    with portal(problem("clock-skew", 401, Date=date)) as served, pytest.raises(Misconfigured, match="timestamp"):
        await client(served.url).application(NUMBER, PROOF)
    assert "does not say what time it is" in caplog.text


async def test_the_log_says_what_an_operator_needs(caplog: pytest.LogCaptureFixture) -> None:
    with portal(
        in_turn(
            answer(500, {}), answer(500, {}), answer(500, {}), problem("signature", 401), problem("not-matched", 404)
        )
    ) as served:
        asked = client(served.url)
        for _ in range(3):
            with pytest.raises(PortalError):
                await asked.application(NUMBER, PROOF)
    told = [(record.levelname, vars(record)["operation"], vars(record)["outcome"]) for record in caplog.records]
    assert told == [("WARNING", "with_last_four", "unavailable"), ("ERROR", "with_last_four", "misconfigured")]
    assert "HTTP 500" in vars(caplog.records[0])["reason"]
    assert not any(
        secret in str(vars(record)) for record in caplog.records for secret in (NUMBER, "123x", "123X", SECRET)
    )


async def test_calls_are_counted_and_timed() -> None:
    with portal(in_turn(answer(), problem("not-matched", 404))) as served:
        asked = client(served.url)
        good, bad = counted("with_last_four", "ok"), counted("with_last_four", "not_matched")
        timed = metrics.seconds.labels("with_last_four")._sum.get()
        await asked.application(NUMBER, PROOF)
        with pytest.raises(NotMatched):
            await asked.application(NUMBER, PROOF)
        assert counted("with_last_four", "ok") == good + 1
        assert counted("with_last_four", "not_matched") == bad + 1
        assert metrics.seconds.labels("with_last_four")._sum.get() > timed


async def test_the_breakers_state_is_measured(settings: Settings) -> None:
    with portal(answer(500, {})) as served:
        own = settings.copy(update={"portal_url": served.url, "portal_secret": SecretStr("s")})
        asked = Client.of_settings(own, SystemClock())
        for _ in range(6):
            with pytest.raises(Unavailable):
                await asked.application(NUMBER, PROOF)
        assert metrics.registry.get_sample_value("zhengwu_portal_breaker") == 2
        metrics.breaker.set(0)


# ── the last guards


async def test_a_name_that_is_not_resolved_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver cannot be interrupted; the caller can be told, and the thread stays taken until it comes back."""

    def resolve(*args: Any, **options: Any) -> Any:
        time.sleep(1.2)
        raise socket.gaierror("nothing")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    asked = client("http://portal.invalid", deadline=0.3, threads=1)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await asked.application(NUMBER, PROOF)
    assert time.monotonic() - began < 1
    await asyncio.sleep(1.2)


async def test_closing_it_ends_its_connections() -> None:
    with portal(in_turn(answer(), say_nothing)) as served:
        asked = client(served.url, deadline=0.3)
        await asked.application(NUMBER, PROOF)
        asked.close()
        with pytest.raises(Unavailable, match="closed"):
            await asked.application(NUMBER, PROOF)
