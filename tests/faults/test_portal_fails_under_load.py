"""The portal fails in all its ways while citizens ask where their applications stand, and others other things: whoever
asks the portal is told so politely, nobody else is slowed, nothing is lost, and all goes on by itself."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import Request, urlopen

import pytest
from citizens import Crowd
from city import City, running
from probing import Prober, get
from promises import kept

from actions.applications.sentences import sentence

pytestmark = pytest.mark.slow
NUMBERS = ("SLS2026-112003-0145", "SLS2026-111806-0019", "SLS2026-110917-0064")
PROOF = "0011"
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "500"}, {"fault": "hang", "seconds": 30}, {"fault": "cut"},
    {"fault": "malformed"}, {"fault": "html"}, {"fault": "503"}, {"fault": "drip", "seconds": 30},
)  # fmt: skip
TROUBLE = {sentence(f"trouble.{name}", hotline="12345") for name in ("unavailable", "slow", "busy", "malformed")}
"""What may be said meanwhile: that the portal does not answer, with a number to call and a person."""
SLOWED = 2.5
"""Seconds, less than the three for which a portal is waited for: who had to wait for that is found out."""
RECOVERS = 300.0
"""Seconds. A portal that failed long is tried once a minute, by one citizen."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A system whose portal nobody else asks."""
    with running(tmp_path_factory.mktemp("town")) as city:
        yield city


class Applicants:
    """Those who ask where an application stands, and what they were told in the end: its kind and its text."""

    def __init__(self, city: City, many: int) -> None:
        self._city, self._pool = city, ThreadPoolExecutor(many)
        self.many = many
        self.told: list[tuple[str, str]] = []

    def ask(self) -> list[tuple[str, str]]:
        """All at once, each in a conversation of their own."""
        told = list(self._pool.map(self._ask, range(self.many)))
        self.told += told
        return told

    def _ask(self, place: int) -> tuple[str, str]:
        conversation = self._city.conversation()
        assert conversation.say(f"查{NUMBERS[place % len(NUMBERS)]}").kind == "form"
        said = conversation.say(PROOF)
        return said.kind, said.text

    def wait_told(self) -> float:
        """Until an application is told of again, with nobody doing anything but ask; the seconds that it took."""
        began = time.monotonic()
        while {kind for kind, _ in self.ask()} != {"status"}:
            assert time.monotonic() - began < RECOVERS, "the portal is well, and not asked any more"
            time.sleep(1)
        return time.monotonic() - began


def fault(city: City, wanted: dict[str, Any]) -> None:
    address = f"http://127.0.0.1:{city.environment['ZHENGWU_PORTAL_PORT']}/sandbox/faults"
    with urlopen(Request(address, json.dumps(wanted).encode(), {"Content-Type": "application/json"}), timeout=30):
        pass


@pytest.mark.parametrize(
    ("applicants", "seconds"), [(2, 0.0), pytest.param(12, 25.0, marks=pytest.mark.long)], ids=["2", "12"]
)
def test_only_who_asks_it_is_told(town: City, applicants: int, seconds: float) -> None:
    """Each fault lasts for one question at least, and for so many seconds."""
    asking, recovered = Applicants(town, applicants), dict[str, float]()
    before = looked_up(town)
    with Prober([town.address]) as prober:
        prober.wait_ok(RECOVERS)
        with Crowd([town.address], f"portal{time.monotonic_ns()}", rest=4, web=2) as crowd:
            crowd.wait_answered(len(crowd.citizens), RECOVERS)
            began = time.monotonic()
            assert {kind for kind, _ in asking.ask()} == {"status"}
            for wanted in FAULTS:
                fault(town, wanted)
                ends = time.monotonic() + seconds
                failed = asking.ask()
                while time.monotonic() < ends:
                    failed += asking.ask()
                fault(town, {"fault": "none"})
                assert {kind for kind, _ in failed} == {"fallback"} and {text for _, text in failed} <= TROUBLE, wanted
                recovered[wanted["fault"]] = asking.wait_told()
            ended = time.monotonic()
            waited = sorted(one.took for one in crowd.exchanges if began < one.at < ended)
        true(town, before, Counter(kind for kind, _ in asking.told))
    prober.check()
    assert {(probe.status, probe.ready) for probe in prober.between(began, ended)} == {(200, 1.0)}, "all is well here"
    answered = kept(town.database, crowd.citizens)
    p95 = waited[round(0.95 * len(waited)) - 1]
    print(
        f"\n{len(asking.told)} asked the portal; of {answered} others the 95th percentile waited {p95:.2f} s, "
        f"the last {waited[-1]:.2f} s; told again after "
        + ", ".join(f"{name} {took:.0f} s" for name, took in recovered.items())
    )
    assert p95 < SLOWED


def looked_up(city: City) -> Counter[str]:
    """How often the portal was asked with an ID card's last four, by what came of it, as /metrics says."""
    start, found = 'zhengwu_portal_calls_total{operation="with_last_four",outcome="', Counter[str]()
    for line in get(city.address, "/metrics")[1].splitlines():
        if line.startswith(start):
            outcome, _, value = line.removeprefix(start).partition('"} ')
            found[outcome] += int(float(value))
    return found


def true(city: City, before: Counter[str], told: Counter[str]) -> None:
    """/metrics counts each that asked, as soon as the worker has passed it on: who was told, and who was not."""
    deadline = time.monotonic() + 60
    while (found := looked_up(city) - before).total() < told.total() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (found["ok"], found.total()) == (told["status"], told.total()), (found, told)
