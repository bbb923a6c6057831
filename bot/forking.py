"""Children that are forked: they begin with what the supervisor has imported, and share the memory that it takes.

What must not be there before a fork: threads, connections, event loops, sessions of onnxruntime. So the supervisor only
imports, and loads a dictionary; whatever a service opens, it opens in its own process.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from bot.environment import importing
from bot.supervisor import Child, die_with_parent

log = logging.getLogger(__name__)

SIGNS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_NAME = 15


class Forked(Child):
    """One process that should always be there, and runs a function of this program."""

    def __init__(
        self,
        name: str,
        run: Callable[[], int],
        prepare: Callable[[], None],
        cwd: Path,
        environment: Mapping[str, str],
    ) -> None:
        """`prepare` is called here before each start: it imports what `run` needs, which then gives the exit code."""
        super().__init__(name, (), cwd, environment)
        self._run = run
        self._prepare = prepare

    def start(self) -> None:
        if not self._prepared():
            return
        self.starts += 1
        self._began = time.monotonic()
        here, ready, told = os.getpid(), *os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # the collector writes into each object that it looks at, which would end the sharing
        try:
            pid = os.fork()
        except OSError:
            os.close(ready)
            os.close(told)
            raise
        if pid == 0:
            os.close(ready)
            self._live(here, told)
        os.close(told)
        os.read(ready, 1)  # from here on it hears signals as a process of its own
        os.close(ready)
        self._process = Process(pid)

    def _prepared(self) -> bool:
        """Prepare, unless a signal comes meanwhile: importing takes seconds, and whoever stops us does not wait."""
        before = {sign: signal.getsignal(sign) for sign in SIGNS}

        def stop(sign: int, frame: FrameType | None) -> None:
            handler = before[signal.Signals(sign)]
            if callable(handler):
                handler(sign, frame)
            raise KeyboardInterrupt

        for sign in SIGNS:
            signal.signal(sign, stop)
        try:
            with importing():
                self._prepare()
        except KeyboardInterrupt:
            return False
        except Exception:  # the child will try again, and fail by itself if it must
            log.exception("%s cannot be prepared", self.name)
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)
        return True

    def _live(self, parent: int, told: int) -> None:
        """All of the child's life; never returns, as what is further up the stack belongs to the supervisor."""
        code = 1
        try:
            os.setsid()  # Ctrl-C reaches the supervisor alone
            die_with_parent()
            if os.getppid() != parent:  # it has died before we could ask for that
                return
            for sign in SIGNS:
                signal.signal(sign, signal.default_int_handler if sign is signal.SIGINT else signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
            os.chdir(self._cwd)
            os.environ.update(self._environment)
            call_process(self.name)
            os.write(told, b".")
            os.close(told)
            code = self._run()
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)


class Process:
    """A forked process, with what `Child` asks of one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code; minus the signal that ended it; None while it runs."""
        return self._look(os.WNOHANG)

    def wait(self) -> int | None:
        return self._look(0)

    def _look(self, how: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, how)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


def call_process(name: str) -> None:
    """What `ps` and `top` show of this process, instead of python."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
