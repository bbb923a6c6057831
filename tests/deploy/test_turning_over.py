"""The script of docs/operations.md that restarts the processes one after the other, with stubs of what it calls."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import database as schema
from bot.cli import main as cli
from foundation import heartbeat
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import ROOT, load_settings

PARTS = ["gateway@5005", "gateway@5006", "worker@1", "worker@2", "worker@3", "console@8000", "console@8001"]
PATIENCE = 2
"""Seconds, in place of the page's two minutes."""
STUBS = {
    "ln": 'echo "$*" > "$machine/link"',
    "sleep": "exec /bin/sleep 0.05",
    "timeout": f'shift; exec /usr/bin/timeout {PATIENCE} "$@"',
    "systemctl": '[ "$1" = restart ] && echo "$2" >> "$machine/restarted"',
    "runs": 'grep -qx "zhengwu-$1" "$machine/restarted" && [ "$1" != "$absent" ]',
    "curl": """
        [ "$1" = -fs ] || exit 2
        case $2 in
            http://127.0.0.1:500[56]/health) port=${2#*1:}; runs "gateway@${port%/health}";;
            http://127.0.0.1:800[01]/health) port=${2#*1:}; runs "console@${port%/health}";;
            *) exit 2;;
        esac
    """,
    "runuser": """
        [ "$*" = "--user=zhengwu -- .venv/bin/zhengwu db status" ] || exit 2
        last=0
        for n in 1 2 3; do runs worker@$n && last=$n; done
        cat "$machine/status-$last"
    """,
}
"""What the script calls. A unit that was restarted runs, but for one that is absent."""

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TurnOver = Callable[..., "tuple[int, list[str]]"]


def script() -> str:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"^4\. \*\*Turn over\*\*.*?^   ```sh\n(.*?)^   ```$", page, re.MULTILINE | re.DOTALL)
    assert found
    return textwrap.dedent(found[1])


@pytest.fixture
def turn_over(
    database: Database,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> TurnOver:
    """Runs the page's script with stubs on PATH, `db status` saying what it really says: exit code, units restarted."""
    machine, programs = tmp_path / "machine", tmp_path / "machine" / "bin"
    programs.mkdir(parents=True)
    monkeypatch.setattr(schema, "get_settings", lambda: load_settings(database_url=database_url))
    monkeypatch.setattr(schema, "ALIVE", timedelta(hours=1))
    for n in range(4):
        if n:
            name = f"{socket.gethostname()}/worker-{n}"  # bot/worker_process.py
            with database.write() as tx:
                heartbeat.beat(tx, name, heartbeat.WORKER, {}, SystemClock().now())
        assert cli(["db", "status"]) == 0
        (machine / f"status-{n}").write_text(capsys.readouterr().out, encoding="utf-8")

    def run(absent: str = "", **other_stubs: str) -> tuple[int, list[str]]:
        restarted, file = machine / "restarted", machine / "turn-over"
        restarted.touch()
        for name, body in {**STUBS, **other_stubs}.items():
            (programs / name).write_text(f"#!/bin/sh\n{textwrap.dedent(body)}\n", encoding="utf-8")
            (programs / name).chmod(0o755)
        file.write_text(script().replace("\ncd /srv/zhengwu\n", f"\ncd {machine}\n"), encoding="utf-8")
        path = f"{programs}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "machine": str(machine), "absent": absent}
        done = subprocess.run(["sh", "-e", str(file)], env=environment, timeout=60)
        return done.returncode, restarted.read_text(encoding="utf-8").replace("zhengwu-", "").split()

    return run


def test_every_process_is_restarted(turn_over: TurnOver, tmp_path: Path) -> None:
    assert turn_over() == (0, PARTS)
    assert (tmp_path / "machine" / "link").read_text() == "-sfn zhengwu-2 /srv/zhengwu\n"


@pytest.mark.parametrize("absent", ["gateway@5006", "worker@2", "console@8000"])
def test_it_stops_where_one_does_not_come_back(turn_over: TurnOver, absent: str) -> None:
    code, restarted = turn_over(absent)
    assert code and restarted == PARTS[: PARTS.index(absent) + 1], "the others still run"


def test_it_restarts_nothing_where_the_link_cannot_be_made(turn_over: TurnOver) -> None:
    code, restarted = turn_over(ln="exit 1")
    assert code and restarted == []
