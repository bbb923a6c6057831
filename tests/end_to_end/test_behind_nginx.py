"""Two gateways, three workers and two consoles behind nginx: a conversation hops between them, publishing reaches all,
and killing any one loses nothing."""

from __future__ import annotations

import os
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from agents_page import PASSWORD, hire
from behind_nginx import NGINX, Office, Part, nginx
from city import City, Response, prepared, said
from playwright.sync_api import Page, expect
from redis import Redis
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url
from web_chat import CHROMIUM, chromium

from foundation.heartbeat import WORKER, heartbeats
from foundation.inbox import DONE, inbox
from foundation.outbox import outbox

SERVER, REDIS = os.environ.get("ZHENGWU_TEST_DATABASE_URL"), os.environ.get("ZHENGWU_TEST_REDIS_URL")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(SERVER is None, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server"),
    pytest.mark.skipif(REDIS is None, reason="ZHENGWU_TEST_REDIS_URL names no Redis server"),
]
TALK = {
    "身份证丢了怎么补办": ("resident-id-replacement", None),
    "那多少钱": ("resident-id-replacement", "fee"),
    "要带什么": ("resident-id-replacement", "materials"),
    "在哪里办": ("resident-id-replacement", "place"),
    "几天能拿到": ("resident-id-replacement", "duration"),
}
FAQ = """
kind: faq
id: test-umbrella
question: 市民中心可以借雨伞吗
similar_questions: [能不能借雨伞, 在哪里借雨伞]
answer: 可以，{}。
sources: [{{title: 示例市市民中心雨伞借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """All processes, on a PostgreSQL database of their own."""
    folder = tmp_path_factory.mktemp("office")
    name = f"zhengwu_test_{os.getpid()}_office"
    server = create_engine(str(SERVER), isolation_level="AUTOCOMMIT", future=True)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        url = make_url(str(SERVER)).set(database=name).render_as_string(hide_password=False)
        with prepared(folder, url) as city:
            city.environment.update(ZHENGWU_REDIS_URL=str(REDIS))
            office = Office(city)
            try:
                office.start()
                with nginx(folder, office.configuration()):
                    yield office
            finally:
                office.stop()
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def test_a_conversation_hops_from_process_to_process(office: Office) -> None:
    with ThreadPoolExecutor(12) as citizens:
        talks = list(citizens.map(lambda n: talk(office.city, f"hop-{n}"), range(12)))
    assert talks == [list(TALK.values())] * 12
    served = [accepted(part) for part in office.gateways]
    assert min(served) > 12, f"one gateway has done nearly all: {served}"


def test_three_workers_are_there(office: Office) -> None:
    with office.city.database.read() as tx:
        names = set(tx.execute(select(heartbeats.c.name).where(heartbeats.c.kind == WORKER)).scalars())
    assert {"worker-1", "worker-2", "worker-3"} <= {name.rpartition("/")[2] for name in names}


def test_what_citizens_must_not_reach_is_closed(office: Office) -> None:
    for path in ("/webhooks/rest/webhook", "/metrics"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{office.closed}{path}", timeout=10)
        assert refused.value.code == 403
    with urllib.request.urlopen(f"{office.closed}/chat", timeout=10) as page:
        assert page.status == 200


def test_publishing_reaches_every_worker(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "faq.yaml"
    seconds = []
    for answer in ("凭身份证", "交二十元押金", "不收押金"):
        file.write_text(FAQ.format(answer), encoding="utf-8")
        office.city.zhengwu("kb", "import", str(file))
        began = time.monotonic()
        release = int(office.city.zhengwu("kb", "publish", "--note", answer).stdout.splitlines()[-1])
        returned = time.monotonic()
        with ThreadPoolExecutor(12) as citizens:
            told = list(citizens.map(lambda n: office.city.conversation().say("市民中心可以借雨伞吗"), range(24)))
        assert {one.answer["release"] for one in told} == {release}
        assert all(answer in one.text for one in told)
        seconds.append(returned - began)
    print(f"\n`kb publish`, until all three workers answer from it: {max(seconds):.2f} s at most, its start included")


def test_killing_any_one_loses_nothing(office: Office) -> None:
    sent: dict[str, Response] = {}
    over = threading.Event()

    def write_on(citizen: int) -> None:
        number = 0
        while not over.is_set():
            name = f"chaos-{citizen}-{number}"
            sent[name] = insist(office.city, name)
            number += 1

    with ThreadPoolExecutor(16) as citizens:
        writing = [citizens.submit(write_on, citizen) for citizen in range(16)]
        try:
            for part in (office.workers[1], office.gateways[0], office.workers[2], office.gateways[1]):
                before = len(sent)
                part.kill()
                part.start()  # by this thread: a process is killed when the thread that started it ends
                office.wait(part)
                assert len(sent) > before, f"nobody was answered while {part.name} was away"
        finally:
            over.set()
        for one in writing:
            one.result()
    assert {response.status for response in sent.values()} == {200}
    with office.city.database.read() as tx:
        mine = tx.execute(select(inbox).where(inbox.c.conversation.like("rest:chaos-%"))).all()
        replies = tx.execute(select(outbox).where(outbox.c.conversation.like("rest:chaos-%"))).all()
    assert len(mine) == len(sent) and {row.state for row in mine} == {DONE}
    by_message = defaultdict(list)
    for reply in sorted(replies, key=lambda one: int(one.id)):
        by_message[reply.inbox_id].append(reply)
    for row in mine:
        assert [reply.position for reply in by_message[row.id]] == list(range(len(by_message[row.id])))
        told = sent[row.conversation.removeprefix("rest:")].body
        assert [message["text"] for message in told] == [reply.body["text"] for reply in by_message[row.id]]


def test_the_limit_holds_for_both_gateways_together(office: Office) -> None:
    for key in Redis.from_url(str(REDIS)).scan_iter("zhengwu:limit:*"):
        Redis.from_url(str(REDIS)).delete(key)
    for part in office.gateways:
        part.kill()
        part.also(ZHENGWU_RATE_LIMIT="6")
        part.start()
        office.wait(part)
    statuses = Counter(office.city.post("hasty", f"第{n}句").status for n in range(16))
    assert statuses == {200: 6, 429: 10}


@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")
def test_the_staff_stay_signed_in_when_a_console_dies(office: Office) -> None:
    hire(office.city.database, "wang", "王敏", "supervisor")
    with chromium() as browser:
        page: Page = browser.new_context(locale="zh-CN").new_page()
        page.goto(f"{office.city.console}/desk")
        page.get_by_label("账号").fill("wang")
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        online = page.locator("#connection[data-state=online]")
        online.wait_for(state="attached", timeout=30_000)
        for part in office.consoles:
            part.kill()
            page.goto(f"{office.city.console}/desk")
            expect(page.get_by_role("tab").first).to_be_visible(timeout=30_000)
            online.wait_for(state="attached", timeout=30_000)
            part.start()
            office.wait(part)


def talk(city: City, sender: str) -> list[tuple[str | None, str | None]]:
    """What is understood of each message of a conversation."""
    understood = []
    for text, (_, aspect) in TALK.items():
        answer = said(city.post(sender, text).body).answer
        understood.append((answer["id"], answer["aspect"] if aspect else None))
    return understood


def insist(city: City, sender: str) -> Response:
    """One message, sent again under its number until it is answered, as the chat page does."""
    deadline = time.monotonic() + 300
    while True:
        try:
            response = city.post(sender, "身份证丢了怎么补办", "m1")
        except (OSError, ValueError):  # it broke off, or nginx had its own word
            response = Response(502, None)
        if response.status not in (202, 502, 503, 504) or time.monotonic() > deadline:
            return response
        time.sleep(0.2)


def accepted(part: Part) -> int:
    """How many messages a gateway has stored."""
    with urllib.request.urlopen(f"http://127.0.0.1:{part.port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith("zhengwu_messages_total"))
