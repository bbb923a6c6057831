"""A Debian of nothing but its base system, in namespaces of its own: no network but loopback, no process of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

TOOLS = ("debootstrap", "unshare", "chroot", "mount", "ip")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ENTER = """
set -e
ip link set lo up
mount -t proc proc "$1/proc"
mount -t tmpfs dev "$1/dev"
for device in null zero full random urandom; do : > "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
mkdir "$1/dev/shm"; mount -t tmpfs shm "$1/dev/shm"
mkdir -p "$1/media"; mount --bind "$2" "$1/media"
exec chroot "$1" /usr/bin/env -i PATH=%s HOME=/root /bin/sh -c "$3"
"""


def missing() -> str:
    """Why there can be none here; empty when there can."""
    absent = [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]
    if absent:
        return f"{', '.join(absent)} is not installed"
    return "" if os.geteuid() == 0 else "only root can change the root folder"


class BareDebian:
    """Below a folder; what is done in it stays from one `run` to the next, processes do not."""

    def __init__(self, root: Path, media: Path) -> None:
        self.root = root
        self.media = media
        """The folder that is seen as /media."""

    def bootstrap(self) -> None:
        command = ["debootstrap", "--variant=minbase", "bookworm", str(self.root)]
        subprocess.run(command, env={**os.environ, "PATH": PATH}, check=True, capture_output=True, timeout=1800)

    def run(self, script: str, timeout: float = 3600) -> str:
        """What a shell script printed, run as root; AssertionError, with all of it, when it failed."""
        alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]
        enter = ["/bin/sh", "-c", ENTER % PATH, "enter", str(self.root), str(self.media), script]
        done = subprocess.run(
            [*alone, *enter], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout
