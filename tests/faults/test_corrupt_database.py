"""An SQLite file with pages overwritten: what is wrong is said, with the cure, and the archive brings all back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from city import environment, free_port
from sqlalchemy import select

from foundation import outbox
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import ROOT

pytestmark = pytest.mark.slow
PAGE = 4096


class Installation:
    """A database with some rows, and commands on it."""

    def __init__(self, folder: Path, schema: Path) -> None:
        self.file = folder / "zhengwu.db"
        shutil.copy(schema, self.file)
        self.environment = environment(folder / "var", f"sqlite:///{self.file}", free_port())

    def zhengwu(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=ROOT, env=self.environment, text=True, capture_output=True, encoding="utf-8", timeout=600,
        )  # fmt: skip

    def add(self, clock: FixedClock) -> None:
        database = Database(f"sqlite:///{self.file}")
        with database.write() as tx:
            for number in range(300):
                outbox.add(tx, f"rest:{number}", "rest", [{"text": f"答{number}" * 20}], clock.now())
        database.close()

    def replies(self) -> int:
        database = Database(f"sqlite:///{self.file}")
        try:
            with database.read() as tx:
                return len(tx.execute(select(outbox.outbox)).all())
        finally:
            database.close()

    def garble(self, first: int, pages: int) -> None:
        with self.file.open("r+b") as file:
            file.seek(first * PAGE)
            file.write(os.urandom(pages * PAGE))


@pytest.fixture
def installation(tmp_path: Path, upgraded_file: Path, clock: FixedClock) -> Installation:
    made = Installation(tmp_path, upgraded_file)
    made.add(clock)
    return made


def told(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.stdout + done.stderr


def test_from_a_damaged_page_to_the_archive(installation: Installation, tmp_path: Path) -> None:
    backup = installation.zhengwu("backup", str(tmp_path / "backups"))
    assert backup.returncode == 0, backup.stderr
    (archive,) = (tmp_path / "backups").glob("*.tar")

    installation.garble(0, 1)  # the header: no database any more
    said = told(installation.zhengwu("serve"))
    assert "zhengwu restore" in said and str(installation.file) in said
    said = told(installation.zhengwu("backup", str(tmp_path / "backups")))
    assert list((tmp_path / "backups").glob("*.tar")) == [archive] and "zhengwu restore" in said

    restored = installation.zhengwu("restore", "--yes", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert installation.replies() == 300


def test_a_damaged_table(installation: Installation) -> None:
    size = installation.file.stat().st_size // PAGE
    installation.garble(size - 40, 40)  # what was written last; the header and the list of tables are whole
    said = told(installation.zhengwu("doctor"))
    assert "zhengwu restore" in said, said
