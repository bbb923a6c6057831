"""Samples: drawn from a period that is over, scored by others than whoever answered, closed for good."""

from __future__ import annotations

from datetime import date

import pytest
from month_of_turns import ask
from sqlalchemy import delete, update
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from insights.sampling import sheets
from insights.sampling.drawing import Candidate, lot
from insights.sampling.results import results
from insights.sampling.sheets import SampleError
from insights.sampling.tables import quality_sample_lines
from insights.turns import turns

SINCE, UNTIL = date(2026, 10, 1), date(2026, 10, 31)


def agents() -> list[Candidate]:
    return [Candidate(f"AAAA-{n:04}", "agent", "户政科", "zhao" if n % 2 else "qian") for n in range(20)]


def drawn(tx: Connection, clock: FixedClock, robot: int = 10, agent: int = 4) -> sheets.Sample:
    population = [*sheets.of_robot(tx, SINCE, UNTIL), *agents()]
    return sheets.make(tx, population, {"robot": robot, "agent": agent}, SINCE, UNTIL, "chief", clock.now())


def refusal(work: object, *given: object) -> str:
    with pytest.raises(SampleError) as caught:
        work(*given)  # type: ignore[operator]
    return caught.value.key


def test_what_may_be_drawn_of_the_robots_answers(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        kept = ask(tx, 2, day=1) + ask(tx, 1, day=31) + ask(tx, 1, kind="fallback", decision="refused", department=None)
        ask(tx, 3, day=30, month=9)
        ask(tx, 3, day=1, month=11)
        ask(tx, 1, record=None)
        ask(tx, 1, kind="status")  # may tell who somebody is
        ask(tx, 1, kind="smalltalk")
        found = list(sheets.of_robot(tx, SINCE, UNTIL))
    assert sorted(one.record for one in found) == sorted(kept)
    assert sorted({one.department for one in found}) == ["", "出入境科"]


def test_a_sample_is_scored_line_by_line(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        ask(tx, 60)
        sample = drawn(tx, clock)
        assert [(one.speaker, one.population, one.drawn) for one in sample.strata] == [
            ("robot", 60, 10),
            ("agent", 20, 4),
        ]
        lines = sheets.lines(tx, sample.id)
        assert [line.place for line in lines] == list(range(1, 15))
        mine = next(line for line in lines if line.said_by)
        assert refusal(sheets.score, tx, sample.id, mine.place, "right", "", mine.said_by, clock.now()) == "own"
        place = sheets.next_for(tx, sample.id, "chief")
        assert place == 1
        sheets.score(tx, sample.id, 1, "wrong", "太旧", "chief", clock.now())
        assert sheets.next_for(tx, sample.id, "chief", 1) == 2
        assert refusal(sheets.score, tx, sample.id, 1, "right", "", "other", clock.now()) == "scored"
        sheets.score(tx, sample.id, 1, "partly", "", "chief", clock.now())  # thought better of it
        assert refusal(sheets.score, tx, sample.id, 2, "great", "", "chief", clock.now()) == "verdict"
        assert refusal(sheets.score, tx, sample.id, 99, "right", "", "chief", clock.now()) == "unknown"
        sheets.close(tx, sample.id, "chief", clock.now())
        assert refusal(sheets.score, tx, sample.id, 2, "right", "", "chief", clock.now()) == "closed"
        shares = {(one.speaker, one.department): one for one in results(sheets.scored_of_month(tx, SINCE, UNTIL))}
        assert shares["robot", None].drawn == 10 and shares["agent", None].drawn == 4
        assert shares[lines[0].speaker, lines[0].department].verdicts == {"partly": 1}
        assert sheets.scored_of_month(tx, date(2026, 11, 1), date(2026, 11, 30)) == []
        acts = [(one.account, one.action) for one in reversed(audit.entries(tx))]
    assert acts == [
        ("chief", "sample.draw"),
        ("chief", "sample.score"),
        ("chief", "sample.score"),
        ("chief", "sample.close"),
    ]


def test_whoever_has_scored_all_others_is_led_to_none_of_their_own(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        population = [Candidate("AAAA-0001", "agent", "", "zhao"), Candidate("AAAA-0002", "agent", "", "qian")]
        sample = sheets.make(tx, population, {"agent": 2}, SINCE, UNTIL, "chief", clock.now())
        place = sheets.next_for(tx, sample.id, "zhao")
        assert place is not None and sheets.line(tx, sample.id, place).said_by == "qian"
        sheets.score(tx, sample.id, place, "right", "", "zhao", clock.now())
        assert sheets.next_for(tx, sample.id, "zhao") is None


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2026, 11, 1), date(2026, 11, 23)), (date(2026, 10, 2), date(2026, 10, 1))],
    ids=["today is not over", "backwards"],
)
def test_only_days_that_are_over(database: Database, clock: FixedClock, since: date, until: date) -> None:
    with database.write() as tx:
        assert refusal(sheets.make, tx, agents(), {"agent": 1}, since, until, "chief", clock.now()) == "days"
        assert refusal(sheets.make, tx, [], {"agent": 1}, SINCE, UNTIL, "chief", clock.now()) == "nothing"


def test_the_draw_is_proven(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        records = ask(tx, 60)
        sample = drawn(tx, clock)

        def proof() -> tuple[bool, int]:
            found = sheets.check(tx, sample, [*sheets.of_robot(tx, SINCE, UNTIL), *agents()])
            return found.holds, found.missing

        assert proof() == (True, 0)
        # The questions are forgotten in time; that changes nothing.
        tx.execute(update(turns).values(question=None, conversation=None))
        assert proof() == (True, 0)
        robot = [line.record for line in sheets.lines(tx, sample.id) if line.speaker == "robot"]
        tx.execute(delete(turns).where(turns.c.record == robot[0]))
        assert proof() == (True, 1)
        # Somebody puts an answer into the sample that was not drawn.
        other = max(records, key=lambda record: lot(sample.seed, record))
        swapped = update(quality_sample_lines).where(quality_sample_lines.c.record == robot[1])
        tx.execute(swapped.values(record=other))
        assert proof()[0] is False


def test_the_question_of_an_answer(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        (number,) = ask(tx, 1, at=clock.now())
        assert sheets.question_of(tx, number, clock.now()) == "护照多少钱"
        assert sheets.question_of(tx, "none", clock.now()) is None
