"""Is there room for logs, vectors and a new model, and may the services write where they do?"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.doctor.finding import Sick
from foundation.settings import Settings

SPACE = 1024**3
"""Bytes that must be free for logs, vectors and a new model."""
FILES = 10_000
"""Inodes that must be free where the file system counts them."""
OWNER = "give it to the user that runs the services"


def disk(settings: Settings) -> str:
    folders = dict.fromkeys(nearest(folder) for folder in used(settings))
    seen = {folder: os.statvfs(folder) for folder in folders}
    for folder, state in seen.items():
        if state.f_flag & os.ST_RDONLY:
            cure = (
                "`dmesg` tells whether the disk failed; mount it to be written to, or name another in ZHENGWU_VAR_DIR"
            )
            raise Sick(f"{folder} lies on a file system that is read-only", cure)
        if not os.access(folder, os.W_OK):
            raise Sick(f"{folder} cannot be written to by this user", OWNER)
        if (free := state.f_bavail * state.f_frsize) < SPACE:
            raise Sick(f"{free >> 20} MB are free at {folder}", f"make room: {SPACE >> 20} MB at least")
        if state.f_files and state.f_favail < FILES:
            raise Sick(
                f"{state.f_favail} more files can be made at {folder} (inodes)",
                f"remove small files that nobody needs: {FILES} at least (`df -i`)",
            )
    return f"{min(state.f_bavail * state.f_frsize for state in seen.values()) >> 30} GB are free"


def used(settings: Settings) -> list[Path]:
    """The folders that the services write to. Models are only read: in an image, say, they are somebody else's."""
    found = [settings.var_dir]
    try:
        url = make_url(settings.database_url)
    except ArgumentError:  # said by another check
        return found
    if url.get_backend_name() == "sqlite" and url.database:
        found.append(Path(url.database).parent)
    return found


def nearest(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())
