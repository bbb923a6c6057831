"""Runs a command whose output goes to a log file. Standard library only."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TAIL = 15


class CommandFailed(Exception):
    """The command ended with an error; `tail` is what it said last, `log` where all of it stands."""

    def __init__(self, code: int, tail: str, log: Path) -> None:
        self.code, self.tail, self.log = code, tail, log
        super().__init__(f"exit code {code}; the whole output is in {log}:\n{tail}")


def run(
    command: Sequence[str],
    log: Path,
    cwd: Path,
    environment: Mapping[str, str],
    tell: Callable[[str], None] = lambda line: None,
) -> None:
    """Run to the end, telling each line as it comes.

    Raises:
        CommandFailed: the exit code is not 0.
        FileNotFoundError: there is no such program.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    last: deque[str] = deque(maxlen=TAIL)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                if line.strip():
                    last.append(line.rstrip())
                    tell(line)
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code:
        raise CommandFailed(code, "\n".join(last), log)
