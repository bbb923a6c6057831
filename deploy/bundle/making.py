"""`make bundle`: the archive of the commit that is checked out, for machines like this one.

In it is the commit, not what lies in the checkout besides, and the models and vectors that were made from it here.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from bot import child, training
from bot.child import CommandFailed
from bot.progress import Steps
from bot.stamps import Stamp, fingerprint
from deploy.bundle import contents, python
from deploy.bundle.contents import Label
from deploy.environment import LOCK, without_other_pythons
from foundation.schema import newest
from foundation.settings import ROOT, Settings, get_settings

LEFT_OUT = ("tests", ".ci")
"""Of the commit: what an office has no use for."""
COMPILED = 1.2
"""Of packages and program, with their bytecode, to without."""


class BundleFailed(Exception):
    """No archive was made; the text names the cure."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bundle", description="Make the archive that installs offline.")
    parser.add_argument("--to", type=Path, default=ROOT / "var" / "bundle", help="the folder to write it to")
    options = parser.parse_args(arguments)
    try:
        archive = make(ROOT, get_settings(), options.to)
    except (BundleFailed, python.NotRelocatable) as error:
        print(f"\nmake bundle: {error}", file=sys.stderr)
        return 1
    print(f"{archive}  {archive.stat().st_size >> 20} MB")
    return 0


def make(root: Path, settings: Settings, folder: Path) -> Path:
    """Write `zhengwu-<version>-<platform>.tar.gz` and its checksum into `folder`; its path.

    Raises:
        BundleFailed, NotRelocatable: the text names the cure.
    """
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        print("make bundle: what is not committed will not be in it", file=sys.stderr)
    if not training.is_current(settings):
        raise BundleFailed("the models are not those of this code: run `make setup`")
    steps = Steps(5)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as work:
        version = version_of(root)
        name = f"zhengwu-{version}-{contents.this_platform()}"
        tree = Path(work) / name
        tree.mkdir()
        with steps.step("Python"):
            python.take_along(Path(sys.base_prefix), tree / contents.PYTHON)
        with steps.step("安装包") as step:
            wheels = gather_wheels(root, root / "var" / "wheels", step.tell)
            shutil.copytree(wheels, tree / contents.WHEELS)
        with steps.step("程序、模型和内容"):
            copy_program(root, settings, tree)
        with steps.step("校验值"):
            label(root, tree, version).write(tree)
            contents.write_sums(tree)
        with steps.step("压缩"):
            packed = Path(work) / f"{name}.tar.gz"
            with tarfile.open(packed, "w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as archive:
                archive.add(tree, name, filter=nobodys)
        archive_path = folder / packed.name
        packed.replace(archive_path)
    sums = archive_path.with_name(f"{archive_path.name}.sha256")
    sums.write_text(f"{contents.checksum(archive_path)}  {archive_path.name}\n", encoding="utf-8")
    return archive_path


def version_of(root: Path) -> str:
    """The version in pyproject.toml and the commit: two commits of one version lie beside each other."""
    said = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if said is None:
        raise BundleFailed("pyproject.toml has no version")
    return f"{said[1]}-{git(root, 'rev-parse', '--short=7', 'HEAD')}"


def gather_wheels(root: Path, cache: Path, tell: training.Tell) -> Path:
    """Every package of the lock file as a wheel, built here where its authors give only sources; kept in `cache`.

    They are built with what the checkout's environment has, so that nothing comes along that no lock file names.

    Raises:
        BundleFailed: pip's last words are in the text.
    """
    made = Stamp(cache / "made-from")
    wanted = fingerprint(root, (LOCK,), sys.version)
    if made.says(wanted):
        return cache / contents.WHEELS
    shutil.rmtree(cache, ignore_errors=True)
    with tempfile.TemporaryDirectory() as tools:  # that environment may have no pip: uv makes it without
        pip = [f"{tools}/bin/python", "-m", "pip", "--python", sys.executable, "wheel", "--no-build-isolation"]
        options = ["--no-deps", "--require-hashes", "--progress-bar", "off", "-w", str(cache / contents.WHEELS)]
        log = root / "var" / "logs" / "bundle.log"
        try:
            for command in (
                [str(Path(sys.base_prefix) / "bin" / "python3.10"), "-m", "venv", tools],
                [*pip, *options, "-r", str(root / LOCK)],
            ):
                child.run(command, log, root, without_other_pythons(), tell)
        except CommandFailed as error:
            raise BundleFailed(f"the packages could not be gathered, {error}") from error
    made.write(wanted)
    return cache / contents.WHEELS


def copy_program(root: Path, settings: Settings, tree: Path) -> None:
    program = tree / contents.PROGRAM
    program.mkdir()
    exported = tree / "commit.tar"
    git(root, "archive", "--format=tar", f"--output={exported}", "HEAD")
    with tarfile.open(exported) as archive:
        archive.extractall(program)
    exported.unlink()
    for name in LEFT_OUT:
        shutil.rmtree(program / name, ignore_errors=True)
    shutil.copytree(settings.model_dir, program / "models", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(settings.var_dir / "vectors", tree / contents.VECTORS)
    allow_built(program / LOCK, tree / contents.WHEELS)
    shutil.copy(program / "deploy" / "bundle" / contents.INSTALLER, tree)
    shutil.copy(program / "docs" / contents.GUIDE, tree)


def allow_built(lock: Path, wheels: Path) -> None:
    """Name in a lock file the wheels that were built here, so that they, too, are installed by their hashes."""
    text = lock.read_text(encoding="utf-8")
    for wheel in wheels.glob("*.whl"):
        digest = contents.checksum(wheel)
        if digest not in text:
            name, version = wheel.name.split("-")[:2]
            pattern = rf"(?mi)^({re.sub('[-_.]+', '[-_.]+', name)}(?:\[[^]]*\])?=={re.escape(version)}[^\n\\]*\\\n)"
            text, times = re.subn(pattern, rf"\g<1>    --hash=sha256:{digest} \\\n", text)
            if times != 1:
                raise BundleFailed(f"{wheel.name} is not in {lock.name}: remove var/wheels and try again")
    lock.write_text(text, encoding="utf-8")


def label(root: Path, tree: Path, version: str) -> Label:
    lowest = (0, 0)
    size = sum(file.stat().st_size for file in (tree / contents.PROGRAM).rglob("*") if file.is_file())
    size += sum(file.stat().st_size for file in (tree / contents.PYTHON).rglob("*") if file.is_file())
    for file in python.elf_files(tree / contents.PYTHON):
        lowest = max(lowest, python.glibc_needed(file.read_bytes()))
    for wheel in (tree / contents.WHEELS).glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            for entry in packed.infolist():
                size += entry.file_size
                if ".so" in entry.filename:
                    lowest = max(lowest, python.glibc_needed(packed.read(entry)))
    glibc = ".".join(map(str, lowest))
    return Label(version, contents.this_platform(), glibc, newest(), int(size * COMPILED) >> 20)


def nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whoever unpacks it can read it, whatever the maker's umask is."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def git(root: Path, *arguments: str) -> str:
    """What git says.

    Raises:
        BundleFailed: git is not there, or this is no checkout.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        raise BundleFailed("git is not installed: an archive is made from a commit") from None
    if done.returncode:
        raise BundleFailed(f"`git {arguments[0]}` failed: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
