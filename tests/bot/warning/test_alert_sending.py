"""Alerts on their way: signed, once to each address, and what becomes of them when somebody does not listen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alert_receiver import SECRET, Receiver, receiving

from actions.surroundings import Surroundings
from bot.warning import addresses as module
from bot.warning.addresses import Addresses, cut
from bot.warning.sending import LONGEST, MOST_ATTEMPTS, Sending, pause
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings, load_settings
from insights import recording
from insights.recording import Turn
from insights.warning import alerts, messages
from insights.warning.series import UNIT, Series
from insights.warning.watching import Finding

HERE = Path(__file__).resolve()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def set_up(receiver: Receiver, **more: Any) -> Settings:
    told = {"alert_webhook_url": receiver.address, "alert_webhook_secret": SECRET, "alert_wecom_url": receiver.robot}
    return load_settings(_env_file=None, secret_key="5a" * 32, **{**told, **more})


@pytest.fixture
def sending(database: Database, clock: FixedClock, receiver: Receiver) -> Sending:
    settings, portal = set_up(receiver, console_url="https://console.example.gov.cn"), object()
    here = Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)  # type: ignore[arg-type]
    return Sending(here, Addresses.of_settings(settings))


def open_one(
    database: Database, now: datetime, name: str = "item:pause", to: tuple[str, ...] = ("webhook", "wecom")
) -> int:
    with database.write() as tx:
        text = "医保卡**停机**[看](http://x)了吗⟦id:7f3a⟧"
        recording.write(tx, Turn(now, "web:a", "web", text, "item", "answered", unit_kind="item", unit_id="pause"))
        finding = Finding("surge", Series(UNIT, name), now - timedelta(hours=1), now, 46, 5.0, 3, 8, 1e-12)
        found = alerts.report(tx, finding, [1], to, now)
    assert found is not None
    return found


def states(database: Database, id: int) -> dict[str, tuple[str, int, str | None]]:
    with database.read() as tx:
        return {one.address: (one.state, one.attempts, one.problem) for one in messages.of_alert(tx, id)}


def all_of(sending: Sending) -> int:
    count = 0
    while sending.step():
        count += 1
    return count


def test_what_is_sent(database: Database, clock: FixedClock, sending: Sending, receiver: Receiver) -> None:
    id = open_one(database, clock.now())
    assert all_of(sending) == 2
    [(key, said)] = receiver.messages
    assert len(key) == 32 and said["alert"] == id and said["usual"] == [3, 8] and said["what"] == "surge"
    assert said["why"] == "今天 9:00–10:00 有 46 人问“pause”，平常这个时段 3–8 人。"
    assert said["questions"] == ["医保卡**停机**[看](http://x)了吗（已隐去）"]
    [markdown] = receiver.markdown
    assert "46 人" in markdown and "[打开预警](https://console.example.gov.cn/insights/alerts/1)" in markdown
    assert "**停机**" not in markdown and "[看]" not in markdown and "7f3a" not in markdown
    assert states(database, id) == {"webhook": ("sent", 1, None), "wecom": ("sent", 1, None)}
    with database.read() as tx:
        assert [event.kind for event in alerts.history(tx, id)] == ["opened", "sent", "sent"]


@pytest.mark.parametrize(
    ("answer", "problem"), [(500, "HTTP 500"), (503, "HTTP 503"), ("errcode 45009", "errcode 45009")]
)
def test_what_fails_for_now_is_tried_again(
    database: Database, clock: FixedClock, sending: Sending, receiver: Receiver, answer: int | str, problem: str
) -> None:
    address = "wecom" if isinstance(answer, str) else "webhook"
    id = open_one(database, clock.now(), to=(address,))
    receiver.answers = [answer, answer]
    assert sending.step() and not sending.step()
    assert states(database, id) == {address: ("pending", 1, problem)}
    clock.advance(minutes=1)
    assert sending.step()
    clock.advance(minutes=1)
    assert sending.step()
    assert states(database, id) == {address: ("sent", 3, None)}
    assert len(receiver.messages) + len(receiver.markdown) == 1


@pytest.mark.parametrize("answer", [302, 307, 400, 404])
def test_what_is_refused_is_not_tried_again_and_no_redirect_is_followed(
    database: Database, clock: FixedClock, sending: Sending, receiver: Receiver, answer: int
) -> None:
    id = open_one(database, clock.now())
    receiver.answers = [answer, answer]
    assert all_of(sending) == 2
    assert set(states(database, id).values()) == {("dead", 1, f"HTTP {answer}")}
    assert receiver.elsewhere == 0 and receiver.messages == []
    with database.read() as tx:
        assert [event.kind for event in alerts.history(tx, id)] == ["opened", "not_sent", "not_sent"]


def test_a_robot_that_does_not_know_us(
    database: Database, clock: FixedClock, sending: Sending, receiver: Receiver
) -> None:
    id = open_one(database, clock.now(), to=("wecom",))
    receiver.answers = ["errcode 93000"]
    assert sending.step()
    assert states(database, id) == {"wecom": ("dead", 1, "errcode 93000")}


def test_a_slow_receiver_is_given_up(
    database: Database, clock: FixedClock, sending: Sending, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actions.complaints import webhook

    monkeypatch.setattr(webhook, "WITHIN", 0.5)
    monkeypatch.setattr(module, "WITHIN", 0.5)
    id = open_one(database, clock.now())
    receiver.answers = ["slow", "slow"]
    began = time.monotonic()
    assert all_of(sending) == 2
    assert time.monotonic() - began < 15
    assert set(states(database, id).values()) == {("pending", 1, "timed out")}


def test_nobody_listens_for_hours(
    database: Database, clock: FixedClock, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    settings = set_up(
        receiver, alert_webhook_url="http://127.0.0.1:9/alerts", alert_wecom_url="http://127.0.0.1:9/?key=k3y"
    )
    here = Surroundings.of_settings(settings, portal=object(), database=database, clock=clock)  # type: ignore[arg-type]
    sending, id = Sending(here, Addresses.of_settings(settings)), open_one(database, clock.now())
    with caplog.at_level(logging.WARNING):
        for _ in range(MOST_ATTEMPTS + 2):
            all_of(sending)
            clock.advance(seconds=1.2 * LONGEST.total_seconds() + 1)
    assert set(states(database, id).values()) == {("dead", MOST_ATTEMPTS, "no connection")}
    assert "k3y" not in caplog.text and "医保" not in caplog.text


def test_pauses_grow_and_end() -> None:
    assert pause(1) < timedelta(seconds=13)
    assert timedelta(minutes=20) < pause(40) < timedelta(minutes=40)


def test_what_is_too_long_is_cut_between_characters() -> None:
    assert cut("政" * 3000).encode() == "政".encode() * 1365


@pytest.mark.parametrize(
    "changes",
    [{"alert_webhook_url": "ftp://x.gov.cn"}, {"alert_webhook_url": "https://user@x.gov.cn/"},
     {"alert_webhook_secret": "short"}, {"alert_wecom_url": "qyapi"},
     {"alert_webhook_url": "http://10.0.0.9/alerts", "env": "production"},
     {"alert_wecom_url": "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "env": "production"}],
)  # fmt: skip
def test_addresses_that_will_not_do(receiver: Receiver, changes: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        Addresses.of_settings(set_up(receiver, **changes))
    assert "key=" not in str(refused.value)


def test_without_addresses_nothing_is_sent(settings: Settings) -> None:
    assert Addresses.of_settings(settings).names() == []


class Process:
    def __init__(self, url: str, address: str, seconds: float, stop: str = "") -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(HERE.with_name("alert_sender.py")), url, address, str(seconds)]
        self.process = subprocess.Popen(
            [*command, *([stop] if stop else [])], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    def says(self, word: str) -> None:
        assert self.process.stdout is not None and self.process.stdout.readline() == f"{word}\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def started() -> Iterator[Callable[..., Process]]:
    running: list[Process] = []

    def start(*about: Any) -> Process:
        running.append(Process(*about))
        return running[-1]

    yield start
    for one in running:
        one.kill()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_two_workers_send_each_alert_once(
    database: Database, database_url: str, receiver: Receiver, started: Callable[..., Process]
) -> None:
    now = datetime.now(timezone.utc)
    ids = [open_one(database, now, f"item:{number}", ("webhook",)) for number in range(20)]
    for one in [started(database_url, receiver.address, 60), started(database_url, receiver.address, 60)]:
        one.says("ready")
    wait_until(lambda: all(states(database, id)["webhook"][0] == "sent" for id in ids))
    assert sorted(said["alert"] for _, said in receiver.messages) == ids


@pytest.mark.slow
def test_killed_between_the_call_and_its_confirmation(
    database: Database, database_url: str, receiver: Receiver, started: Callable[..., Process]
) -> None:
    id = open_one(database, datetime.now(timezone.utc), to=("webhook",))
    first = started(database_url, receiver.address, 2, "stop")
    first.says("ready")
    first.says("sent")
    first.kill()
    second = started(database_url, receiver.address, 60)
    second.says("ready")
    wait_until(lambda: states(database, id)["webhook"][0] == "sent")
    assert [key for key, _ in receiver.messages] == [receiver.messages[0][0]] * 2, "one more, under the same key"
