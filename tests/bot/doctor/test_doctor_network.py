from __future__ import annotations

import os
import socket
from datetime import timedelta

import pytest
from pydantic import SecretStr
from stand_ins import Asked, answering

from actions.portal.sandbox import background
from bot.doctor import clock, portal, ports, proxy
from bot.doctor.finding import look
from foundation.settings import Settings

SERVER = os.environ.get("ZHENGWU_TEST_DATABASE_URL")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def away() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def refuse(request: Asked) -> None:
    request.say(407, "sign in first")


def test_no_proxy_is_named(settings: Settings) -> None:
    found = look("proxy", proxy.proxy, settings)
    assert found.good and not found.cure


def test_a_server_that_only_a_proxy_would_reach(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    only = settings.copy(update={"wechat_app_id": "wx1", "wechat_api_base": f"http://127.0.0.1:{away()}"})
    with answering(refuse) as way:
        monkeypatch.setenv("HTTPS_PROXY", way.replace("//", "//somebody:hidden@"))
        found = look("proxy", proxy.proxy, only)
    assert not found.good and "refuses it (HTTP 407)" in found.seen and "hidden" not in str(found)
    assert "firewall" in found.cure and "ZHENGWU_WECHAT_API_BASE" in found.cure
    with answering(lambda request: request.say(200)) as way:
        monkeypatch.setenv("HTTPS_PROXY", way)
        assert "would let it through" in look("proxy", proxy.proxy, only).seen
    assert "does not answer either" in look("proxy", proxy.proxy, only).seen


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_may_be_named_without_its_scheme(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """As curl and others take it."""
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}somebody:hidden@10.0.0.9:3128")
    found = look("proxy", proxy.proxy, settings)
    assert found.seen.startswith("10.0.0.9:3128 is named") and "hidden" not in str(found)


def test_a_proxy_that_nobody_needs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(refuse) as way, answering(lambda request: request.say(200)) as platform:
        there = settings.copy(update={"wechat_app_id": "wx1", "wechat_api_base": platform})
        monkeypatch.setenv("HTTPS_PROXY", way)
        catches = look("proxy", proxy.proxy, there)
        assert catches.good and "even for this machine" in catches.seen and "127.0.0.1" in catches.cure
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        spared = look("proxy", proxy.proxy, there)
        assert spared.good and not spared.cure


def test_a_proxy_does_not_catch_the_portal_on_this_machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.copy(update={"portal_secret": SecretStr("agreed")})
    with answering(refuse) as way, background(own) as url:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, way)
        assert look("portal", portal.portal, own.copy(update={"portal_url": url})).good


@pytest.mark.parametrize(("ahead", "way"), [(timedelta(minutes=7), "behind"), (timedelta(minutes=-7), "ahead of")])
def test_a_clock_that_differs_from_the_portals(settings: Settings, ahead: timedelta, way: str) -> None:
    with answering(lambda request: request.say(404), clock=ahead) as address:
        found = look("clock", clock.clock, settings.copy(update={"portal_url": address}))
    assert not found.good and way in found.seen and "timedatectl" in found.cure
    assert any(f"{seconds} s" in found.seen for seconds in range(410, 422)), found.seen


def test_a_clock_that_is_right(settings: Settings) -> None:
    with answering(lambda request: request.say(404)) as address:
        found = look("clock", clock.clock, settings.copy(update={"portal_url": address}))
    assert found.good and "127.0.0.1" in found.seen
    assert "no server to compare" in look("clock", clock.clock, settings).seen


@pytest.mark.skipif(SERVER is None, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
def test_the_clock_of_the_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    there = settings.copy(update={"database_url": SERVER})
    assert "the database" in look("clock", clock.clock, there).seen
    monkeypatch.setattr(clock, "APART", timedelta(seconds=-1))  # so that a right clock is too far off
    assert "that of the database" in look("clock", clock.clock, there).seen


def test_what_runs_is_known_by_its_own_port(settings: Settings) -> None:
    """On a machine with consoles only nobody listens on the gateway's."""
    healthy = {"status": "ok"}
    with answering(lambda request: request.say_json(**healthy)) as console, background(settings) as sandbox:
        listening = {"console_port": port_of(console), "portal_port": port_of(sandbox), "portal_url": sandbox}
        here = settings.copy(update={**listening, "bot_port": away()})
        found = look("ports", ports.ports, here)
    assert found.good, found
    assert found.seen == (
        f"{here.bot_port} gateway (free), {here.console_port} console (running), "
        f"{here.portal_port} portal-sandbox (running)"
    )


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])
