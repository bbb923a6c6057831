"""A console as it runs: `zhengwu serve --only console` in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from bot.supervisor import die_with_parent
from foundation.settings import ROOT

KEY = "5a" * 32


class Running:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.database_url = database_url
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        mine = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGWU_")}
        mine |= {
            "ZHENGWU_DATABASE_URL": database_url, "ZHENGWU_SECRET_KEY": KEY, "ZHENGWU_CONSOLE_PORT": str(self.port),
            "ZHENGWU_VAR_DIR": str(folder),
        }  # fmt: skip
        self.log = folder / f"console-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve", "--only", "console"],
                cwd=ROOT, env=mine, stdout=log, stderr=log, preexec_fn=die_with_parent,
            )  # fmt: skip

    def wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.address}/health").json() == {"status": "ok"}:
                    return
            except (httpx2.HTTPError, ValueError):
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def guess(self, name: str, password: str = "wrong password") -> int:
        """The status of a sign-in from a browser that comes for the first time."""
        with httpx2.Client(base_url=self.address, timeout=30) as browser:
            page = browser.get("/sign-in").text
            key = re.findall(r'name="csrf" value="(\w+)"', page)[0]
            return browser.post("/sign-in", data={"name": name, "password": password, "csrf": key}).status_code
