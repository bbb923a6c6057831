"""A portal that hangs costs nobody else time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from json import dumps
from urllib.request import Request, urlopen

import pytest
from city import City, Conversation

pytestmark = pytest.mark.slow

NUMBERS = ("SLS2026-112003-0145", "SLS2026-111806-0019", "SLS2026-110917-0064")
PROOF = "0011"
QUESTIONS = ("身份证丢了怎么补办", "护照换发要多少钱", "居住证签注去哪里办", "养老金怎么领", "驾照到期了怎么换")
CITIZENS, WAITING = 50, 12
OVER = 15.0
"""Seconds over which they begin, so that their time is the assistant's and not that of a queue of their own."""
ANSWERED_WITHIN = 4.5
"""Seconds: three for the portal, the rest for a turn on a busy machine."""


@contextmanager
def hanging(city: City) -> Iterator[None]:
    """The sandbox answers no look-up for 30 seconds; until it answers again at the end."""
    fault(city, {"fault": "hang", "seconds": 30})
    try:
        yield
    finally:
        fault(city, {"fault": "none"})
        deadline = time.monotonic() + 90
        while prove(about(city, NUMBERS[0]))[0] != "status":
            assert time.monotonic() < deadline, "the circuit breaker does not close"
            time.sleep(2)


def fault(city: City, wanted: dict[str, object]) -> None:
    address = f"http://127.0.0.1:{city.environment['ZHENGWU_PORTAL_PORT']}/sandbox/faults"
    with urlopen(Request(address, dumps(wanted).encode(), {"Content-Type": "application/json"}), timeout=5) as answer:
        assert answer.status < 300


def about(city: City, number: str) -> Conversation:
    """A conversation that has only the proof left to say."""
    conversation = city.conversation()
    conversation.say(f"查{number}")
    return conversation


def prove(conversation: Conversation) -> tuple[str, float]:
    """The kind of what came, and the seconds it took."""
    began = time.monotonic()
    kind = conversation.say(PROOF).kind
    return kind, time.monotonic() - began


def ask_all(city: City) -> float:
    """The 95th percentile, in seconds, of what citizens wait who ask one after the other, and some at once."""

    def ask(number: int) -> list[float]:
        conversation, times = city.conversation(), []
        time.sleep(OVER * number / CITIZENS)
        for question in (QUESTIONS[number % len(QUESTIONS)], QUESTIONS[(number + 1) % len(QUESTIONS)]):
            began = time.monotonic()
            assert conversation.say(question).kind in ("item", "options")
            times.append(time.monotonic() - began)
        return times

    with ThreadPoolExecutor(CITIZENS) as pool:
        times = sorted(one for each in pool.map(ask, range(CITIZENS)) for one in each)
    return times[round(0.95 * len(times)) - 1]


def crowded(city: City, waiting: list[Conversation]) -> tuple[float, list[tuple[str, float]]]:
    """The same crowd: some ask the portal at the beginning, all others ask questions. Their p95, and what those got."""
    with ThreadPoolExecutor(WAITING) as pool:
        proofs = [pool.submit(prove, one) for one in waiting]
        time.sleep(0.3)
        p95 = ask_all(city)
        return p95, [one.result() for one in proofs]


def test_others_are_not_kept_waiting(city: City) -> None:
    first, second = ([about(city, NUMBERS[place % len(NUMBERS)]) for place in range(WAITING)] for _ in range(2))
    ask_all(city)  # what is asked first also warms what both measurements use
    calm, _ = crowded(city, first)
    with hanging(city):
        hung, told = crowded(city, second)
    longest = max(seconds for _, seconds in told)
    print(f"\np95 of {CITIZENS} citizens: {calm:.3f} s, beside a hanging portal {hung:.3f} s: {hung / calm:.2f} times; "
          f"those at the portal were told within {longest:.1f} s")  # fmt: skip
    assert {kind for kind, _ in told} == {"fallback"}
    assert longest < ANSWERED_WITHIN + 2 * hung
    assert hung < 2 * calm + 0.2
