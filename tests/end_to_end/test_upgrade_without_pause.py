"""Another checkout takes over, and the former one again: every gateway, worker and console is restarted one after the
other while citizens write. Nobody waits for longer than a restart of one; no message is lost or answered twice."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from behind_nginx import NGINX, Office, Part, running_office
from city import City, Response, said
from sqlalchemy import select

from foundation.inbox import DONE, inbox
from foundation.outbox import outbox
from foundation.settings import ROOT

SERVER, REDIS = os.environ.get("ZHENGWU_TEST_DATABASE_URL"), os.environ.get("ZHENGWU_TEST_REDIS_URL")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(SERVER is None, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server"),
    pytest.mark.skipif(REDIS is None, reason="ZHENGWU_TEST_REDIS_URL names no Redis server"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout"),
]
CITIZENS = 8
QUESTION, ITEM = "身份证丢了怎么补办", "resident-id-replacement"


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What runs at first: the last commit."""
    return checkout(tmp_path_factory.mktemp("former"))


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What takes over: the same commit in another folder, so that both know the same migrations."""
    return checkout(tmp_path_factory.mktemp("later"))


def checkout(folder: Path) -> Path:
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", "HEAD"], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, former: Path) -> Iterator[Office]:
    """All processes, on a PostgreSQL database of their own, from the former checkout."""
    with running_office(tmp_path_factory.mktemp("office"), str(SERVER), str(REDIS), former) as office:
        yield office


class Written(NamedTuple):
    response: Response
    attempts: int
    seconds: float


class Load:
    """Citizens who write one message after the other, each in a conversation of its own, until the block is over."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.written: dict[str, Written] = {}
        self.staff: Counter[int] = Counter()
        self._over = threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        with ThreadPoolExecutor(CITIZENS + 1) as people:
            busy = [people.submit(self._write, citizen) for citizen in range(CITIZENS)]
            busy.append(people.submit(self._open_the_console))
            try:
                yield
            finally:
                self._over.set()
            for one in busy:
                one.result()

    def _write(self, citizen: int) -> None:
        number = 0
        while not self._over.is_set():
            name = f"upgrade-{citizen}-{number}"
            self.written[name] = insist(self.city, name)
            number += 1

    def _open_the_console(self) -> None:
        """A page that needs no sign-in, as often as it comes."""
        while not self._over.is_set():
            try:
                with urllib.request.urlopen(f"{self.city.console}/sign-in", timeout=30) as page:
                    self.staff[page.status] += 1
            except OSError as error:
                self.staff[int(getattr(error, "code", 0))] += 1
            time.sleep(0.2)


def insist(city: City, sender: str) -> Written:
    """One message, sent again under its number until it is answered, as the chat page does."""
    began, attempts = time.monotonic(), 0
    while True:
        attempts += 1
        try:
            response = city.post(sender, QUESTION, "m1")
        except (OSError, ValueError):  # it broke off, or nginx had its own word
            response = Response(502, None)
        if response.status not in (202, 502, 503, 504) or time.monotonic() - began > 300:
            return Written(response, attempts, time.monotonic() - began)
        time.sleep(0.2)


def replace(office: Office, part: Part, checkout: Path) -> None:
    part.stop()
    part.checkout = checkout
    part.start()
    office.wait(part)
    assert Path(f"/proc/{part.pid}/cwd").resolve() == checkout.resolve()


def test_the_later_takes_over_and_the_former_again(office: Office, former: Path, later: Path) -> None:
    talking = office.city.conversation()
    assert talking.say(QUESTION).answer["id"] == ITEM
    load = Load(office.city)
    with load.going_on():
        for version in (later, former):
            for part in office.parts:
                before = len(load.written)
                replace(office, part, version)
                assert len(load.written) > before, f"nobody was answered while {part.name} was restarted"
                told = talking.say("那要多少钱").answer  # what was spoken of is remembered, whoever answers
                assert (told["id"], told["aspect"]) == (ITEM, "fee"), part.name
    assert {one.response.status for one in load.written.values()} == {200}
    assert all(said(one.response.body).answer["id"] == ITEM for one in load.written.values())
    assert set(load.staff) == {200}, load.staff
    nothing_is_lost_or_doubled(office.city, load.written)
    again = sum(one.attempts > 1 for one in load.written.values())
    slowest = max(one.seconds for one in load.written.values())
    print(
        f"\n{len(load.written)} messages while {2 * len(office.parts)} processes were restarted: none lost or doubled; "
        f"{again} were sent again under their number; the slowest was answered after {slowest:.1f} s; "
        f"{load.staff[200]} pages of the console, all opened"
    )


def nothing_is_lost_or_doubled(city: City, written: dict[str, Written]) -> None:
    with city.database.read() as tx:
        mine = tx.execute(select(inbox).where(inbox.c.conversation.like("rest:upgrade-%"))).all()
        replies = tx.execute(select(outbox).where(outbox.c.conversation.like("rest:upgrade-%"))).all()
    assert len(mine) == len(written) and {row.state for row in mine} == {DONE}
    by_message = defaultdict(list)
    for reply in sorted(replies, key=lambda one: int(one.id)):
        by_message[reply.inbox_id].append(reply)
    for row in mine:
        assert [reply.position for reply in by_message[row.id]] == list(range(len(by_message[row.id])))
        told = written[row.conversation.removeprefix("rest:")].response.body
        assert [message["text"] for message in told] == [reply.body["text"] for reply in by_message[row.id]]
