"""举报: a search for the reporter through every page, table, log, file and delivery."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from city import City, running
from sqlalchemy import select
from starlette.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1] / "console"))
sys.path.insert(0, str(Path(__file__).parents[1] / "actions" / "complaints"))

from cases_console import HOME, Staff
from receiver import SECRET, Receiver, receiving

from console.app import build
from desk import cases
from desk.case_confidence import transcript
from desk.case_numbers import number_in
from foundation.audit import audit
from foundation.cipher import Cipher
from foundation.clock import FixedClock, SystemClock
from foundation.database import metadata
from foundation.settings import load_settings
from foundation.vault import vault
from knowledge_base.records import answer_records

pytestmark = pytest.mark.slow

PHONE, PLATE = "13912345678", "京A12345"
MATTER = f"村支书收钱办低保，一家两千，他的车是{PLATE}"
NUMBERED = re.compile(r"[0-9]+\.[0-9]+")


@contextmanager
def outside() -> Iterator[Receiver]:
    """The outside system, in a thread of its own."""
    loop, started = asyncio.new_event_loop(), []

    async def serve() -> None:
        async with receiving() as receiver:
            started.append(receiver)
            while started:
                await asyncio.sleep(0.05)

    thread = Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    while not started:
        pass
    try:
        yield started[0]
    finally:
        started.clear()
        thread.join(10)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, Receiver, str, str]]:
    """A city in which a report was made and asked for; the outside system, the number, the reporter's name there."""
    with outside() as receiver:
        settings = {"ZHENGWU_CASES_WEBHOOK_URL": receiver.address, "ZHENGWU_CASES_WEBHOOK_SECRET": SECRET}
        with running(tmp_path_factory.mktemp("reporter"), None, **settings) as city:
            reporter = city.conversation()
            for text in ("你好", "我要举报", MATTER, "张家村", "去年", PHONE):
                reporter.say(text)
            number = number_in(reporter.say("确认提交").text)
            assert number is not None
            reporter.say("我的举报办到哪了")
            until(lambda: bool(receiver.taken))
            yield city, receiver, number, reporter.sender


def until(done: object, seconds: float = 20) -> None:
    deadline = datetime.now().timestamp() + seconds
    while not done():  # type: ignore[operator]
        assert datetime.now().timestamp() < deadline


@pytest.fixture
def console(told: tuple[City, Receiver, str, str]) -> Iterator[TestClient]:
    city = told[0]
    given = load_settings(
        _env_file=None, secret_key=city.environment["ZHENGWU_SECRET_KEY"], database_url=city.database_url
    )
    with TestClient(build(given, city.database), base_url=HOME) as client:
        yield client
    city.database = type(city.database)(city.database_url)


def staff(console: TestClient, city: City, name: str, *roles: str) -> Staff:
    return Staff(console, city.database, FixedClock(SystemClock().now()), name, "", roles)


def test_the_outside_system_does_not_learn_who(told: tuple[City, Receiver, str, str]) -> None:
    _, receiver, number, sender = told
    [sent] = receiver.taken.values()
    assert sent["case"]["number"] == number and sent["case"]["confidential"] is True
    assert all(secret.encode() not in body for body in receiver.bodies for secret in (PHONE, PLATE, sender))


def test_no_page_shows_who_but_for_a_reason_and_to_the_trusted(
    told: tuple[City, Receiver, str, str], console: TestClient
) -> None:
    city, _, number, sender = told
    agent, boss = staff(console, city, "agent", "agent"), staff(console, city, "boss", "supervisor")
    at = f"/cases/{number}"
    assert agent.post(f"{at}/note", at, text="已经派人去看").status_code == 303
    assert agent.post(f"{at}/reply", at, text="已经立案调查").status_code == 303
    pages = [who.get(path).text for who in (agent, boss) for path in ("/cases", at, f"/cases?number={number}")]
    pages.append(agent.post(f"{at}/reveal", at, reason="我很想知道是谁").text)
    pages += [boss.get("/cases/undelivered").text, boss.get("/").text]
    for page in pages:
        assert not any(secret in page for secret in (PHONE, PLATE, sender)), page
    assert "村支书收钱办低保" in pages[1]  # what it is about the department has to know
    revealed = boss.post(f"{at}/reveal", at, reason="要给举报人回电话").text
    assert PHONE in revealed and PLATE in revealed and "张家村" in revealed
    with city.database.read() as tx:
        entries = [(row.account, row.detail) for row in tx.execute(select(audit)) if row.action == "case.reveal"]
    assert entries == [("boss", {"reason": "要给举报人回电话", "report": True})]


def test_the_conversation_is_covered_wherever_it_is_shown(told: tuple[City, Receiver, str, str]) -> None:
    city, _, number, sender = told
    with city.database.read() as tx:
        lines = transcript(tx, f"rest:{sender}")
    shown = [line.text for line in lines]
    assert shown[0] == "你好" and not any(word in repr(lines[2:]) for word in ("举报办", "村支书", "张家村", number))


def test_no_table_log_or_file_holds_it_readable(told: tuple[City, Receiver, str, str]) -> None:
    city, _, number, sender = told
    with city.database.read() as tx:
        for one in metadata.sorted_tables:
            for row in tx.execute(select(one)):
                stored = NUMBERED.sub("", repr([value for value in row if not isinstance(value, datetime)]))
                assert PHONE not in stored and PLATE not in stored, one.name
        records = tx.execute(select(answer_records)).mappings().all()
        case = cases.find(tx, number)
        assert case is not None
        cipher = Cipher(bytes.fromhex(city.environment["ZHENGWU_SECRET_KEY"]))
        assert cases.private_of(tx, cipher, case).contact == PHONE
        assert {kind for (kind,) in tx.execute(select(vault.c.kind))} == {"phone", "plate"}
    linked = [row for row in records if row["conversation"] and (number in repr(row) or "举报" in row["text"])]
    assert linked == []
    log = city.log()
    assert not any(secret in log for secret in (PHONE, PLATE, sender, "村支书"))
    for file in city.folder.rglob("*"):
        if file.is_file() and "vectors" not in file.parts:
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in (PHONE, PLATE)), file.name
