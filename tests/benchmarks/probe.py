"""Loads one Rasa model in a fresh process, parses sentences, and writes down what that took.

python -m tests.benchmarks.probe MODEL.tar.gz SENTENCES.json RESULT.json
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any


def memory() -> float:
    """Resident memory of this process, in MB; shared pages count fully, whoever else has them."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


async def measure(model: Path, sentences: list[str]) -> dict[str, Any]:
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    imported = memory()
    agent = Agent.load(model)
    await agent.parse_message(sentences[0])
    ready = {"ready_at": time.time(), "ready_cpu": time.process_time(), "imported": imported, "memory": memory()}

    for sentence in sentences[:50]:
        await agent.parse_message(sentence)
    parsed, milliseconds, cpu = [], [], time.process_time()
    for sentence in sentences:
        began = time.perf_counter()
        said = await agent.parse_message(sentence)
        milliseconds.append((time.perf_counter() - began) * 1000)
        parsed.append((said["intent"]["name"], said.get("understanding", {}).get("aspect")))
    cpu = (time.process_time() - cpu) * 1000 / len(sentences)
    return {**ready, "memory_after": memory(), "milliseconds": milliseconds, "parse_cpu": cpu, "parsed": parsed}


def main(model: str, sentences: str, result: str) -> None:
    asked = json.loads(Path(sentences).read_text(encoding="utf-8"))
    Path(result).write_text(json.dumps(asyncio.run(measure(Path(model), asked)), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
