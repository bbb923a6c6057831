"""What an outside system is told of: in order for each case, tried again, given up, taken up again."""

from __future__ import annotations

from datetime import timedelta

from case_samples import NOW, NUMBER, OTHER, filed

from desk import case_deliveries
from desk.case_deliveries import DEAD, PENDING, SENT, add, due, failed, of_case, retry, sent
from foundation.cipher import Cipher
from foundation.database import Database

LATER = NOW + timedelta(minutes=1)


def test_in_the_order_of_the_case(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        add(tx, case.id, "changed", NOW)
        first = due(tx, NOW)
        assert first is not None and (first.number, first.event, first.attempts) == (NUMBER, "filed", 0)
        assert failed(tx, first, "HTTP 503", LATER)
        assert due(tx, NOW) is None  # what happened later does not overtake it
        again = due(tx, LATER)
        assert again is not None and (again.key, again.attempts, again.problem) == (first.key, 1, "HTTP 503")
        assert sent(tx, again, LATER)
        second = due(tx, LATER)
        assert second is not None and second.event == "changed" and second.key != first.key


def test_one_case_does_not_wait_for_another(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        filed(tx, cipher)
        one = due(tx, NOW)
        assert one is not None
        failed(tx, one, "HTTP 400", None)
        filed(tx, cipher, number=OTHER)
        other = due(tx, NOW)
        assert other is not None and other.number == OTHER


def test_what_another_process_has_settled_stays(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        filed(tx, cipher)
        one = due(tx, NOW)
        assert one is not None and sent(tx, one, NOW)
        assert not failed(tx, one, "timed out", LATER) and not sent(tx, one, LATER)
        assert of_case(tx, one.case_id)[0].state == SENT


def test_the_dead_are_shown_and_can_be_tried_again(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        add(tx, case.id, "changed", NOW)
        one = due(tx, NOW)
        assert one is not None and failed(tx, one, "HTTP 401", None)
        assert due(tx, LATER) is None
        [dead] = case_deliveries.dead(tx)
        assert (dead.number, dead.problem, dead.state) == (NUMBER, "HTTP 401", DEAD)
        assert retry(tx, LATER, case_id=case.id + 1) == 0 and retry(tx, LATER) == 1
        again = due(tx, LATER)
        assert again is not None and (again.key, again.attempts) == (one.key, 0)
        assert [row.state for row in of_case(tx, case.id)] == [PENDING, PENDING]
