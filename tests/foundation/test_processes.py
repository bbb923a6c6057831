from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from foundation.processes import UNKNOWN, called


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["serve", "--only", "console"], "console"),
        (["erase", "wechat:oA"], "zhengwu erase"),
        (["--version"], "zhengwu"),
    ],
)
def test_a_process_is_called_by_its_service_or_command_and_never_by_a_citizen(
    tmp_path: Path, words: list[str], name: str
) -> None:
    script = tmp_path / "zhengwu"
    script.write_text("print('there', flush=True); input()", encoding="utf-8")
    command = [sys.executable, str(script), *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None and process.stdout.readline() == b"there\n"
        assert called(str(process.pid)) == name
        process.stdin.write(b"\n")
    assert called(str(process.pid)) == UNKNOWN, "it has ended"
