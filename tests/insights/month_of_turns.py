"""Turns of an October and a September, as many of each as a test says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from sqlalchemy.engine import Connection

from insights import recording
from insights.recording import Turn

OCTOBER = datetime(2026, 9, 30, 16, tzinfo=timezone.utc)
"""Its first instant at the office."""
_numbers: Iterator[int] = count(1)


def ask(tx: Connection, times: int, day: int = 1, month: int = 10, **fields: Any) -> list[str]:
    """So many answered questions about the passport on a day of a month of 2026; their record numbers."""
    begun = datetime(2026, month, day, tzinfo=timezone(timedelta(hours=8)))
    numbers = []
    for _ in range(times):
        number = next(_numbers)
        given = {
            "at": begun + timedelta(hours=9, seconds=number % 3600),
            "conversation": f"web:{number}",
            "channel": "web",
            "question": "护照多少钱",
            "kind": "item",
            "decision": "answered",
            "unit_kind": "item",
            "unit_id": "passport",
            "department": "出入境科",
            "record": f"{number // 10000:04}-{number % 10000:04}",
        }
        turn = Turn(**{**given, **fields})
        recording.write(tx, turn)
        numbers.append(str(turn.record))
    return numbers
