"""A system under load: its address, how long it takes until it answers, the memory of its processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTS_WITHIN = 600.0


@dataclass
class Served:
    address: str
    process: subprocess.Popen[bytes]
    began: float
    """When its command was given, on the monotonic clock."""
    acknowledges: Callable[[str], bool] | None = None
    """Whether it takes a message at this address now; None: it says nothing before the answer."""
    names: Callable[[], Mapping[int, str]] = dict
    """Processes that say themselves what they are."""
    change: Callable[[str], float] | None = None
    """Has it answer differently from now on, without a new start; the seconds that took."""

    def first_acknowledgement(self) -> float | None:
        """Seconds from its command until it took a message; None where it never says so."""
        return None if self.acknowledges is None else self._until(self.acknowledges)

    def first_answer(self, text: str) -> float:
        """Seconds from its command until a message is answered; asked for again until then."""
        return self._until(lambda address: bool(ask(address, "first", text)))

    def _until(self, true: Callable[[str], bool]) -> float:
        while True:
            with suppress(OSError, ValueError):
                if true(self.address):
                    return time.monotonic() - self.began
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() - self.began < STARTS_WITHIN, "it does not answer"
            time.sleep(0.02)

    def processor(self) -> float:
        """Seconds that its living processes have kept a core busy so far."""
        root = self.process.pid
        return sum(worked(pid) for pid in (root, *descendants(root)))

    def memory(self) -> list[tuple[str, float]]:
        """Each process with the megabytes of its proportional set."""
        named, root = self.names(), self.process.pid
        found = [(named.get(pid) or called(pid), proportional(pid)) for pid in (root, *descendants(root))]
        return sorted(found)


def ask(address: str, sender: str, text: str) -> list[dict[str, Any]]:
    """What is answered to one message."""
    body = json.dumps({"sender": sender, "message": text}).encode()
    request = urllib.request.Request(f"{address}/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        said: list[dict[str, Any]] = json.load(response) if response.status == 200 else []
        return said


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield int(child)
            yield from descendants(int(child))


def called(pid: int) -> str:
    """The service of a process of ours, which a fork has as its name; else the program."""
    own = Path(f"/proc/{pid}/comm").read_text().strip()
    if not own.startswith("python"):
        return own
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    if "--only" in words:
        return words[words.index("--only") + 1]
    return next((word for word in words if word in ("rasa", "console", "bot.cli")), Path(words[0]).name)


def proportional(pid: int, kind: str = "Pss") -> float:
    """PSS in megabytes: what it shares with others counts in parts. `Pss_Anon`: without what lies in files."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


def worked(pid: int) -> float:
    """Seconds on a core, for itself and in the kernel (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
