"""An installation's folder: releases beside each other, what they share, and which of them is in use.

    releases/<version>/    a program with its own Python, packages and models; never changed once it is complete
    shared/                .env, var/ (the database) and backups/: of all releases
    current, previous      links to two of the releases
    zhengwu, back.sh       commands

Standard library only.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.bundle.contents import Label

COMMAND = """#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/current/.venv/bin/zhengwu" "$@"
"""
BACK = """#!/bin/sh
# 回到升级前的版本；内容、对话和账号不变。
folder=$(dirname "$(readlink -f "$0")")
cd "$folder/current" && exec ./python/bin/python3.10 -s -m deploy.bundle.going_back "$folder"
"""
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""What the units hide from the services: systemd.exec(5), ProtectHome."""
STOPPING = 15.0
"""Seconds until a worker that was stopped counts as gone."""


class Refused(Exception):
    """It did not go on; what was done until then is complete by itself. The text names the cure."""


class Installation:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shared = folder / "shared"
        self.backups = self.shared / "backups"
        self._current = folder / "current"
        self._previous = folder / "previous"

    def release(self, version: str) -> Path:
        """The folder of a release, which may not be there yet."""
        return self.folder / "releases" / version

    @property
    def current(self) -> Path | None:
        return followed(self._current)

    @property
    def previous(self) -> Path | None:
        """The release that was in use before the present one."""
        before = followed(self._previous)
        return None if before == self.current else before

    def prepare(self) -> None:
        """Make the folders that are missing.

        Raises:
            Refused: we may not, or we are root and the folder was made for another, as whom the services are to run; or
                it is a new one that the services would not see.
        """
        hidden = next((one for one in HIDDEN if self.folder.resolve().is_relative_to(one)), None)
        if hidden is not None and self.current is None:
            raise Refused(
                f"{self.folder} 在 {hidden} 里面，系统服务看不到那里（单元文件里的 ProtectHome）。"
                "请换一个目录，例如 /srv/zhengwu。"
            )
        if os.geteuid() == 0 and self.folder.exists() and (owner := self.folder.stat().st_uid):
            raise Refused(
                f"{self.folder} 属于用户 {name_of(owner)}，现在却以 root 运行，服务就会属于 root。请以这个用户运行："
                f"runuser --user={name_of(owner)} -- sh 安装包目录/install.sh {self.folder}"
            )
        try:
            for folder in (self.folder, self.folder / "releases", self.shared, self.shared / "var"):
                folder.mkdir(parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise PermissionError(f"{folder}")
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            me = name_of(os.geteuid())
            raise Refused(
                f"用户 {me} 不能写入 {error.filename or error}。请由管理员运行："
                f"mkdir -p {self.folder} && chown -R {me} {self.folder}"
            ) from error
        self.shared.chmod(0o700)

    def use(self, release: Path) -> None:
        """Switch to a release; from one moment to the next, and remembering the one before."""
        if self.current == release:
            return
        if self.current is not None:
            point(self._previous, self.current)
        point(self._current, release)

    def go_back(self, release: Path) -> None:
        """Switch to the release before, which has none before it any more."""
        point(self._current, release)
        self._previous.unlink(missing_ok=True)

    def write_commands(self) -> None:
        """The commands, and the units for systemd with this folder and its owner in them."""
        for name, text in (("zhengwu", COMMAND), ("back.sh", BACK)):
            write(self.folder / name, text, 0o755)
        owner = name_of(self.shared.stat().st_uid)
        for file in sorted((self._current / "deploy" / "systemd").glob("zhengwu*")):
            unit = file.read_text(encoding="utf-8")
            for old, new in (
                ("User=zhengwu\nGroup=zhengwu\n", f"User={owner}\n"),
                ("WorkingDirectory=/srv/zhengwu\n", f"WorkingDirectory={self._current}\n"),
                ("/srv/zhengwu/.venv/bin/zhengwu", f"{self.folder}/zhengwu"),
                ("ReadWritePaths=/srv/zhengwu/var /srv/zhengwu/models\n", f"ReadWritePaths={self.shared}\n"),
            ):
                unit = unit.replace(old, new)
            write(self.shared / file.name, unit, 0o644)

    def wait_until_stopped(self, release: Path) -> None:
        """Raise Refused while services work on the database, as told by a release's program."""
        deadline = time.monotonic() + STOPPING
        while running := status(release)["workers"]:
            if time.monotonic() > deadline:
                raise Refused(
                    f"服务还在运行（{'、'.join(running)}，斜线前是机器名）。请先在那台机器上停止："
                    "systemctl stop zhengwu 或 zhengwu.target，或在启动它的窗口按 Ctrl-C；"
                    "然后再运行一次本命令，已完成的步骤不会重做。"
                )
            time.sleep(1)

    def back_up(self, release: Path) -> str:
        """Make an archive of the database by a release's program; its path."""
        return run(release, "backup", str(self.backups)).rpartition(" (")[0]


def name_of(user: int) -> str:
    """A user's name; the number where it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def followed(link: Path) -> Path | None:
    return link.resolve() if link.exists() else None


def point(link: Path, target: Path) -> None:
    """Make a link, or point it elsewhere, at once."""
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target.relative_to(link.parent.resolve()))
    new.replace(link)


def write(file: Path, text: str, mode: int) -> None:
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    new.replace(file)


def status(release: Path) -> dict[str, Any]:
    """What `zhengwu db status` says."""
    said: dict[str, Any] = json.loads(run(release, "db", "status"))
    return said


def run(release: Path, *arguments: str, shown: bool = False) -> str:
    """Run a release's `zhengwu`; what it printed.

    Args:
        shown: whether it goes to the terminal instead.

    Raises:
        Refused: it failed.
    """
    command: Sequence[str] = [str(release / ".venv" / "bin" / "zhengwu"), *arguments]
    hidden = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    environ = {name: value for name, value in os.environ.items() if name not in hidden}
    pipe = None if shown else subprocess.PIPE
    done = subprocess.run(command, cwd=release, env=environ, stdout=pipe, stderr=pipe, text=True)
    if done.returncode:
        why = "" if shown else f"：\n{(done.stderr or done.stdout).strip()[-2000:]}"
        raise Refused(f"zhengwu {' '.join(arguments)} 没有成功{why}")
    return (done.stdout or "").strip()


def label_of(release: Path) -> Label:
    """What a release says of itself.

    Raises:
        Refused: it is not complete.
    """
    try:
        return Label.read(release)
    except (OSError, ValueError, TypeError) as error:
        raise Refused(f"{release} 不是完整的版本：{error}") from error
