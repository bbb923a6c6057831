"""/health tells a full disk from a worker that is only not there yet."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_disk import mounted

from channels import readiness
from channels.readiness import NO_WORKER, Readiness
from foundation import heartbeat
from foundation.clock import FixedClock
from foundation.database import Database


async def test_the_disk_of_the_database(
    tmp_path: Path, upgraded_file: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT", -1.0)
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)
    with mounted(tmp_path / "disk", 16) as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk")
        shutil.copy(upgraded_file, disk.folder / "zhengwu.db")
        database = Database(f"sqlite:///{disk.folder / 'zhengwu.db'}")
        ready = Readiness(database, clock)
        assert await ready.missing() == NO_WORKER
        disk.fill()
        assert f"make room at {disk.folder}" in str(await ready.missing())
        disk.empty()
        assert await ready.missing() == NO_WORKER
        with database.write() as tx:
            heartbeat.beat(tx, "worker-1", heartbeat.WORKER, {}, clock.now())
        disk.fill()
        assert await ready.missing() is None, "a worker could write: there is room in what SQLite has already"
        ready.close()
        database.close()
