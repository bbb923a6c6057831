"""`zhengwu eval`: questions with expected answers, through the same path as a citizen's."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import typer

from foundation import log
from foundation.errors import ContentError
from foundation.settings import get_settings


def evaluate(
    file: Path = typer.Argument(..., metavar="FILE.jsonl", exists=True, dir_okay=False),
    predictions: Path = typer.Option(None, metavar="OUT.jsonl", help="write what was answered, line by line"),
) -> None:
    """Ask every line of FILE as a new conversation and score the last turn's answer."""
    lines = read(file)

    log.configure("WARNING")  # before Rasa, which would print what it does among the scores
    from rich.progress import track

    from bot.conversation import Rehearsal, answer_of, ready
    from bot.scoring import report
    from knowledge_base.library import open_library

    ready(open_library())
    rehearsal = Rehearsal(get_settings())
    predicted: list[dict[str, Any]] = []

    async def run() -> None:
        for line in track(lines, "asking", transient=True):
            turns = line.get("turns") or [line["text"]]
            began = time.perf_counter()
            results = await rehearsal.converse(turns)
            spent = (time.perf_counter() - began) * 1000 / len(turns)
            predicted.append(
                {
                    "turns": turns,
                    "answer": answer_of(results[-1]),
                    "candidates": results[-1].candidates,
                    "latency_ms": round(spent, 2),
                }
            )

    asyncio.run(run())
    if predictions is not None:
        with predictions.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in predicted)
    for row in report(lines, predicted):
        typer.echo(row)


def read(file: Path) -> list[dict[str, Any]]:
    """The lines of an evaluation file.

    Raises:
        ContentError: a line is not JSON, or asks nothing.
    """
    lines = []
    for number, text in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise ContentError(f"{file}:{number}: not JSON ({error})") from error
        if not isinstance(line, dict) or not (line.get("turns") or "text" in line):
            raise ContentError(f'{file}:{number}: a line needs "turns" or "text"')
        lines.append(line)
    return lines
