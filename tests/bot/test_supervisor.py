from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import supervisor
from bot.supervisor import CANNOT_START, Child, Supervisor, describe
from foundation.settings import ROOT

NOTES_ITSELF = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"
STAYS = NOTES_ITSELF + "time.sleep(60)"
DEAF = NOTES_ITSELF + "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
"""Does not hear SIGTERM."""
FALLS = NOTES_ITSELF + "sys.exit(3)"
MISCONFIGURED = NOTES_ITSELF + f"print('ZHENGWU_X is wrong', file=sys.stderr); sys.exit({CANNOT_START})"


class Fake:
    """A service whose processes write their pids into a file."""

    def __init__(self, name: str, program: str, folder: Path) -> None:
        self.notes = folder / name
        self.child = Child(name, [sys.executable, "-c", program, str(self.notes)], folder, os.environ)

    @property
    def pids(self) -> list[int]:
        return [int(line) for line in self.notes.read_text().split()] if self.notes.exists() else []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Runs a supervisor here, calling `meanwhile` in a thread; that ends with SIGTERM to this process."""

    def run(
        fakes: list[Fake],
        meanwhile: Callable[[], None],
        ready: Callable[[], bool] = lambda: False,
        announce: Callable[[], None] = lambda: None,
    ) -> int:
        failures: list[BaseException] = []

        def play() -> None:
            try:
                meanwhile()
            except BaseException as failure:
                failures.append(failure)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        thread = threading.Thread(target=play)
        thread.start()
        code = Supervisor([fake.child for fake in fakes], ready, announce).run()
        thread.join()
        if failures:
            raise failures[0]
        return code

    # A signal that comes when the supervisor has ended already must not end the tests.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield run
    signal.signal(signal.SIGTERM, before)


def test_a_signal_stops_all_children(run: Callable[..., int], tmp_path: Path) -> None:
    fakes = [Fake("gateway", STAYS, tmp_path), Fake("worker-1", STAYS, tmp_path)]
    assert run(fakes, lambda: until(lambda: all(fake.pids for fake in fakes))) == 0
    assert not any(alive(pid) for fake in fakes for pid in fake.pids)


def test_a_deaf_child_is_killed(run: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert supervisor.STOP_SECONDS <= 9, "the whole must end within ten seconds"
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 1.0)
    deaf = Fake("worker-1", DEAF, tmp_path)
    asked: list[float] = []

    def meanwhile() -> None:
        until(lambda: bool(deaf.pids))
        time.sleep(0.3)
        asked.append(time.monotonic())

    assert run([deaf], meanwhile) == 0
    assert 0.9 < time.monotonic() - asked[0] < 3
    assert not alive(deaf.pids[0])


def test_a_dead_child_is_started_again_at_once_and_the_others_stay(run: Callable[..., int], tmp_path: Path) -> None:
    killed, other = Fake("worker-1", STAYS, tmp_path), Fake("worker-2", STAYS, tmp_path)

    def meanwhile() -> None:
        until(lambda: bool(killed.pids and other.pids))
        os.kill(killed.pids[0], signal.SIGKILL)
        until(lambda: len(killed.pids) == 2, seconds=2.5)

    assert run([killed, other], meanwhile) == 0
    assert len(other.pids) == 1


def test_a_child_that_keeps_dying_is_started_ever_more_seldom(
    run: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "DELAYS", (0.0, 0.6, 60.0))
    falling = Fake("worker-1", FALLS, tmp_path)

    def meanwhile() -> None:
        until(lambda: len(falling.pids) == 3)
        time.sleep(1.5)

    assert run([falling], meanwhile) == 0
    assert len(falling.pids) == 3


def test_the_delays_grow_to_half_a_minute_and_begin_again_after_a_steady_life(tmp_path: Path) -> None:
    child = Child("x", [sys.executable, "-c", "pass"], tmp_path, os.environ)
    waits = []
    for lived in (0, 0, 0, 0, 0, 0, 0, 0, 100, 0):
        child.start()
        child._began -= lived
        child.reap()
        assert child.ended() == 0
        waits.append(round(child.due - time.monotonic()))
    assert waits == [0, 1, 2, 4, 8, 16, 30, 30, 0, 1]


def test_a_wrong_setting_stops_everything(
    run: Callable[..., int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = Fake("gateway", STAYS, tmp_path), Fake("worker-1", MISCONFIGURED, tmp_path)
    assert run([good, bad], lambda: until(lambda: bool(bad.pids) and bad.child._process is None)) == 1
    assert len(bad.pids) == 1
    assert not any(alive(pid) for pid in good.pids)
    assert "ZHENGWU_X is wrong" in capfd.readouterr().err


def test_a_child_that_once_ran_is_tried_again_whatever_it_says(run: Callable[..., int], tmp_path: Path) -> None:
    """A city's service is not stopped because a setting cannot be read for a moment."""
    program = NOTES_ITSELF + f"again = len(open(sys.argv[1]).readlines()) > 1; sys.exit({CANNOT_START} if again else 1)"
    fake = Fake("worker-1", program, tmp_path)
    assert run([fake], lambda: until(lambda: len(fake.pids) >= 3)) == 0


def test_children_outlive_one_that_cannot_be_started_again(
    run: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be no memory for it, which is why it died."""
    monkeypatch.setattr(supervisor, "DELAYS", (0.0, 0.1, 0.1))
    dies, stays = Fake("worker-1", FALLS, tmp_path), Fake("gateway", STAYS, tmp_path)
    start, refused = dies.child.start, [OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) for _ in range(3)]

    def without_room() -> None:
        if dies.child.starts and refused:
            dies.child.starts += 1
            raise refused.pop()
        start()

    monkeypatch.setattr(dies.child, "start", without_room)

    def meanwhile() -> None:
        until(lambda: not refused and len(dies.pids) >= 2)
        assert len(stays.pids) == 1 and alive(stays.pids[0])

    assert run([dies, stays], meanwhile) == 0


def test_children_outlive_what_cannot_be_announced(run: Callable[..., int], tmp_path: Path) -> None:
    fake = Fake("gateway", STAYS, tmp_path)
    tries: list[bool] = []

    def announce() -> None:
        tries.append(alive(fake.pids[0]))
        if len(tries) == 1:
            raise OSError("the database is away")

    assert run([fake], lambda: until(lambda: len(tries) == 2), lambda: bool(fake.pids), announce) == 0
    assert tries == [True, True]


def test_addresses_are_told_once_when_ready(run: Callable[..., int], tmp_path: Path) -> None:
    asked: list[int] = []
    told: list[str] = []
    fake = Fake("gateway", STAYS, tmp_path)

    def ready() -> bool:
        asked.append(1)
        return len(asked) >= 2

    def meanwhile() -> None:
        until(lambda: bool(told))
        time.sleep(1.2)

    assert run([fake], meanwhile, ready, lambda: told.append("http://…")) == 0
    assert told == ["http://…"] and len(asked) == 2


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom bot.supervisor import Child, Supervisor\n"
        "folder, stays = Path(sys.argv[1]), sys.argv[2]\n"
        "children = [Child(n, [sys.executable, '-c', stays, str(folder / n)], folder, os.environ) for n in 'ab']\n"
        "sys.exit(Supervisor(children, lambda: False, lambda: None).run())\n"
    )
    watching = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), DEAF], cwd=ROOT)
    notes = [tmp_path / "a", tmp_path / "b"]
    try:
        until(lambda: all(note.exists() and note.read_text().strip() for note in notes))
    finally:
        watching.kill()
        watching.wait()
    pids = [int(note.read_text()) for note in notes]
    until(lambda: not any(alive(pid) for pid in pids), seconds=5)


def test_exit_codes_in_words() -> None:
    assert describe(3) == "exit code 3"
    assert describe(-9) == "SIGKILL"
    assert describe(-99) == "signal 99"
