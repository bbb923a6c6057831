"""A release's environment: installed from the archive, or shared with a release that has the very same packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bot.progress import Step, Steps
from bot.requirements import pinned
from deploy.bundle import contents
from deploy.environment import LOCK, Environment
from deploy.python310 import Machine

VENV = ".venv"
INTERPRETER = Path(contents.PYTHON, "bin", "python3.10")
"""In a release, and in an archive."""


def install_packages(bundle: Path, release: Path, steps: Steps) -> None:
    """Build the environment by the release's own Python, asking no index; with the bytecode of everything.

    Raises:
        InstallFailed, NoPython: the text names the cure.
    """
    environment = Environment(release, Machine({"PATH": str(release / contents.PYTHON / "bin")}, release / "nobody"))
    if environment.current(dev=False):
        steps.skip("安装运行环境")
        return
    with steps.step("安装运行环境") as step:
        twin = find_twin(release.parent, release / LOCK, release / INTERPRETER, but=release)
        if twin is not None:
            step.tell(f"the packages of {twin.name}")
            share(twin, release)
        wheels = (bundle / contents.WHEELS).resolve().as_uri()
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": wheels,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
        }
        os.environ.update(offline, PIP_NO_COMPILE="1")
        environment.build(dev=False, tell=step.tell)
        compile_all(environment.python, release, step)


def find_twin(releases: Path, lock: Path, interpreter: Path, but: Path) -> Path | None:
    """Another release than `but` that has all packages of a lock file, on the same Python; None where there is none."""
    others = (one for one in sorted(releases.iterdir()) if one != but)
    return next((one for one in others if is_twin(one, lock, interpreter)), None)


def is_twin(other: Path, lock: Path, interpreter: Path) -> bool:
    return (
        Environment(other, Machine({}, other)).current(dev=False)
        and pinned((other / LOCK).read_text("utf-8")) == pinned(lock.read_text("utf-8"))
        and (other / INTERPRETER).read_bytes() == interpreter.read_bytes()
    )


def share(twin: Path, release: Path) -> None:
    """Take over its environment by hard links: no time and no space. Either release may be removed afterwards."""
    unfinished = release / f"{VENV}.new"
    for leftover in (unfinished, release / VENV):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(twin / VENV, unfinished, symlinks=True, copy_function=link)
    for file in (unfinished / "pyvenv.cfg", *sorted((unfinished / "bin").iterdir())):
        if file.is_symlink():
            target = str(file.readlink())
            file.unlink()
            file.symlink_to(target.replace(f"{twin}/", f"{release}/"))
        elif file.is_file() and f"{twin}/".encode() in (text := file.read_bytes()):
            mode = file.stat().st_mode
            file.unlink()  # what is written must not be written into the other's
            file.write_bytes(text.replace(f"{twin}/".encode(), f"{release}/".encode()))
            file.chmod(mode)
    unfinished.rename(release / VENV)


def link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def compile_all(python: Path, release: Path, step: Step) -> None:
    """Bytecode of everything, now: the services may not write here later. What is there is left as it is."""
    step.tell("bytecode")
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [python, "-m", "compileall", "-q", "-j", "0", "."], cwd=release, env=environ, capture_output=True, check=False
    )  # a few files of packages are for other versions of Python; those are never loaded
