"""Starts processes, starts the dead ones again, stops all of them together."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

log = logging.getLogger(__name__)

CANNOT_START = 78
"""Exit code of a child that says a setting is wrong (EX_CONFIG): starting it again would not help."""
SUPERVISED = "ZHENGWU_SUPERVISED"
"""Set for children, so that they know to use that exit code."""
STOP_SECONDS = 8.0
"""From SIGTERM to SIGKILL; the whole must end within ten seconds."""
DELAYS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Before the first restart, the second …; from the last on always the same."""
STEADY_SECONDS = 60.0
"""A child that lived this long begins again with the first delay."""
TICK_SECONDS = 0.1
ASK_SECONDS = 0.5

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """In a child, before it runs: be killed when the supervisor dies, even of SIGKILL."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process(Protocol):
    """What is asked of a process; `subprocess.Popen` is one."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self) -> int | None: ...


class Child:
    """One process that should always be there."""

    def __init__(self, name: str, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = list(command)
        self._cwd = cwd
        self._environment = dict(environment)
        self._process: Process | None = None
        self._began = 0.0
        self._deaths = 0
        """Since it last ran steadily."""
        self.starts = 0
        self.due = 0.0
        """When it may be started, on the monotonic clock."""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self.starts += 1
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops them in good order
            preexec_fn=die_with_parent,
        )

    def ended(self) -> int | None:
        """The exit code if it has ended since it was last asked."""
        code = None if self._process is None else self._process.poll()
        if code is None:
            return None
        self._process = None
        self.put_off()
        return code

    def put_off(self) -> None:
        """Count a death, or a start that failed, and set when the next one is due."""
        lived = time.monotonic() - self._began
        self._deaths = 1 if lived >= STEADY_SECONDS else self._deaths + 1
        self.due = time.monotonic() + DELAYS[min(self._deaths, len(DELAYS)) - 1]

    def send(self, sign: signal.Signals) -> None:
        """To the child and all that it started."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)

    def reap(self) -> None:
        if self._process is not None:
            self._process.wait()


class Supervisor:
    """Keeps children running from `run` until SIGTERM, SIGINT or SIGHUP."""

    def __init__(self, children: Sequence[Child], ready: Callable[[], bool], announce: Callable[[], None]) -> None:
        """`ready` is asked twice a second until it says yes; then `announce` is called, until it does not raise."""
        self._children = children
        self._ready = ready
        self._announce = announce
        self._announced = False
        self._stopping = False

    def run(self) -> int:
        """Returns 0 after a signal, 1 when a child could not start."""
        before = {sign: signal.signal(sign, self._stop) for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            return self._watch()
        finally:
            self._stop_all()
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def _stop(self, sign: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _watch(self) -> int:
        ask_at = 0.0
        while not self._stopping:
            now = time.monotonic()
            for child in self._children:
                if self._stopping:
                    break
                if not child.running and not self._tend(child, now):
                    return 1
            if not self._announced and now >= ask_at:
                ask_at = now + ASK_SECONDS
                self._announced = self._ready() and self._told()
            time.sleep(TICK_SECONDS)
        return 0

    def _told(self) -> bool:
        """Whether it could be announced: the children go on in any case."""
        try:
            self._announce()
        except Exception:
            log.exception("all services are ready, and that cannot be announced; trying again")
            return False
        return True

    def _tend(self, child: Child, now: float) -> bool:
        """Note a death, start what is due; False when the child cannot ever start."""
        code = child.ended()
        if code is not None:
            if code == CANNOT_START and child.starts == 1:
                log.error("%s cannot start, for the reason above; stopping everything", child.name)
                return False
            wait = max(0.0, child.due - time.monotonic())
            log.warning("%s ended (%s); starting it again in %.0f s", child.name, describe(code), wait)
        if child.due <= time.monotonic():
            self._start(child)
        return True

    def _start(self, child: Child) -> None:
        """Start a child; where the machine has no room for one that ran before, the others go on meanwhile.

        Raises:
            OSError: there is none for the first time: that is found at the installation.
        """
        try:
            child.start()
        except OSError as error:
            if child.starts == 1:
                raise
            child.put_off()
            wait = max(0.0, child.due - time.monotonic())
            log.error("%s cannot be started (%s); trying again in %.0f s", child.name, error.strerror, wait)

    def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.send(signal.SIGTERM)
        while any(child.running for child in self._children) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS / 2)
        for child in self._children:
            if child.running:
                log.warning("%s did not stop within %.0f s and is killed", child.name, STOP_SECONDS)
                child.send(signal.SIGKILL)
            child.reap()


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
