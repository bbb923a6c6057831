"""Children that are forked: as faithfully kept as those that are started anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundation.settings import ROOT

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from bot.forking import Forked
from bot.supervisor import CANNOT_START, Supervisor
folder, kind = Path(sys.argv[1]), sys.argv[2]

def note(what, text):
    with (folder / what).open("a") as file:
        file.write(f"{text}\\n")

def prepare():
    note("prepared", os.getpid())
    if kind == "slow":
        time.sleep(60)
    if kind == "broken":
        raise ImportError("no such module")

def live(name):
    if kind == "misconfigured":
        return CANNOT_START
    if kind == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leads, called = os.getsid(0) == os.getpid(), Path("/proc/self/comm").read_text()
    note(name, f"{os.getpid()} {leads} {os.environ['SAID']} {called}")
    if kind == "falling":
        raise ValueError("it fell")
    time.sleep(60)
    return 0

children = [Forked(n, lambda n=n: live(n), prepare, folder, {"SAID": "so"}) for n in ("worker-1", "worker-2")]
code = Supervisor(children, lambda: False, lambda: None).run()
note("ended", code)
sys.exit(code)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


class Running:
    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), kind],
            cwd=ROOT, stderr=(folder / "errors").open("wb"), stdin=subprocess.PIPE,
        )  # fmt: skip

    def notes(self, name: str) -> list[str]:
        path = self._folder / name
        return [line for line in path.read_text().split("\n") if line] if path.exists() else []

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[0]) for line in self.notes(name)]

    @property
    def errors(self) -> str:
        return (self._folder / "errors").read_text()

    def both(self) -> list[int]:
        until(lambda: bool(self.pids("worker-1") and self.pids("worker-2")))
        return [*self.pids("worker-1"), *self.pids("worker-2")]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    started: list[Running] = []

    def start(kind: str = "staying") -> Running:
        started.append(Running(tmp_path, kind))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def test_children_have_a_name_a_session_and_an_environment_of_their_own(start: Callable[..., Running]) -> None:
    running = start()
    pids = running.both()
    assert [line.split()[1:] for line in running.notes("worker-1")] == [["True", "so", "worker-1"]]
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert running.notes("ended") == ["0"], "the supervisor alone has come to its end"
    assert not any(alive(pid) for pid in pids)


def test_a_killed_one_is_forked_again_and_the_other_stays(start: Callable[..., Running]) -> None:
    running = start()
    first, other = running.both()
    os.kill(first, signal.SIGKILL)
    until(lambda: len(running.pids("worker-1")) == 2)
    assert alive(running.pids("worker-1")[1]) and running.pids("worker-2") == [other] and alive(other)
    assert set(running.pids("prepared")) == {running.process.pid}, "what is imported is imported once, by the parent"


def test_children_die_with_a_killed_supervisor(start: Callable[..., Running]) -> None:
    running = start("deaf")
    pids = running.both()
    running.process.kill()
    running.process.wait()
    until(lambda: not any(alive(pid) for pid in pids))


def test_a_signal_does_not_wait_for_what_is_being_imported(start: Callable[..., Running]) -> None:
    running = start("slow")
    until(lambda: bool(running.pids("prepared")))
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert not running.notes("worker-1")


def test_one_that_cannot_start_stops_everything(start: Callable[..., Running]) -> None:
    running = start("misconfigured")
    assert running.process.wait(30) == 1
    assert "worker-1 cannot start" in running.errors


@pytest.mark.parametrize(("kind", "reason", "lives"), [("falling", "it fell", 2), ("broken", "no such module", 1)])
def test_what_fails_is_told_and_tried_again(start: Callable[..., Running], kind: str, reason: str, lives: int) -> None:
    running = start(kind)
    until(lambda: reason in running.errors and len(running.pids("worker-1")) >= lives)
    assert running.process.poll() is None


@pytest.mark.slow
def test_what_is_prepared_can_be_forked() -> None:
    """A thread would not survive a fork, and what it held would be locked for ever."""
    program = (
        "import os\nfrom bot.environment import quieten\nquieten()\nfrom bot.services import SERVICES\n"
        "for service in SERVICES.values():\n  if service.prepare: service.prepare()\n"
        "import sys\nfolder = '/proc/self/fd/'\n"
        "opened = [os.readlink(folder + fd) for fd in os.listdir(folder) if os.path.lexists(folder + fd)]\n"
        "opened = [one for one in opened if one.startswith(('socket:', 'anon_inode:'))]\n"
        "there = [name for name in ('tensorflow', 'onnxruntime') if name in sys.modules]\n"
        "print(len(os.listdir('/proc/self/task')), opened, there)\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.strip() == "1 [] []", done.stderr
