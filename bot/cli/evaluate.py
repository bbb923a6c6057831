"""`zhengwu eval`: questions with expected answers, through the same path as a citizen's."""

from __future__ import annotations

import asyncio
from contextlib import suppress
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
    from bot.evaluation import read, write
    from bot.examination import Examination
    from bot.scoring import Line, report
    from knowledge_base.answering.mood import FILE, MoodModel
    from knowledge_base.library import open_library

    lines = read(file)
    settings, library = get_settings(), open_library()
    ready(library)
    moods = any("mood" in line for line in lines.values())
    mood = MoodModel.load(settings.model_dir / "language" / FILE) if moods else None
    examination = Examination(Rehearsal(settings), library, mood)
    predicted: list[Line] = []
    console = Console(stderr=True)

    async def run() -> None:
        with suppress(Exception):  # what fails here fails again below, and is told there
            await examination.ask(WARM_UP)
        for number, line in track(lines.items(), "asking", total=len(lines), console=console, transient=True):
            try:
                predicted.append(await examination.ask(line))
            except Exception as error:  # one message must not cost the answers to all others
                console.print(f"{file}:{number}: the turn failed: {error!r}", markup=False)
                predicted.append(examination.failed(line))

    asyncio.run(run())
    if predictions is not None:
        write(predictions, predicted)
    for row in report(list(lines.values()), predicted):
        typer.echo(row)
