"""Builds `.venv` from the lock files, and only where it is not as they say."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bot import child
from bot.stamps import Stamp
from deploy import python310
from deploy.python310 import Machine

LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"
SPACE = 5 * 1024**3
"""Bytes that the environment and the unpacking of it take."""
# A shell finds the environment's Python, so that the checkout may be moved and its path be long or have spaces.
LAUNCHER = """#!/bin/sh
'''exec' "$(dirname "$(readlink -f "$0")")/python" "$0" "$@"
' '''
import sys
from bot.cli import main
sys.exit(main())
"""
UP_TO_THE_ROOT = "../../../..\n"
"""From .venv/lib/python3.10/site-packages."""

Tell = Callable[[str], None]


class InstallFailed(Exception):
    """The environment could not be built; the text names the cure."""


class Environment:
    """The checkout's `.venv`."""

    def __init__(self, root: Path, machine: Machine) -> None:
        self._root = root
        self._machine = machine
        self._folder = root / ".venv"
        self._stamp = Stamp(self._folder / ".zhengwu")
        self.python = self._folder / "bin" / "python"

    def current(self, dev: bool) -> bool:
        """Whether everything that the lock files name was installed, and is still there in its version."""
        if not (self._runs() and self._stamped(dev)):
            return False
        return (self._folder / "bin" / "zhengwu").exists() and self._complete(dev)

    def build(self, dev: bool, tell: Tell) -> None:
        """Install what is missing; a broken or half-built environment is built anew.

        Raises:
            InstallFailed, NoPython: the text names the cure.
        """
        if not (self._runs() and self._complete(dev)):
            self._install(dev, tell)
        self._link()
        self._stamp.write(json.dumps(self._wanted(dev)))

    def _install(self, dev: bool, tell: Tell) -> None:
        free = shutil.disk_usage(self._root).free
        if free < SPACE:
            raise InstallFailed(f"{free >> 20} MB are free below {self._root}, {SPACE >> 20} MB are needed: make room")
        # Without a stamp it was cut short (or is somebody else's): what is in it cannot be trusted.
        usable = self._runs() and self._stamp.read() and (self._machine.uv or self._has_pip())
        self._stamp.remove()
        if usable:
            self._install_into(dev, tell)
            if self._complete(dev):  # what lost some of its files is there to an installer
                return
        self._create(python310.find(self._machine, tell), tell)
        self._install_into(dev, tell)

    def _install_into(self, dev: bool, tell: Tell) -> None:
        """What the lock file names, into the environment that is there."""
        lock = str(self._root / (DEV_LOCK if dev else LOCK))
        tell(Path(lock).name)
        if self._machine.uv:
            command = [self._machine.uv, "pip", "sync", "--python", str(self.python), "--require-hashes", lock]
        else:
            pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            command = [*pip, "--progress-bar", "off", "--require-hashes", "--no-deps", "-r", lock]
        self._run(command, tell)

    def _create(self, python: Path, tell: Tell) -> None:
        tell(str(python))
        if self._folder.is_symlink() or self._folder.is_file():
            self._folder.unlink()
        elif self._folder.exists():
            shutil.rmtree(self._folder)
        if self._machine.uv:
            command = [self._machine.uv, "venv", "--no-project", "--python", str(python), str(self._folder)]
        else:
            command = [str(python), "-m", "venv", str(self._folder)]
        self._run(command, tell)

    def _link(self) -> None:
        """Make the checkout's packages importable, and write the console script: no build is needed."""
        packages = self._folder / "lib" / "python3.10" / "site-packages"
        (packages / "zhengwu.pth").write_text(UP_TO_THE_ROOT, encoding="utf-8")
        script = self._folder / "bin" / "zhengwu"
        script.write_text(LAUNCHER, encoding="utf-8")
        script.chmod(0o755)

    def _run(self, command: list[str], tell: Tell) -> None:
        try:
            child.run(command, self._root / "var" / "logs" / "setup.log", self._root, without_other_pythons(), tell)
        except child.CommandFailed as error:
            raise InstallFailed(f"`{' '.join(command[:4])} …` failed, {error}\n\n{cure(error.tail)}") from error

    def _wanted(self, dev: bool) -> dict[str, str]:
        names = (LOCK, DEV_LOCK) if dev else (LOCK,)
        return {name: hashlib.sha256((self._root / name).read_bytes()).hexdigest() for name in names}

    def _stamped(self, dev: bool) -> bool:
        try:
            have = json.loads(self._stamp.read() or "{}")
        except ValueError:
            return False
        return self._wanted(dev).items() <= have.items()

    def _runs(self) -> bool:
        return self._asks("-c", "import sys; sys.exit(sys.version_info[:2] != (3, 10))")

    def _has_pip(self) -> bool:
        return self._asks("-c", "import pip")

    def _complete(self, dev: bool) -> bool:
        return self._asks("-m", "bot.requirements", *self._wanted(dev))

    def _asks(self, *arguments: str) -> bool:
        try:
            done = subprocess.run(
                [str(self.python), *arguments], cwd=self._root, env=without_other_pythons(), capture_output=True
            )
        except OSError:
            return False
        return done.returncode == 0


def cure(output: str) -> str:
    """What to do about an installer's last words."""
    said = output.lower()
    if "no space left" in said:
        return "The disk is full: make room and run `make setup` again."
    if "hash" in said and ("mismatch" in said or "do not match" in said):
        return "A package is not the one that the lock file names: check the mirror (PIP_INDEX_URL, UV_DEFAULT_INDEX)."
    if any(sign in said for sign in ("connection", "resol", "timed out", "network", "dns", "no matching distribution")):
        return (
            "The package index was not reached: check the network or the mirror (PIP_INDEX_URL, UV_DEFAULT_INDEX, "
            "HTTPS_PROXY) and run `make setup` again; it goes on where it stopped."
        )
    return "Mend what it says and run `make setup` again."


def without_other_pythons() -> dict[str, str]:
    """This process' environment, for a child that is to find its own packages and nobody else's."""
    hidden = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    return {name: value for name, value in os.environ.items() if name not in hidden} | {"PYTHONUTF8": "1"}
