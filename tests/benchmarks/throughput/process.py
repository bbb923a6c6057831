"""A system under load: its address, how long it took to answer, the memory of its processes."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTS_WITHIN = 300.0


@dataclass
class Served:
    address: str
    process: subprocess.Popen[bytes]

    def first_answer(self, text: str) -> float:
        """Seconds from now until a message is answered; asked for again until then."""
        began = time.monotonic()
        while True:
            try:
                if ask(self.address, "first", text):
                    return time.monotonic() - began
            except (OSError, ValueError):
                pass
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() - began < STARTS_WITHIN, "it does not answer"
            time.sleep(0.02)

    def memory(self) -> dict[str, float]:
        """Megabytes of proportional set size of each process, by what it is started as."""
        found: dict[str, float] = {}
        for pid in (self.process.pid, *descendants(self.process.pid)):
            name = called(pid)
            found[name] = found.get(name, 0.0) + proportional(pid)
        return found


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
    """The service of a process of ours; else the program."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    if "--only" in words:
        return words[words.index("--only") + 1]
    return next((word for word in words if word in ("rasa", "console", "bot.cli")), Path(words[0]).name)


def proportional(pid: int) -> float:
    """PSS: what it shares with others counts in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
