"""Log files on each machine: every process that writes them also lets the old ones go."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from foundation.clock import FixedClock, local_today
from foundation.log_files import DailyFile

DAYS = 180


class Machine:
    """A folder of logs, and a process that writes to it."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        self.folder, self.clock, self.runs = folder, clock, 0.0
        self.file = DailyFile(folder, DAYS, clock, lambda: self.runs)
        self.file.setFormatter(logging.Formatter())

    def live(self, **span: float) -> None:
        self.clock.advance(**span)
        self.runs += timedelta(**span).total_seconds()

    def say(self) -> set[str]:
        """Write a line; the files that are there then."""
        self.file.emit(logging.makeLogRecord({"msg": "x"}))
        return {path.name for path in self.folder.iterdir()}

    def name(self, days_ago: int) -> str:
        return f"zhengwu-{local_today(self.clock) - timedelta(days=days_ago)}.log"


@pytest.fixture
def machine(tmp_path: Path, clock: FixedClock) -> Machine:
    made = Machine(tmp_path, clock)
    for days_ago in (DAYS - 1, DAYS, DAYS + 30):
        (tmp_path / made.name(days_ago)).touch()
    (tmp_path / "setup.log").touch()
    return made


def test_a_process_that_sees_midnight_removes_what_is_old(machine: Machine) -> None:
    first = machine.name(0)
    assert len(machine.say()) == 5, "who just started does not know yet whether the clock is right"
    machine.live(days=1)
    assert machine.say() == {machine.name(DAYS), machine.name(0), first, "setup.log"}


def test_another_process_of_the_machine_was_quicker(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.say()
    machine.live(days=1)
    unlink = Path.unlink

    def unlinked_before(path: Path, missing_ok: bool = False) -> None:
        unlink(path)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlinked_before)
    assert machine.name(DAYS + 1) not in machine.say()
    assert (machine.folder / machine.name(0)).read_text() == "x\n"


def test_a_clock_that_jumps_ahead_costs_no_log(machine: Machine) -> None:
    before = machine.say()
    machine.clock.advance(days=365)
    assert machine.say() == before | {machine.name(0)}
