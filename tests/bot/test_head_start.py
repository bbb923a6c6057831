"""`zhengwu serve` starts what answers citizens first; the console and the rest follow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.cli import serve
from bot.supervisor import Child
from foundation.settings import Settings


@pytest.fixture
def console(tmp_path: Path) -> Child:
    child = Child("console", ["true"], tmp_path, {})
    child.due = time.monotonic() + serve.HEAD_START
    return child


def says(monkeypatch: pytest.MonkeyPatch, **answers: tuple[bool, str] | None) -> None:
    monkeypatch.setattr(serve, "health", lambda settings, port="bot_port": answers.get(port))


@pytest.mark.parametrize("gateway", [None, (False, "no worker is there")])
def test_as_long_as_nobody_is_answered_the_others_wait(
    settings: Settings, console: Child, monkeypatch: pytest.MonkeyPatch, gateway: tuple[bool, str] | None
) -> None:
    says(monkeypatch, bot_port=gateway, console_port=(True, ""))
    assert not serve.ready(settings, [console])
    assert console.due > time.monotonic() + 1


def test_they_start_when_citizens_are_answered_and_all_is_ready_when_they_are_there(
    settings: Settings, console: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, bot_port=(True, ""))
    assert not serve.ready(settings, [console])
    assert console.due <= time.monotonic()
    says(monkeypatch, bot_port=(True, ""), console_port=(True, ""))
    assert serve.ready(settings, [console])


def test_one_that_has_died_waits_its_time(settings: Settings, console: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    console.starts = 1
    says(monkeypatch, bot_port=(True, ""))
    serve.ready(settings, [console])
    assert console.due > time.monotonic() + 1
