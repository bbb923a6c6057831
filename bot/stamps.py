"""What was done already, so that it is not done again; and doing a thing once at a time.

Standard library only: `deploy.setup` uses it before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Stamp:
    """A small file that names the inputs for which some step was completed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """What was written last; empty when nothing was."""
        try:
            return self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def says(self, value: str) -> bool:
        return self.read() == value

    def write(self, value: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(value, encoding="utf-8")
        new.replace(self._path)

    def remove(self) -> None:
        """Before the step is done again: a step cut short leaves no stamp."""
        self._path.unlink(missing_ok=True)


def fingerprint(root: Path, paths: Iterable[str], *more: str) -> str:
    """A hash of these files of `root` (of a folder: all below it, names included) and of `more`."""
    digest = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        for file in files_below(root / path):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()


def files_below(path: Path) -> list[Path]:
    """The file itself, or a folder's files without hidden ones and bytecode."""
    if not path.is_dir():
        return [path] if path.exists() else []
    hidden = (".", "__pycache__")
    found = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in found if not any(part.startswith(hidden) for part in file.relative_to(path).parts))


@contextmanager
def alone(lock: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Run the block while no other process holds `lock`; calls `waiting` when it must wait. Released however we end."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
