from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.applications import attempts
from actions.applications.attempts import PER_NUMBER, PER_OFFICE, PER_PERSON, Attempt, Way
from foundation import attempts as counter
from foundation.attempts import Limit
from foundation.attempts import attempts as table
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import ROOT

NUMBER = "SLS2026-110412-0087"

SPRAY = """
import sys
from datetime import datetime, timedelta
from actions.applications import attempts
from foundation.attempts import Limit
from foundation.cipher import Cipher
from foundation.database import Database

attempts.PER_OFFICE = Limit(25, timedelta(hours=1))
database, now, me, cipher = Database(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3], Cipher(b"k" * 32)
made = alarms = 0
for n in range(40):
    with database.write() as tx:
        attempt = attempts.begin(tx, cipher, "last_four", f"SLS2026-{me}-{n % 20:04}", f"web:{n}", now)
    alarms += attempt.closes
    if attempt.refused is None:
        made += 1
        with database.write() as tx:
            alarms += attempts.failed(tx, attempt).closes
print(made, alarms)
"""


class Book:
    """The attempts, each in a transaction of its own."""

    def __init__(self, database: Database, cipher: Cipher, clock: FixedClock) -> None:
        self.database, self.cipher, self.clock = database, cipher, clock

    def begin(self, person: str = "web:a", number: str = NUMBER, way: Way = "last_four") -> Attempt:
        with self.database.write() as tx:
            return attempts.begin(tx, self.cipher, way, number, person, self.clock.now())

    def fail(self, person: str = "web:a", number: str = NUMBER, way: Way = "last_four") -> bool:
        """A wrong proof; whether the number is locked by it."""
        attempt = self.begin(person, number, way)
        assert attempt.refused is None, attempt
        with self.database.write() as tx:
            return attempts.failed(tx, attempt).locks

    def spray(self, guesses: int) -> int:
        """Wrong proofs of ever new persons for ever new numbers; returns how often it was said that the way closes."""
        closed = 0
        for n in range(guesses):
            attempt = self.begin(f"web:spray-{n}", f"SLS2026-777777-{n:04}")
            assert attempt.refused is None, attempt
            with self.database.write() as tx:
                closed += attempts.failed(tx, attempt).closes
        return closed

    def succeed(self, person: str = "web:a", number: str = NUMBER) -> None:
        attempt = self.begin(person, number)
        assert attempt.refused is None, attempt
        with self.database.write() as tx:
            attempts.give_back(tx, attempt)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """An office that is used up soon."""
    limit = Limit(7, timedelta(hours=1))
    monkeypatch.setattr(attempts, "PER_OFFICE", limit)
    return limit


@pytest.fixture
def book(database: Database, cipher: Cipher, clock: FixedClock) -> Book:
    return Book(database, cipher, clock)


def test_a_number_is_locked_for_a_day_whoever_tries(book: Book) -> None:
    assert [book.fail(f"web:{n}") for n in range(PER_NUMBER.most)] == [False] * 4 + [True]
    refused = book.begin("web:new")
    assert (refused.refused, refused.locks) == ("number", False)
    book.clock.advance(hours=23)
    assert book.begin("web:newer").refused == "number"
    book.clock.advance(hours=1)
    assert book.begin("web:newest").refused is None


def test_all_spellings_of_a_number_are_one(book: Book) -> None:
    for n, spelling in enumerate(("SLS2026-110412-0087", "SLS20261104120087", "SLS2026.110412.0087", NUMBER, NUMBER)):
        book.fail(f"web:{n}", spelling)
    assert book.begin("web:b", "SLS2026-1104120087").refused == "number"
    assert book.begin("web:b", "SLS2026-110412-0088").refused is None


def test_a_person_may_try_five_times_an_hour_whatever_the_number(book: Book) -> None:
    for n in range(PER_PERSON.most):
        book.fail("web:a", f"SLS2026-000000-000{n}")
    refused = book.begin("web:a", NUMBER)
    assert refused.refused == "person" and refused.until == book.clock.now() + PER_PERSON.within
    assert book.begin("web:b", NUMBER).refused is None
    book.clock.advance(hours=1)
    assert book.begin("web:a", NUMBER).refused is None


def test_who_may_not_try_does_not_count_for_the_number(book: Book) -> None:
    for n in range(PER_PERSON.most):
        book.fail("web:a", f"SLS2026-000000-000{n}")
    for _ in range(20):
        assert book.begin("web:a").refused == "person"
    assert not book.fail("web:b")


def test_ones_own_application_frees_nothing_but_its_own_attempt(book: Book) -> None:
    own, others = "SLS2026-999999-0001", "SLS2026-110412-"
    guesses = 0
    for n in range(20):
        book.clock.advance(minutes=1)
        if book.begin("web:a", f"{others}{n:04}").refused is None:
            guesses += 1
        if book.begin("web:a", own).refused is None:
            break  # not given back, as after a crash
        book.succeed("web:c", own)
    assert guesses <= PER_PERSON.most


def test_right_proofs_between_guesses_do_not_free_the_guesser(book: Book) -> None:
    for n in range(4):
        book.fail("web:a", f"SLS2026-110412-000{n}")
        book.succeed("web:a", "SLS2026-999999-0001")
    book.fail("web:a", "SLS2026-110412-0009")
    assert book.begin("web:a", "SLS2026-110412-0010").refused == "person"


def test_the_applicants_own_look_ups_do_not_free_the_number(book: Book) -> None:
    for n in range(4):
        book.fail(f"web:{n}")
        book.succeed("web:owner")
    assert book.fail("web:x")
    assert book.begin("web:owner").refused == "number"


def test_codes_are_counted_apart(book: Book) -> None:
    for n in range(PER_NUMBER.most):
        book.fail(f"web:{n}")
    assert book.begin("web:owner").refused == "number"
    assert book.begin("web:owner", way="code").refused is None
    assert book.begin("web:owner", way="send").refused is None


def test_sending_codes_is_limited_and_locks_nothing(book: Book) -> None:
    assert not any(book.fail(f"web:{n}", way="send") for n in range(PER_NUMBER.most))
    refused = book.begin("web:new", way="send")
    assert (refused.refused, refused.locks) == ("number", False)


def test_a_crash_gives_no_free_guess_and_the_alarm_comes_all_the_same(book: Book) -> None:
    for n in range(PER_NUMBER.most):
        book.begin(f"web:{n}")  # counted, and never settled
    first, second = book.begin("web:new"), book.begin("web:newer")
    assert (first.refused, first.locks) == ("number", True)
    assert (second.refused, second.locks) == ("number", False)


def test_guesses_at_once_are_no_more_than_one_after_the_other(book: Book) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda n: book.begin(f"web:{n}"), range(40)))
    assert sum(one.refused is None for one in begun) == PER_NUMBER.most


def test_fingerprints_only_and_old_rows_go(book: Book) -> None:
    book.fail()
    with book.database.read() as tx:
        subjects = list(tx.execute(select(table.c.subject)).scalars())
    assert len(subjects) == 3 and not any(NUMBER in one or "web:a" in one for one in subjects)
    book.clock.advance(hours=23)
    with book.database.write() as tx:
        assert counter.purge(tx, book.clock.now()) == 0
        book.clock.advance(hours=1)
        assert counter.purge(tx, book.clock.now()) == 3


def test_many_wrong_last_fours_close_that_way_for_everybody_for_an_hour(book: Book, small: Limit) -> None:
    assert book.spray(small.most) == 1
    refused = book.begin("web:citizen")
    assert (refused.refused, refused.until) == ("office", book.clock.now() + small.within)
    assert not refused.closes, "said once"
    for way in ("code", "send"):
        assert book.begin("web:citizen", way=way).refused is None  # type: ignore[arg-type]
    book.clock.advance(hours=1)
    assert book.begin("web:citizen").refused is None
    assert book.spray(small.most - 1) == 1, "another hour, another word"


def test_who_comes_while_it_is_closed_uses_nothing_up(book: Book, small: Limit) -> None:
    book.spray(small.most)
    for _ in range(20):
        assert book.begin("web:citizen").refused == "office"
    book.clock.advance(hours=1)
    assert [book.fail("web:citizen") for _ in range(PER_NUMBER.most)] == [False] * 4 + [True]


def test_right_proofs_and_what_was_not_tried_are_not_the_offices(book: Book, small: Limit) -> None:
    for _ in range(3 * small.most):
        book.succeed()
    for n in range(PER_NUMBER.most):
        book.fail(f"web:{n}")
    for n in range(3 * small.most):
        assert book.begin(f"web:late-{n}").refused == "number"
    for _ in range(small.most - PER_NUMBER.most):
        book.fail("web:b", "SLS2026-110412-0088")
    assert book.begin("web:c").refused == "office"


def test_after_a_crash_the_closing_is_told_all_the_same(book: Book, small: Limit) -> None:
    for n in range(small.most):
        book.begin(f"web:{n}", f"SLS2026-777777-{n:04}")  # counted, and never settled
    first, second = book.begin("web:new"), book.begin("web:newer")
    assert (first.refused, first.closes) == ("office", True)
    assert (second.refused, second.closes) == ("office", False)


def test_a_day_of_spraying_gets_few_guesses(book: Book) -> None:
    """From ever new conversations at ever new numbers: fewer than one of ten thousand last-fours a day is hit."""
    assert PER_OFFICE.most * (timedelta(days=1) / PER_OFFICE.within) < 10_000
    assert book.spray(PER_OFFICE.most) == 1
    assert book.begin("web:more", "SLS2026-888888-0000").refused == "office"


def test_two_processes_have_one_budget_and_one_says_so(database: Database, clock: FixedClock) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", SPRAY, url, clock.now().isoformat()]
    spraying = [subprocess.Popen([*command, me], cwd=ROOT, stdout=subprocess.PIPE, text=True) for me in ("1", "2")]
    told = [[int(count) for count in one.communicate(timeout=60)[0].split()] for one in spraying]
    assert [sum(counts) for counts in zip(*told)] == [25, 1]
