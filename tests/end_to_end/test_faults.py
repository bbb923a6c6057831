"""A worker killed in the middle of its work: every message is answered once, each sender's in order."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from city import City, Response, said
from sqlalchemy import func, select

from foundation.inbox import DONE, inbox
from foundation.outbox import outbox

pytestmark = pytest.mark.slow

SENDERS, EACH = 10, 10
QUESTIONS = ("身份证丢了怎么补办", "那多少钱", "要带什么材料", "谢谢", "在哪里办")


def test_killed_on_sqlite(city: City) -> None:
    kill_in_the_middle(city)


def test_killed_on_postgresql(postgresql_city: City) -> None:
    kill_in_the_middle(postgresql_city)


def kill_in_the_middle(city: City) -> None:
    run = f"kill{time.monotonic_ns()}"
    worker = city.worker_pid()
    with ThreadPoolExecutor(SENDERS * EACH) as citizens:
        sent = {}
        for number in range(EACH):
            for sender in range(SENDERS):
                text, name = QUESTIONS[number % len(QUESTIONS)], f"{run}-{sender}"
                sent[f"{name}-{number}"] = citizens.submit(ask, city, name, text, f"{name}-{number}")
            time.sleep(0.04)
            if number == EACH // 2:
                done_before = answered(city, run)
                os.kill(worker, signal.SIGKILL)
        responses = {message_id: future.result() for message_id, future in sent.items()}
    assert 0 < done_before < SENDERS * EACH, "the worker was not killed in the middle"
    assert city.worker_pid() != worker

    with city.database.read() as tx:
        mine = inbox.c.conversation.like(f"rest:{run}-%")
        messages = tx.execute(select(inbox).where(mine).order_by(inbox.c.id)).all()
        replies = tx.execute(
            select(outbox).where(outbox.c.conversation.like(f"rest:{run}-%")).order_by(outbox.c.id)
        ).all()
    assert len(messages) == SENDERS * EACH
    assert {row.state for row in messages} == {DONE}
    assert all(row.body is None for row in messages), "what was asked is erased when it is answered"

    replies_to = defaultdict(list)
    for reply in replies:
        replies_to[reply.inbox_id].append(reply)
    for row in messages:
        mine_only = replies_to[row.id]
        assert [reply.position for reply in mine_only] == list(range(len(mine_only))), "answered exactly once"
        assert [reply.last for reply in mine_only].count(1) == 1
        response = responses[row.message_id]
        assert response.status == 200
        assert [message["text"] for message in response.body] == [reply.body["text"] for reply in mine_only]
        said(response.body)
    for sender in range(SENDERS):
        order = [reply.inbox_id for reply in replies if reply.conversation == f"rest:{run}-{sender}"]
        assert order == sorted(order), "the replies of a sender are in the order of the messages"


def ask(city: City, sender: str, text: str, message_id: str) -> Response:
    """Send a message, and again under the same id when the answer is said to be late."""
    while (response := city.post(sender, text, message_id)).status == 202:
        pass
    return response


def answered(city: City, run: str) -> int:
    """Wait until some messages are answered; how many."""
    deadline = time.monotonic() + 20
    while True:
        with city.database.read() as tx:
            query = select(func.count()).select_from(outbox).where(outbox.c.conversation.like(f"rest:{run}-%"))
            count = int(tx.execute(query).scalar_one())
        if count >= SENDERS:
            return count
        assert time.monotonic() < deadline
        time.sleep(0.005)
