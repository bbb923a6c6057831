"""Live updates: who hears of what, and that nothing is lost when something breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from console_people import HERE, Browser, Office, heard
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from console import live
from console.app import build
from foundation.accounts import ROLES
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings

NewBrowser = Callable[[], Browser]


class Versions:
    """What has changed, as a database would tell."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"queue": 7}
        self.broken = False
        self.looks = 0

    def __call__(self, tx: Any) -> Mapping[str, int]:
        self.looks += 1
        if self.broken:
            raise OperationalError("SELECT", {}, Exception("away"))
        return dict(self.numbers)

    def change(self, *topics: str) -> None:
        """All at once, for the look that comes next."""
        self.numbers = {**self.numbers, **{topic: self.numbers.get(topic, 0) + 1 for topic in topics}}


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def office(
    store: Database, settings: Settings, clock: FixedClock, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(live, "BROKEN_SECONDS", 0.02)
    app = build(settings, store, clock, versions=versions)
    with TestClient(app) as running:
        assert running.portal is not None
        yield Office(app, store, settings, clock, running.portal)


def page_of(browser: Browser) -> Any:
    return browser.http.websocket_connect("ws://127.0.0.1/live", headers={"origin": HERE})


def test_everybody_hears_of_what_concerns_them(office: Office, new_browser: NewBrowser, versions: Versions) -> None:
    topics = ["conversation:42", "queue", "ratings", "tasks"]
    told = {}
    with ExitStack() as pages:
        opened = {}
        for role in ROLES:
            browser = new_browser()
            browser.seat(role, role)
            opened[role] = pages.enter_context(page_of(browser))
            assert heard(opened[role]) == {"changed": ["*"]}
        versions.change(*topics)
        for role in ("agent", "supervisor", "editor", "reviewer"):
            told[role] = heard(opened[role])
        versions.change("tasks")
        assert heard(opened["editor"]) == {"changed": ["tasks"]}
    assert told["supervisor"] == {"changed": topics}  # also of what is nobody else's
    assert told["agent"] == {"changed": ["conversation:42", "queue", "tasks"]}
    assert told["editor"] == told["reviewer"] == {"changed": ["tasks"]}
    assert not any(live.concerns(topic, [role]) for topic in topics for role in ("admin", "auditor"))


def test_a_new_page_is_told_to_fetch_all_and_hears_of_what_changes_after(browser: Browser, versions: Versions) -> None:
    browser.seat("lihua", "agent")
    for _ in range(3):  # a connection that breaks, and is made again
        with page_of(browser) as page:
            assert heard(page) == {"changed": ["*"]}
            versions.change("queue")
            assert heard(page) == {"changed": ["queue"]}
        versions.change("queue")


def test_a_database_that_is_away_for_a_while_loses_nothing(browser: Browser, versions: Versions) -> None:
    browser.seat("lihua", "agent")
    with page_of(browser) as page:
        assert heard(page) == {"changed": ["*"]}
        versions.broken = True
        versions.change("queue")
        looks = versions.looks
        while versions.looks < looks + 3:
            pass
        versions.broken = False
        assert heard(page) == {"changed": ["queue"]}


def test_nobody_opens_pages_without_end(
    office: Office, new_browser: NewBrowser, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_OF_ONE", 3)
    greedy, other = new_browser(), new_browser()
    greedy.seat("lihua", "agent")
    other.seat("wang", "agent")
    with ExitStack() as pages:
        for _ in range(3):
            assert heard(pages.enter_context(page_of(greedy))) == {"changed": ["*"]}
        with page_of(greedy) as refused, pytest.raises(WebSocketDisconnect) as closed:
            heard(refused)
        assert closed.value.code == live.TRY_AGAIN
        assert heard(pages.enter_context(page_of(other))) == {"changed": ["*"]}
    with page_of(greedy) as page:  # those that were closed count no more
        assert heard(page) == {"changed": ["*"]}


def test_nobody_is_looked_for_while_no_page_is_open(browser: Browser, versions: Versions) -> None:
    browser.seat("lihua", "agent")
    with page_of(browser) as page:
        heard(page)
    browser.get("/health")
    looks = versions.looks
    for _ in range(50):
        browser.get("/health")
    assert versions.looks <= looks + 1


def test_a_page_that_does_not_listen_gets_fewer_hints_not_old_ones() -> None:
    state = SimpleNamespace(session=SimpleNamespace(id=1), account=SimpleNamespace(id=1, roles=("agent",)))
    listener = live.Listener(SimpleNamespace(state=state))  # type: ignore[arg-type]
    for number in range(10_000):
        listener.tell(["queue", f"conversation:{number % 5}"])
    assert len(listener.news) == 6
