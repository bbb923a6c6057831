"""Failures on demand: the next calls of a path answer an error, come late, or lose their connection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Fault:
    path: str
    times: int = 1
    errcode: int = 0
    """Answered instead of doing what was asked."""
    status: int = 200
    """Other than 200: answered with a page that is no JSON."""
    delay: float = 0.0
    """Seconds before anything else."""
    drop: Literal["", "before", "after"] = ""
    """The connection breaks off, the request read: before or after it was carried out."""


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    @property
    def over(self) -> bool:
        """Whether all have happened that were ordered."""
        return not self._waiting

    def clear(self) -> None:
        self._waiting.clear()

    def next(self, path: str) -> Fault | None:
        """What is to happen to a call of this path; counts it."""
        for place, fault in enumerate(self._waiting):
            if fault.path == path:
                if fault.times > 1:
                    self._waiting[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[place]
                return fault
        return None
