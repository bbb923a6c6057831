"""Quality reports for pages: worked out once for what stands, beside everything else, and kept until it changes."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from console.house import House, house
from foundation.executor import Executor
from knowledge_base.quality import report
from knowledge_base.quality.report import Report

PATIENCE = 8.0
"""Seconds that a page waits for a report; a large city's takes longer, and the page asks again."""
Stamp = tuple[object, ...]


class Reports:
    """The reports of a process, by the department whose drafts they see."""

    def __init__(self, here: House) -> None:
        self._here = here
        self._executor = Executor("quality", 1)
        self._held: dict[str | None, tuple[Stamp, Report]] = {}
        self._under_way: dict[str | None, asyncio.Task[Report]] = {}

    async def of(self, department: str | None) -> Report | None:
        """The report about what stands now; None while it is being worked out."""
        now = self._here.now()
        stands = await self._here.read(lambda tx: report.stamp(tx, now))
        held = self._held.get(department)
        if held is not None and held[0] == stands:
            return held[1]
        task = self._under_way.get(department)
        if task is None:
            task = self._under_way[department] = asyncio.create_task(self._work_out(department))
            task.add_done_callback(lambda _: self._under_way.pop(department, None))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        return task.result() if done else None

    async def _work_out(self, department: str | None) -> Report:
        now = self._here.now()

        def work() -> tuple[Stamp, Report]:
            with self._here.database.read() as tx:
                return report.stamp(tx, now), report.examine(tx, now, department)

        self._held[department] = await self._executor.run(work)
        return self._held[department][1]


def reports(request: Request) -> Reports:
    """The application's one."""
    state = request.app.state
    if not hasattr(state, "quality"):
        state.quality = Reports(house(request))
    found: Reports = state.quality
    return found
