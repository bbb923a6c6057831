"""What lies in an archive, and what it says of itself. Standard library only."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

PYTHON, WHEELS, PROGRAM, VECTORS = "python", "wheels", "program", "vectors"
SUMS, LABEL, INSTALLER, GUIDE = "SHA256SUMS", "bundle.json", "install.sh", "installing-offline.md"
CONTENTS = (PYTHON, WHEELS, PROGRAM, VECTORS, LABEL, INSTALLER, GUIDE)


@dataclass(frozen=True)
class Label:
    """Which program this is, and where it runs; install.sh reads it, too."""

    version: str
    """The program's, with the commit: 0.1.0-3f2a9c1."""
    platform: str
    """linux-x86_64 …"""
    glibc: str
    """The lowest version that everything in it runs on."""
    schema: str
    """The last migration that it knows."""
    space: int
    """MiB that one installed release takes."""

    def write(self, folder: Path) -> None:
        (folder / LABEL).write_text(json.dumps(asdict(self), indent=0) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Label:
        """Raises OSError where there is none, ValueError or TypeError where it is none of ours."""
        return cls(**json.loads((folder / LABEL).read_text(encoding="utf-8")))


def this_platform() -> str:
    """As in `Label.platform`."""
    return f"{platform.system().lower()}-{platform.machine()}"


def checksum(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        for block in iter(lambda: opened.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_sums(folder: Path) -> None:
    """The list of checksums of every file below `folder`, as `sha256sum -c` reads it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    lines = [f"{checksum(file)}  {file.relative_to(folder).as_posix()}\n" for file in files if file.name != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
