"""The load: clients that each write, wait for the answer, and write again, over REST. Runs in a process of its own.

    python -m tests.benchmarks.throughput.load ADDRESS CLIENTS SECONDS MESSAGES.json

prints one line of JSON: how many were answered, how many were not, milliseconds of each, and what kinds of answers.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from foundation.settings import ROOT

TALK = 6
"""Messages of one conversation."""


class Measured(NamedTuple):
    seconds: float
    answered: int
    failed: int
    milliseconds: list[float]
    kinds: Mapping[str, int] = {}
    """How many answers of each kind."""

    @property
    def a_second(self) -> float:
        return self.answered / self.seconds


async def client(
    session: aiohttp.ClientSession,
    address: str,
    name: str,
    messages: Sequence[str],
    until: float,
    out: list[float],
    kinds: Counter[str],
) -> int:
    """One client until the time is over; how many of its messages were not answered."""
    failed = 0
    for number, text in enumerate(messages):
        began = time.perf_counter()
        if began >= until:
            break
        body = {"sender": f"{name}-{number // TALK}", "message": text}
        try:
            async with session.post(f"{address}/webhooks/rest/webhook", json=body) as response:
                said = await response.json()
                good = response.status == 200 and bool(said)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            good = False
        if good:
            out.append((time.perf_counter() - began) * 1000)
            kinds[kind_of(said)] += 1
        else:
            failed += 1
    else:
        raise SystemExit("there were not enough messages")
    return failed


def kind_of(said: Sequence[dict[str, Any]]) -> str:
    """What the last message of an answer says that it is; plain Rasa's have their kind in brackets (plain_rasa.py)."""
    answer = said[-1].get("custom", {}).get("answer")
    if answer is not None:
        return str(answer["kind"])
    text = str(said[-1].get("text", ""))
    return text.strip("（）") if text.startswith("（") else "unit"


async def run(address: str, clients: int, seconds: float, messages: Sequence[str]) -> Measured:
    out: list[float] = []
    kinds: Counter[str] = Counter()
    timeout, mark = aiohttp.ClientTimeout(total=60), f"{time.time_ns():x}"
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        share = len(messages) // clients
        work = [
            client(session, address, f"{mark}-{n}", messages[n * share : (n + 1) * share], began + seconds, out, kinds)
            for n in range(clients)
        ]
        failed = sum(await asyncio.gather(*work))
        return Measured(time.perf_counter() - began, len(out), failed, out, kinds)


def elsewhere(address: str, clients: int, seconds: float, messages: Sequence[str], folder: Path) -> Measured:
    """Run the load in another process."""
    file = folder / "messages.json"
    file.write_text(json.dumps(list(messages), ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-m", "tests.benchmarks.throughput.load", address, str(clients), str(seconds), str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Measured(*json.loads(done.stdout))


if __name__ == "__main__":
    where, how_many, how_long, source = sys.argv[1:]
    texts = json.loads(Path(source).read_text(encoding="utf-8"))
    print(json.dumps(asyncio.run(run(where, int(how_many), float(how_long), texts))))
