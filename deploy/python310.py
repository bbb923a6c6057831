"""Finds a Python 3.10, the newest that Rasa runs on, whatever the machine's own python3 is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

VERSION = "3.10"
# A Python built without the libraries' headers lacks some of these; inside an environment we want the one it stands on.
PROBE = """
import bz2, ctypes, os, ssl, sqlite3, sys, zlib
own = sys.prefix == sys.base_prefix
print("%d.%d" % sys.version_info[:2], sys.executable if own else os.path.join(sys.base_prefix, "bin", "python3.10"))
"""
PROBE_WITHOUT_UV = "import ensurepip, venv" + PROBE
CURE = """\
Python 3.10 was not found. Any of these brings it, without touching the system's own; then run `make setup` again:
  uv, as root, on Debian, whose own pip refuses:
          apt-get install python3-venv && python3 -m venv /opt/uv && /opt/uv/bin/pip install uv
          ln -s /opt/uv/bin/uv /usr/local/bin/uv
  uv, where pip installs for a user:  python3 -m pip install --user uv
  pyenv (https://github.com/pyenv/pyenv):  pyenv install 3.10
uv fetches Python itself from GitHub: UV_PYTHON_INSTALL_MIRROR names a mirror of that.
If there is a Python 3.10 already: ZHENGWU_PYTHON=/path/to/python3.10 make setup"""


class NoPython(Exception):
    """No usable Python 3.10; the text is the cure."""


class Machine(NamedTuple):
    """Where to look."""

    environ: Mapping[str, str]
    home: Path

    def program(self, name: str) -> str | None:
        return shutil.which(name, path=self.environ.get("PATH", os.defpath))

    @property
    def uv(self) -> str | None:
        own = self.home / ".local" / "bin" / "uv"
        return self.program("uv") or (str(own) if os.access(own, os.X_OK) else None)


def find(machine: Machine, tell: Callable[[str], None] = lambda line: None) -> Path:
    """The interpreter to build the environment with; has uv install one when there is uv and nothing else.

    Raises:
        NoPython: there is none.
    """
    chosen = machine.environ.get("ZHENGWU_PYTHON")
    if chosen:
        path = probe(chosen, machine)
        if path is None:
            raise NoPython(f"ZHENGWU_PYTHON={chosen} is not a working Python {VERSION}: correct it or unset it")
        return path
    for candidate in candidates(machine):
        path = probe(candidate, machine)
        if path is not None:
            return path
    if machine.uv:
        tell(f"uv python install {VERSION}")
        installed = ask([machine.uv, "python", "install", VERSION], machine, timeout=900)
        path = by_uv(machine)
        if path is not None:
            return path
        why = f": {installed.stderr.strip().splitlines()[-1]}" if installed and installed.stderr.strip() else ""
        raise NoPython(f"`uv python install {VERSION}` failed{why}. Check the network, or:\n{CURE}")
    raise NoPython(CURE)


def candidates(machine: Machine) -> Iterator[str]:
    """Interpreters that may be there, in the order of trust."""
    on_path = machine.program("python3.10")
    if on_path:
        yield on_path
    yield from map(str, of_pyenv(Path(machine.environ.get("PYENV_ROOT") or machine.home / ".pyenv")))
    known = by_uv(machine)
    if known is not None:
        yield str(known)


def of_pyenv(root: Path) -> list[Path]:
    """Those of pyenv, the newest first; none where it is somebody else's: `runuser` leaves root's PYENV_ROOT there."""
    try:
        return sorted(root.glob("versions/3.10*/bin/python3.10"), key=patch_level, reverse=True)
    except PermissionError:
        return []


def patch_level(path: Path) -> tuple[int, ...]:
    """3.10.13 comes after 3.10.9."""
    return tuple(int(part) for part in path.parts[-3].split(".") if part.isdigit())


def by_uv(machine: Machine) -> Path | None:
    """The Python 3.10 that uv knows, if any."""
    if not machine.uv:
        return None
    answer = ask([machine.uv, "python", "find", "--system", VERSION], machine)
    return probe(answer.stdout.strip(), machine) if answer and answer.returncode == 0 else None


def probe(candidate: str, machine: Machine) -> Path | None:
    """The interpreter behind `candidate` if it runs, is 3.10 and is complete. (A pyenv shim may exist and not run.)"""
    answer = ask([candidate, "-c", PROBE if machine.uv else PROBE_WITHOUT_UV], machine)
    if answer is None or answer.returncode:
        return None
    version, _, path = answer.stdout.strip().partition(" ")
    return Path(path) if version == VERSION and path else None


def ask(command: list[str], machine: Machine, timeout: float = 60) -> subprocess.CompletedProcess[str] | None:
    """Run outside any project and environment, which uv and pyenv would otherwise prefer; None when it cannot run."""
    hidden = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
    environ = {name: value for name, value in machine.environ.items() if name not in hidden}
    try:
        return subprocess.run(
            command, cwd="/", env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
