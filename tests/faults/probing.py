"""Asks each gateway's /health and /metrics all the time, to be compared with what was true."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

EVERY = 0.15
DEADLINE = 10.0
"""Seconds within which both must have answered, whatever is away; far beyond what they take, for busy machines."""


@dataclass(frozen=True)
class Probe:
    began: float
    ended: float
    status: int
    """0: nobody listens."""
    reason: str
    ready: float | None
    """What /metrics said of the same; None: it did not answer."""
    waiting: float | None
    """And of the messages that wait."""


@dataclass
class Prober:
    addresses: Sequence[str]
    probes: dict[str, list[Probe]] = field(default_factory=dict)

    def __enter__(self) -> Prober:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(one,), daemon=True) for one in self.addresses]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(3 * DEADLINE)

    def _ask_on(self, address: str) -> None:
        mine = self.probes.setdefault(address, [])
        while not self._over.is_set():
            began = time.monotonic()
            status, body = get(address, "/health")
            said = json.loads(body) if status else {}
            of_metrics, metrics = get(address, "/metrics")
            numbers = metrics if of_metrics == 200 else ""
            ready, waiting = value(numbers, "zhengwu_ready"), value(numbers, "zhengwu_inbox_waiting")
            mine.append(Probe(began, time.monotonic(), status, str(said.get("reason", "")), ready, waiting))
            self._over.wait(EVERY)

    @property
    def all(self) -> Iterator[Probe]:
        return (probe for probes in self.probes.values() for probe in list(probes))

    def between(self, began: float, ended: float) -> list[Probe]:
        """Those asked and answered within a time."""
        return [probe for probe in self.all if probe.began >= began and probe.ended <= ended]

    def wait_ok(self, seconds: float) -> float:
        """Until every gateway says so; the seconds that it took."""
        began = time.monotonic()
        while not (
            self.probes and all(p and p[-1].began > began and p[-1].status == 200 for p in self.probes.values())
        ):
            assert time.monotonic() - began < seconds, (
                f"not ok for {seconds:.0f} s: {[p[-1] for p in self.probes.values()]}"
            )
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_asked(self, since: float, times: int, seconds: float) -> list[Probe]:
        """Until every gateway was asked so often since then; all of those."""
        deadline = time.monotonic() + seconds
        while True:
            found = [[probe for probe in list(probes) if probe.began >= since] for probes in self.probes.values()]
            if all(len(probes) >= times for probes in found):
                return [probe for probes in found for probe in probes]
            assert time.monotonic() < deadline, f"not asked {times} times within {seconds:.0f} s"
            time.sleep(0.05)

    def check(self) -> None:
        """Whoever listened answered, within DEADLINE, and with a reason where it was not ok."""
        hung = [probe for probe in self.all if probe.ended - probe.began > DEADLINE]
        assert not hung, f"/health or /metrics hung: {hung[:3]}"
        odd = [
            probe
            for probe in self.all
            if probe.status not in (0, 200, 503) or (probe.status == 503) != bool(probe.reason)
        ]
        assert not odd, odd[:3]


def get(address: str, path: str) -> tuple[int, str]:
    """Status and body; 0 while nobody listens or nothing comes within DEADLINE."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=DEADLINE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def value(metrics: str, name: str) -> float | None:
    """The sum of a number over its labels; None: it is not there."""
    found = [
        float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith((f"{name} ", f"{name}{{"))
    ]
    return sum(found) if found else None
