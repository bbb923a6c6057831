"""Whether files are as they were written: their SHA-256 in a file `checksums` above them, as `sha256sum -c` reads it.

Formats without a sum of their own load with whatever a bad disk or half a copy has made of them, and answer with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

NAME = "checksums"


def write(folder: Path, files: Iterable[Path]) -> None:
    """Note how files of a folder, or of one in it, are now; all that was noted before is forgotten."""
    lines = [f"{digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in sorted(files)]
    new = folder / f"{NAME}.new"
    new.write_text("".join(lines), encoding="utf-8")
    new.replace(folder / NAME)


def damaged(folder: Path) -> Iterator[Path]:
    """The files of a folder that are not as was noted. What is missing is passed over, and what was never noted."""
    for name, noted in _noted(folder).items():
        if (file := folder / name).is_file() and digest(file) != noted:
            yield file


def is_whole(file: Path) -> bool:
    """Whether a file is as was noted in its folder, or never was."""
    noted = _noted(file.parent).get(file.name)
    return noted is None or not file.is_file() or digest(file) == noted


def digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _noted(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    return {name: noted for noted, _, name in (line.partition("  ") for line in lines) if name}
