"""`zhengwu eval`: questions with expected answers, through the same path as a citizen's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from foundation import log
from foundation.settings import get_settings

WARM_UP = {"text": "你好"}
"""Asked first, so that the loading of dictionaries is not taken for the time of a turn."""


def evaluate(
    file: Path = typer.Argument(..., metavar="FILE.jsonl", exists=True, dir_okay=False),
    predictions: Path = typer.Option(
        None, metavar="OUT.jsonl", dir_okay=False, help="write what was answered, line by line"
    ),
) -> None:
    """Ask every line of FILE as a new conversation and score the last turn's answer."""
    log.configure("WARNING")  # before Rasa, which would print what it does among the scores
    from rich.console import Console
    from rich.progress import track

    from bot.conversation import Rehearsal, ready
    from bot.evaluation import Examination, read, write
    from bot.scoring import Line, report
    from knowledge_base.answering.mood import FILE, MoodModel
    from knowledge_base.library import open_library

    lines = read(file)
    settings, library = get_settings(), open_library()
    ready(library)
    moods = any("mood" in line for line in lines)
    mood = MoodModel.load(settings.model_dir / "language" / FILE) if moods else None
    examination = Examination(Rehearsal(settings), library, mood)
    predicted: list[Line] = []

    async def run() -> None:
        await examination.ask(WARM_UP)
        for line in track(lines, "asking", console=Console(stderr=True), transient=True):
            predicted.append(await examination.ask(line))

    asyncio.run(run())
    if predictions is not None:
        write(predictions, predicted)
    for row in report(lines, predicted):
        typer.echo(row)
