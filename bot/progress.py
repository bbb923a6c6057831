"""Tells an operator which of several steps is under way and how long each took. Standard library only."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SELDOM = 30.0
"""Seconds between lines where there is no terminal."""


class Steps:
    """`[3/6] 训练模型 …`: on a terminal with a running clock, elsewhere a line at the start, the end and in between."""

    def __init__(self, total: int, done: int = 0, out: TextIO | None = None) -> None:
        self._total = total
        self._done = done
        self._out = out or sys.stderr

    def skip(self, title: str, why: str = "已是最新") -> None:
        """Count a step that has nothing to do."""
        self._print(f"{self._next(title)} {why}\n")

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show the step while the block runs; what is yielded may be told details."""
        head = self._next(title)
        step = Step(head, self._out)
        step.begin()
        try:
            yield step
        except BaseException:
            step.end("失败")
            raise
        step.end("完成")

    def _next(self, title: str) -> str:
        self._done += 1
        return f"[{self._done}/{self._total}] {title}"

    def _print(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class Step:
    def __init__(self, head: str, out: TextIO) -> None:
        self._head = head
        self._out = out
        self._detail = ""
        self._live = out.isatty()
        self._began = self._told = time.monotonic()
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def begin(self) -> None:
        if self._live:
            self._clock.start()
        else:
            self._write(f"{self._head} …\n")

    def tell(self, detail: str) -> None:
        """Show what is being done now, beside the clock."""
        self._detail = COLOUR.sub("", detail).strip()
        now = time.monotonic()
        if not self._live and now - self._told >= SELDOM:
            self._told = now
            self._write(self._line(now) + "\n")

    def end(self, how: str) -> None:
        self._ended.set()
        if self._live:
            self._clock.join()
        self._write(f"{self._clear()}{self._head} {how}（{elapsed(time.monotonic() - self._began)}）\n")

    def _tick(self) -> None:
        while True:
            self._write(self._clear() + self._line(time.monotonic()))
            if self._ended.wait(0.5):
                return

    def _line(self, now: float) -> str:
        line = f"{self._head} … {elapsed(now - self._began)}" + (f"  {self._detail}" if self._detail else "")
        return fitting(line, shutil.get_terminal_size().columns - 1)

    def _clear(self) -> str:
        return "\r\x1b[K" if self._live else ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} 分 {rest:02d} 秒" if minutes else f"{rest} 秒"


def fitting(line: str, columns: int) -> str:
    """As much of a line as fits; Chinese characters take two columns."""
    used = 0
    for position, character in enumerate(line):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > columns:
            return line[:position]
    return line
