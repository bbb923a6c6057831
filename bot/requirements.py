"""What a lock file asks for and this environment lacks. Standard library only."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """Name → version of a compiled lock file's text."""
    return dict(PINNED.findall(lock))


def missing(lock: Path) -> list[str]:
    """The packages that are absent, half installed, or there in another version, as `name==version`."""
    found = []
    for name, version in pinned(lock.read_text(encoding="utf-8")).items():
        try:
            package = distribution(name)
        except PackageNotFoundError:
            found.append(f"{name}=={version}")
            continue
        # What installers write last.
        whole = package.read_text("RECORD") or package.read_text("installed-files.txt")
        if package.version != version or not whole:
            found.append(f"{name}=={version}")
    return found


if __name__ == "__main__":
    absent = [line for path in sys.argv[1:] for line in missing(Path(path))]
    print("\n".join(absent))
    sys.exit(bool(absent))
