"""What `zhengwu ask` brings along where the installation does not run."""

from __future__ import annotations

import socket
import urllib.request
from json import loads

import pytest

from bot.conversation import listens, with_key, with_portal
from foundation.settings import Settings


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def of_sandbox(settings: Settings, port: int, **changes: object) -> Settings:
    return settings.copy(update={"portal_port": port, "portal_url": f"http://127.0.0.1:{port}", **changes})


def test_a_sandbox_for_the_block(settings: Settings, free_port: int) -> None:
    with with_portal(of_sandbox(settings, free_port)) as changed:
        assert changed.portal_url != f"http://127.0.0.1:{free_port}" and changed.portal_secret is not None
        with urllib.request.urlopen(f"{changed.portal_url}/sandbox/applications", timeout=5) as response:
            assert len(loads(response.read())) >= 16
    assert not listens(int(changed.portal_url.rpartition(":")[2]))


def test_a_portal_that_runs_is_asked(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as running:
        given = of_sandbox(settings, running.getsockname()[1])
        with with_portal(given) as changed:
            assert changed is given


@pytest.mark.parametrize("changes", [{"portal_url": "https://portal.example.gov.cn"}, {"env": "production"}])
def test_nobody_elses_portal_is_replaced(settings: Settings, free_port: int, changes: dict[str, str]) -> None:
    given = of_sandbox(settings, free_port, **changes)
    with with_portal(given) as changed:
        assert changed is given


def test_a_key_for_this_process(settings: Settings) -> None:
    assert with_key(settings) is settings
    without = settings.copy(update={"secret_key": type(settings.secret_key)("")})
    assert len(with_key(without).key()) == 32
