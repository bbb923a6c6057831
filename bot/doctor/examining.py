"""Runs the checks side by side: one that hangs delays the others by nothing, and itself by a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping

from bot.doctor.finding import Check, Finding, look
from foundation.settings import Settings

DEADLINE = 60.0
"""Seconds for all checks together."""
SLOW = "it hangs, or this machine is very busy: run `zhengwu doctor` once more"


def run(checks: Mapping[str, Check], needs: Mapping[str, str], settings: Settings) -> Iterator[Finding]:
    """The findings, in the order of the checks, each as soon as it and those before it are there.

    Args:
        needs: check → the one without which it tells nothing new; that stands before it.
    """
    until = time.monotonic() + DEADLINE
    running: dict[str, _Running] = {}
    for subject, check in checks.items():
        running[subject] = _Running(subject, check, running.get(needs.get(subject, "")), settings, until)
    for one in running.values():
        yield one.finding()


class _Running(threading.Thread):
    """One check in a thread of its own, which the end of the program does not wait for."""

    def __init__(self, subject: str, check: Check, first: _Running | None, settings: Settings, until: float) -> None:
        super().__init__(name=f"doctor-{subject}", daemon=True)
        self._subject, self._check, self._first, self._settings = subject, check, first, settings
        self._until = until
        self._found: Finding | None = None
        self.start()

    def run(self) -> None:
        before = self._first.finding() if self._first is not None else None
        if before is not None and not before.good:
            seen, cure = f"not looked at while {before.subject} is wrong", f"mend {before.subject} first"
            self._found = Finding(self._subject, False, seen, cure)
        else:
            self._found = look(self._subject, self._check, self._settings)

    def finding(self) -> Finding:
        """What was found; by the deadline, also when it is not there."""
        self.join(max(0.0, self._until - time.monotonic()))
        return self._found or Finding(self._subject, False, f"no result within {DEADLINE:g} s", SLOW)
