"""`zhengwu train`: the models, from `data/`."""

from __future__ import annotations

import typer

from bot import training
from bot.progress import Steps
from foundation.settings import get_settings


def train(force: bool = typer.Option(False, "--force", help="also when nothing has changed")) -> None:
    """Train the models where the training data has changed. Running workers take them up when they restart."""
    settings = get_settings()
    if not force and training.is_current(settings):
        typer.echo(f"the models in {settings.model_dir} are up to date")
        return
    with Steps(1).step("训练模型") as step:
        training.train(settings, force, step.tell)
