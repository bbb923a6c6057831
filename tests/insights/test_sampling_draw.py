"""The draw of a sample: as the answers are spread, by chance, and to be done again by anybody."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from insights.sampling.drawing import Candidate, draw, prove
from insights.sampling.results import Interval, Scored, results, wilson

POPULATION = [
    *(Candidate(f"R{n:04}", "robot", "户政科" if n % 4 else "出入境科") for n in range(400)),
    *(Candidate(f"A{n:04}", "agent", "户政科", f"agent-{n % 3}") for n in range(50)),
]
SIZES = {"robot": 40, "agent": 10}


def test_each_department_has_its_share() -> None:
    drawn = draw(POPULATION, SIZES, "seed")  # type: ignore[arg-type]
    counts = Counter((one.speaker, one.department) for one in drawn.lines)
    assert counts == {("robot", "户政科"): 30, ("robot", "出入境科"): 10, ("agent", "户政科"): 10}
    assert [(one.speaker, one.department, one.population, one.drawn) for one in drawn.strata] == [
        ("robot", "出入境科", 100, 10), ("robot", "户政科", 300, 30), ("agent", "户政科", 50, 10),
    ]  # fmt: skip


def test_the_seed_alone_decides() -> None:
    shuffled = random.Random(5).sample(POPULATION, len(POPULATION))
    first, again = draw(POPULATION, SIZES, "seed"), draw(shuffled, SIZES, "seed")  # type: ignore[arg-type]
    assert first == again
    other = draw(POPULATION, SIZES, "another")  # type: ignore[arg-type]
    assert {one.record for one in other.lines} != {one.record for one in first.lines}


def test_every_answer_may_be_drawn() -> None:
    found: Counter[str] = Counter()
    for n in range(400):
        found.update(one.record for one in draw(POPULATION, SIZES, f"s{n}").lines)  # type: ignore[arg-type]
    assert set(found) == {one.record for one in POPULATION}
    # Forty times each is expected of the robot's; a fair draw keeps within six deviations.
    assert all(4 <= found[one.record] <= 76 for one in POPULATION if one.speaker == "robot")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1), st.integers(0, 80))
def test_no_more_than_there_are_and_no_fewer_than_wanted(departments: dict[str, int], size: int) -> None:
    population = [Candidate(f"{name}{n}", "robot", name) for name, count in departments.items() for n in range(count)]
    drawn = draw(population, {"robot": size}, "seed")
    assert len(drawn.lines) == min(size, len(population)) == len({one.record for one in drawn.lines})
    assert all(one.drawn <= one.population for one in drawn.strata)


def test_a_draw_is_proven_by_doing_it_again() -> None:
    drawn = draw(POPULATION, SIZES, "seed")  # type: ignore[arg-type]
    records = [one.record for one in drawn.lines]
    proof = prove(POPULATION, drawn.strata, records, "seed")
    assert (proof.holds, proof.missing) == (True, 0)
    assert not prove(POPULATION, drawn.strata, records, "another").holds
    chosen = set(records)
    other = next(one.record for one in POPULATION if one.record not in chosen and one.speaker == "robot")
    assert not prove(POPULATION, drawn.strata, [other, *records[1:]], "seed").holds
    assert not prove([*POPULATION, Candidate("X", "robot", "户政科")], drawn.strata, records, "seed").holds


def test_a_draw_is_still_proven_when_some_answers_are_gone() -> None:
    drawn = draw(POPULATION, SIZES, "seed")  # type: ignore[arg-type]
    records = [one.record for one in drawn.lines]
    left = [one for n, one in enumerate(POPULATION) if n % 5]
    gone = len(set(records) - {one.record for one in left})
    proof = prove(left, drawn.strata, records, "seed")
    assert gone and (proof.holds, proof.missing) == (True, gone)
    # What has changed its department is gone from its stratum, not from the sample's truth.
    assert not prove([replace(one, department="x") for one in POPULATION], drawn.strata, records, "seed").holds


def test_wilsons_interval() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
                                         (1, 29, 0.0061, 0.1718)):  # fmt: skip
        found = wilson(successes, trials)
        assert found is not None and abs(found.low - low) < 1e-4 and abs(found.high - high) < 1e-4
    assert wilson(0, 0) is None and wilson(20, 20) == Interval(wilson(20, 20).low, 1.0)  # type: ignore[union-attr]


def test_results_by_speaker_and_department() -> None:
    found = results(
        [Scored("agent", "a", None), Scored("robot", "b", "right"), Scored("robot", "a", "wrong"),
         Scored("robot", "b", "unclear"), Scored("robot", "b", "right")]
    )  # fmt: skip
    told = [(one.speaker, one.department, one.drawn, one.judged, one.waiting, one.right) for one in found]
    assert told == [
        ("robot", None, 4, 3, 0, 2 / 3), ("robot", "a", 1, 1, 0, 0.0), ("robot", "b", 3, 2, 0, 1.0),
        ("agent", None, 1, 0, 1, None), ("agent", "a", 1, 0, 1, None),
    ]  # fmt: skip
