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
from secrets import token_hex
from statistics import median

import pytest
from agents_page import PASSWORD, AgentsPage, Citizens, hire, open_desk_of
from behind_nginx import NGINX, Office, Part, running_office
from city import City, Response, said
from playwright.sync_api import Page, expect
from reach import seconds_to_reach
from redis import Redis
from sqlalchemy import select
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
REACHED_WITHIN = 15.0
"""Seconds, on a machine that may be busy with other tests; docs/operations.md has what is usual."""
ROUNDS = 10
"""Talks at most until everybody has had a part in them."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """All processes, on a PostgreSQL database of their own."""
    with running_office(tmp_path_factory.mktemp("office"), str(SERVER), str(REDIS)) as office:
        yield office


def test_a_conversation_hops_from_process_to_process(office: Office) -> None:
    """Twelve citizens talk at once, until each has been served by two workers at least, and one by all three.

    Who takes a message is left to chance, so it is not asked for after so and so many messages; each talk must be
    understood, whoever had a part in it.
    """
    before = [accepted(part) for part in office.gateways]
    citizens, rounds = [f"hop-{n}" for n in range(12)], 0
    by: dict[str, set[str]] = {}
    while rounds < ROUNDS and (min(map(len, by.values()), default=0) < 2 or max(map(len, by.values())) < 3):
        with ThreadPoolExecutor(len(citizens)) as talking:
            talks = list(talking.map(lambda sender: talk(office.city, sender), citizens))
        assert talks == [list(TALK.values())] * len(citizens)
        by, rounds = workers_of(office.city, "hop-"), rounds + 1
    assert set(by) == set(citizens)
    assert min(map(len, by.values())) >= 2 and max(map(len, by.values())) == 3, by
    served = [accepted(part) - earlier for part, earlier in zip(office.gateways, before)]
    assert sum(served) == rounds * len(citizens) * len(TALK)
    assert min(served) > sum(served) / 4, f"one gateway has done nearly all: {served}"


@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")
def test_an_agent_goes_on_at_another_console(office: Office) -> None:
    """The same sign-in, the same conversation, a sentence at each console; the citizen hears both."""
    database, citizen = office.city.database, f"rest:hop-desk-{token_hex(4)}"  # a second try sees nothing of the first
    with open_desk_of(database, lin="林晓"), chromium() as browser:
        first, second = (f"http://127.0.0.1:{part.port}" for part in office.consoles)
        citizens = Citizens(database, office.city.environment["ZHENGWU_SECRET_KEY"])
        agent = AgentsPage(browser, first, "lin")
        citizens.ask(citizen, "我要找人问问雨伞的事")
        expect(agent.entry("雨伞的事")).to_be_visible(timeout=30_000)
        agent.page.keyboard.press("n")
        agent.say("您好，请讲。")
        expect(agent.said("您好，请讲。")).to_be_visible(timeout=30_000)
        for _ in range(300):  # the page shows a sentence before it is stored, and closed it sends no more
            if "您好，请讲。" in citizens.texts(citizen):
                break
            agent.page.wait_for_timeout(100)
        agent.page.close()
        agent.address = second
        agent.tab()
        agent.wait_online()
        agent.turn_to("我的会话")
        agent.entry("雨伞的事").click()
        expect(agent.said("您好，请讲。")).to_be_visible(timeout=30_000)
        agent.say("雨伞在服务台借。")
        expect(agent.said("雨伞在服务台借。")).to_be_visible(timeout=30_000)
        spoken = ["您好，请讲。", "雨伞在服务台借。"]
        for _ in range(300):  # the page shows a sentence before it is stored
            if (heard := [text for text in citizens.texts(citizen) if text in spoken]) == spoken:
                break
            agent.page.wait_for_timeout(100)
        assert heard == spoken
        assert not agent.problems


def test_three_workers_are_there(office: Office) -> None:
    with office.city.database.read() as tx:
        names = set(tx.execute(select(heartbeats.c.name).where(heartbeats.c.kind == WORKER)).scalars())
    assert {"worker-1", "worker-2", "worker-3"} <= {name.rpartition("/")[2] for name in names}


def test_what_citizens_must_not_reach_is_closed(office: Office) -> None:
    for path in ("/webhooks/rest/webhook", "/metrics", "/metrics/", "/metrics//", "//metrics", "/%6detrics/"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{office.closed}{path}", timeout=10)
        assert refused.value.code == 403
    with urllib.request.urlopen(f"{office.closed}/chat", timeout=10) as page:
        assert page.status == 200


@pytest.mark.parametrize("publications", [4, pytest.param(20, marks=pytest.mark.long)])
def test_publishing_reaches_every_worker(office: Office, publications: int) -> None:
    took = [seconds_to_reach(office, n, f"凭第{n}号牌，押金{n}元") for n in range(publications)]
    told = f"median {median(took):.2f} s, worst {max(took):.2f} s, at a load of {os.getloadavg()[0]:.1f}"
    print(f"\nfrom a commit to the new answer of all three workers, {publications} publications: {told}")
    assert max(took) < REACHED_WITHIN


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


def workers_of(city: City, senders: str) -> dict[str, set[str]]:
    """Sender, of those that begin so → the workers that have run their turns."""
    found = defaultdict(set)
    query = select(inbox.c.conversation, inbox.c.worker).where(inbox.c.conversation.like(f"rest:{senders}%"))
    with city.database.read() as tx:
        for row in tx.execute(query):
            found[row.conversation.removeprefix("rest:")].add(row.worker)
    return dict(found)


def accepted(part: Part) -> int:
    """How many messages a gateway has stored."""
    with urllib.request.urlopen(f"http://127.0.0.1:{part.port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith("zhengwu_messages_total"))
