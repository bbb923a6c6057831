"""The books of delivery, without a loop: what is given up, what two processes cannot both do."""

from __future__ import annotations

from delivery_helpers import WECHAT, say, states
from sqlalchemy import select

from channels import windows
from channels.delivery import ledger
from channels.delivery.ledger import Delivery
from channels.delivery.stored_parts import from_json, to_json
from channels.rendering import Choice, Image, Menu, Part, Text
from channels.tables import deliveries, reply_windows
from foundation import outbox
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.outbox import API, DELIVERED, FAILED, HELD, PENDING, SENDING, UNKNOWN

CITIZEN = f"{WECHAT}:a"
PARTS: tuple[Part, ...] = (
    Text("一😀\n二"),
    Menu("选", (Choice("1-0", "1. 首次", "/first"), Choice("1-1", "2. 补领", "补领")), "回0转人工"),
    Image("https://office.example/1.png"),
)


def begin(database: Database, clock: FixedClock, *ids: int) -> Delivery | None:
    with database.write() as tx:
        return ledger.begin(tx, WECHAT, Delivery(CITIZEN, "key", ids, PARTS), clock.now())


def test_parts_are_stored_as_they_are(database: Database, clock: FixedClock) -> None:
    assert tuple(from_json(to_json(part)) for part in PARTS) == PARTS
    say(database, "a", "一", clock=clock)
    begun = begin(database, clock, 1)
    with database.read() as tx:
        assert ledger.under_way(tx, CITIZEN) == begun
    assert begun is not None and begun.part == PARTS[0] and begun.part_key == "key-0"


def test_step_by_step(database: Database, clock: FixedClock) -> None:
    say(database, "a", "一", "二", clock=clock)
    with database.write() as tx:
        windows.open_window(tx, CITIZEN, "message", clock.now())
    delivery = begin(database, clock, 1, 2)
    assert states(database) == [SENDING] * 2
    for sent in range(3):
        assert delivery is not None and delivery.sent == sent
        with database.write() as tx:
            rest = ledger.confirm(tx, delivery, f"p{sent}", clock.now())
            again = ledger.confirm(tx, delivery, "twice", clock.now())
            delivery = rest and ledger.call(tx, rest, clock.now())
        assert again is None, "somebody has gone on with it"
    assert delivery is None and states(database) == [DELIVERED] * 2
    with database.read() as tx:
        assert tx.execute(select(reply_windows.c.message_left)).scalar_one() == 2
        assert tx.execute(select(deliveries)).first() is None


def test_two_processes_do_not_go_on_with_the_same_part(database: Database, clock: FixedClock) -> None:
    say(database, "a", "一", clock=clock)
    first = begin(database, clock, 1)
    assert first is not None
    with database.write() as tx:
        successor = ledger.call(tx, first, clock.now())
        assert successor is not None and successor.calls == 2
        assert ledger.confirm(tx, first, "late", clock.now()) is None
        assert ledger.call(tx, first, clock.now()) is None
        ledger.drop(tx, first, clock.now())
    assert states(database) == [SENDING]
    assert begin(database, clock, 1) is None, "the reply is taken"


def test_a_part_that_was_never_confirmed_is_remembered(database: Database, clock: FixedClock) -> None:
    say(database, "a", "一", clock=clock)
    delivery = begin(database, clock, 1)
    for doubtful in (True, False, False):
        assert delivery is not None
        with database.write() as tx:
            rest = ledger.confirm(tx, delivery, None, clock.now(), doubtful=doubtful)
            assert rest is None or ledger.call(tx, rest, clock.now())
            delivery = ledger.under_way(tx, CITIZEN)
            assert delivery is None or delivery.doubtful
    assert states(database) == [UNKNOWN]


def test_what_could_not_be_sent_for_two_days_is_given_up(database: Database, clock: FixedClock) -> None:
    say(database, "a", "一", clock=clock)
    begin(database, clock, 1)
    say(database, "b", "二", clock=clock)
    with database.write() as tx:
        windows.close(tx, f"{WECHAT}:b", clock.now())
        assert ledger.hold(tx, f"{WECHAT}:b", clock.now())
    clock.advance(hours=47)
    say(database, "b", "三", clock=clock)
    with database.write() as tx:
        assert ledger.expire(tx, WECHAT, clock.now()) == 0
        assert ledger.held(tx, WECHAT) == 1
    clock.advance(hours=2)
    with database.write() as tx:
        assert ledger.expire(tx, "wecom", clock.now()) == 0
        assert ledger.expire(tx, WECHAT, clock.now()) == 2
        assert tx.execute(select(deliveries)).first() is None
    assert states(database) == [FAILED, FAILED, PENDING]


def test_who_is_due(database: Database, clock: FixedClock) -> None:
    for sender in "abcd":
        say(database, sender, "一", "二", clock=clock)
    begin(database, clock, 1, 2)
    with database.write() as tx:
        windows.close(tx, f"{WECHAT}:b", clock.now())
        ledger.hold(tx, f"{WECHAT}:b", clock.now())
        assert outbox.claim(tx, [5, 6], outbox.PASSIVE, clock.now())
        assert ledger.due(tx, WECHAT, clock.now(), 9) == [CITIZEN, f"{WECHAT}:d"], "what was begun, and what is new"
        assert ledger.due(tx, WECHAT, clock.now(), 1) == [CITIZEN]
        assert ledger.due(tx, "wecom", clock.now(), 9) == []
        clock.advance(seconds=7)
        assert ledger.due(tx, WECHAT, clock.now(), 9)[1] == f"{WECHAT}:c", "its passive reply was never confirmed"
        assert [reply.id for reply in ledger.next_replies(tx, f"{WECHAT}:c", clock.now())] == [5, 6]
        assert outbox.claim(tx, [5, 6], API, clock.now())
    assert states(database).count(HELD) == 2
