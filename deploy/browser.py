"""What tests need of Debian: a browser, Chinese characters for it, nginx. Without them those tests skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
PACKAGES = ("chromium", "fonts-noto-cjk", "nginx-light")


def provide() -> None:
    """Install what is missing where we may; else say that the tests will skip. Never fails."""
    here = (CHROMIUM.exists(), has_chinese_font(), shutil.which("nginx", path="/usr/sbin:/usr/bin") is not None)
    missing = [name for name, there in zip(PACKAGES, here) if not there]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"tests of pages and of nginx will skip: install {' '.join(missing)} (apt-get install {' '.join(missing)})")
        return
    say(f"installing {' '.join(missing)} for the tests …")
    if not (apt("update") and apt("install", "-y", "--no-install-recommends", *missing)):
        say(f"{' '.join(missing)} could not be installed; the tests that need them will skip")


def has_chinese_font() -> bool:
    try:
        found = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(found.stdout.strip())


def apt(*arguments: str) -> bool:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def say(text: str) -> None:
    print(text, file=sys.stderr)
