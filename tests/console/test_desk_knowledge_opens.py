"""Opening the knowledge base takes seconds, on a busy machine many: who looks something up waits, and nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from console_people import Office
from desk_console import Agent, publish

from console import knowledge
from console.house import THREADS, House


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The knowledge base opens when this is set."""
    opened = threading.Event()
    real = knowledge.Knowledge

    def slowly(house: House) -> knowledge.Knowledge:
        assert opened.wait(60)
        return real(house)

    monkeypatch.setattr(knowledge, "Knowledge", slowly)
    yield opened
    opened.set()


def test_others_do_not_wait_for_it(desk: Office, held: threading.Event) -> None:
    publish(desk)
    agents = [Agent(desk, f"agent{number}") for number in range(THREADS + 1)]
    question = {"text": "拍身份证照片要自己带照片吗"}
    with ThreadPoolExecutor(len(agents)) as people:
        looking = [people.submit(agent.post, "/desk/knowledge", question) for agent in agents[1:]]
        time.sleep(2)  # until all of them are where they wait
        try:
            lists = people.submit(agents[0].get, "/desk/lists")
            assert lists.result(20)["waiting"] == []
            assert not any(one.done() for one in looking)
        finally:
            held.set()
        assert [one.result(60)["found"][0]["id"] for one in looking] == ["photo"] * THREADS
