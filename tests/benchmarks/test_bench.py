"""The goals that `make bench` prints beside what it has measured."""

from __future__ import annotations

from tests.benchmarks.bench import goals
from tests.benchmarks.bench.machine import commit, machine
from tests.benchmarks.speed.sizes import Sized, table
from tests.benchmarks.speed.timing import Times
from tests.benchmarks.throughput.load import Measured
from tests.benchmarks.throughput.measure import CLIENTS, MIXES, Figures


def figures(name: str, speed: int, worker: float = 380) -> Figures:
    found = Figures(name, 1.2, 9.5, memory=[("gateway", 150.0), ("worker-1", worker)], early=20, late=21)
    load = Measured(1, speed, 0, [5.0], {"faq": speed})
    found.loads = {(kind, clients): load for kind in MIXES for clients in CLIENTS}
    return found


def test_goals_are_met_or_not() -> None:
    reached = list(goals.of_throughput([figures("plain Rasa", 10), figures("Zhengwu", 40, worker=410)]))
    assert [one.met for one in reached] == [False, True, True, True, True, True, False]
    assert reached[0].measured == "4.0 ×, 4.0 ×, 4.0 ×"
    lines = goals.table(reached).splitlines()
    assert lines[-1] == "| memory of a worker (PSS) | ≤ 400 MB | 410 MB | **no** |"


def test_without_plain_rasa_there_is_nothing_to_compare() -> None:
    assert len(list(goals.of_throughput([figures("Zhengwu", 40)]))) == 5


def test_a_large_base_is_weighed_by_the_time_of_the_processor() -> None:
    small, large = Sized(1000, Times([9, 9], [2, 2]), [0.2]), Sized(100_000, Times([90, 90], [2.5, 2.7]), [0.3])
    (goal,) = goals.of_sizes(small, large)
    assert goal.met and goal.measured == "1.30 ×"
    assert "| a question, mean ms of the processor | 2.00 | 2.60 | 1.30 |" in table(small, large).splitlines()


def test_the_machine_is_told() -> None:
    assert "cores" in machine() and "load average" in machine()
    assert commit()
