"""Is there room for logs, vectors and a new model, and may the services write there?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bot.doctor.finding import Sick
from foundation.settings import Settings

SPACE = 1024**3
"""Bytes that must be free for logs, vectors and a new model."""


def disk(settings: Settings) -> str:
    folders = dict.fromkeys(nearest(folder) for folder in (settings.var_dir, settings.model_dir))
    least = min(folders, key=lambda folder: shutil.disk_usage(folder).free)
    free = shutil.disk_usage(least).free
    if free < SPACE:
        raise Sick(f"{free >> 20} MB are free at {least}", f"make room: {SPACE >> 20} MB at least")
    if not all(os.access(folder, os.W_OK) for folder in folders):
        raise Sick(
            f"{' or '.join(map(str, folders))} cannot be written to", "give it to the user that runs the services"
        )
    return f"{free >> 30} GB are free"


def nearest(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())
