"""A clock that is ahead for a while deletes nothing, gives nothing up and sends nobody away."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.surroundings import Surroundings
from bot import desk_keeping, housekeeping, retaining
from channels.delivery import loop
from channels.rendering import Part, Style
from channels.storage import Storage
from desk import handovers
from desk.handovers import Request
from foundation import outbox, retention_runs
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.outbox import HELD
from foundation.settings import Settings
from foundation.vault import vault

A_YEAR = timedelta(days=365)
LOOKS = 0.3
"""Seconds in which all of them have looked several times."""


@pytest.fixture
def database_url(upgraded_file: Path, tmp_path: Path) -> str:
    """SQLite alone: what is deleted by which age is tested elsewhere, on both."""
    shutil.copy(upgraded_file, tmp_path / "zhengwu.db")
    return f"sqlite:///{tmp_path / 'zhengwu.db'}"


@pytest.fixture
def here(database: Database, clock: FixedClock, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    for module, name in ((housekeeping, "SECONDS"), (retaining, "LOOK"), (desk_keeping, "EVERY"), (loop, "SWEEP")):
        monkeypatch.setattr(module, name, 0.02)
    monkeypatch.setattr(housekeeping, "PURGES", 1)
    return Surroundings.of_settings(settings, portal=object(), database=database, clock=clock)  # type: ignore[arg-type]


class Silent:
    """A platform to which nothing is to be sent."""

    channel = "wechat"

    def style(self) -> Style:
        return Style()

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        raise AssertionError("what is held was sent")

    async def typing(self, recipient: str) -> None:
        return None

    async def close(self) -> None:
        return None


def seen(database: Database) -> object:
    """What is there to be lost."""
    with database.read() as tx:
        kept = tx.execute(select(vault.c.token)).scalars().all()
        held = [(row.id, row.state) for row in tx.execute(select(outbox.outbox).order_by(outbox.outbox.c.id))]
        waiting = handovers.current(tx, "web:a")
        assert waiting is not None
        return kept, held, waiting.state, [run.started_at for run in retention_runs.latest(tx, 9)]


async def test_an_hour_in_the_next_year(here: Surroundings, database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        here.secrets.hide(tx, "13800138000", "web:a", clock.now())
        handovers.open_handover(tx, Request("web:a", "web", reason="asked"), clock.now())
        outbox.add(tx, "web:a", "web", [{"text": "答"}], clock.now())
        outbox.add(tx, "wechat:b", "wechat", [{"text": "答"}], clock.now())
        tx.execute(outbox.outbox.update().values(state=HELD))
    retention_runs.carry_out(database, clock, here.settings, "here", "system", rest=0)
    before = seen(database)
    delivering = loop.DeliveryLoop(Storage(database, "12345"), Silent(), clock)
    async with (
        housekeeping.housekeeping(here, "w"),
        retaining.retaining(here, "w"),
        desk_keeping.desk_keeping(here, "w"),
    ):
        await delivering.start()
        await asyncio.sleep(LOOKS)
        clock.instant += A_YEAR
        await asyncio.sleep(LOOKS)
        clock.instant -= A_YEAR
        await asyncio.sleep(LOOKS)
        await delivering.stop()
        assert seen(database) == before
    here.executor.close()
