"""Who comes first: a sum of a few whole numbers from priorities.yml, which a supervisor can add up by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from desk.handover import Handover


class Window(NamedTuple):
    """What a channel still lets us send to a citizen: for so many minutes, so many messages. None: without a limit."""

    minutes: float | None = None
    messages: int | None = None

    @property
    def shut(self) -> bool:
        return (self.minutes is not None and self.minutes <= 0) or (self.messages is not None and self.messages <= 0)


Windows = Mapping[str, Window]
"""By conversation; one that is not in it has no limit."""
NO_LIMIT = Window()


class Points(NamedTuple):
    """Of one who waits, by what they are for."""

    urgent: int
    mood: int
    misses: int
    elderly: int
    window: int
    waited: int

    @property
    def total(self) -> int:
        return sum(self)


def points(found: Handover, window: Window, now: datetime) -> Points:
    """The points of one who waits, at this moment."""
    of = _table()
    minutes = max(0.0, (now - found.opened_at).total_seconds() / 60)
    return Points(
        urgent=of["urgent"] if found.urgent else 0,
        mood=of["mood"].get(found.mood, 0),
        misses=min(found.misses * of["misses"]["each"], of["misses"]["at_most"]),
        elderly=of["elderly"] if found.elderly else 0,
        window=max(_step(of["window"]["minutes"], window.minutes), _step(of["window"]["messages"], window.messages)),
        waited=min(int(minutes) * of["waited"]["each"], of["waited"]["at_most"]),
    )


def _step(steps: Mapping[int, int], left: float | None) -> int:
    return max((points for most, points in steps.items() if left is not None and left <= most), default=0)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("priorities.yml").read_text(encoding="utf-8"))
    return content
