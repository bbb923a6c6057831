from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from foundation import erasure, sign_ins, signing_in, tickets
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import VaultError
from foundation.settings import Settings
from foundation.sign_ins import access_of, sign_in_requests
from foundation.signing_in import TRIES, Begun, Claimed

A, B, TOKEN = "web:a", "web:b", "secret.sandbox-person-1"


class Desk:
    """A database, a clock, and the operations on them, each in a transaction of its own."""

    def __init__(self, database: Database, cipher: Cipher, clock: FixedClock) -> None:
        self.database, self.cipher, self.clock = database, cipher, clock

    def begin(self, conversation: str = A, own: bool = True) -> Begun:
        with self.database.write() as tx:
            return signing_in.begin(tx, self.cipher, conversation, "browser", own, self.clock.now())

    def claim(self, state: str) -> Claimed | None:
        with self.database.write() as tx:
            return signing_in.claim(tx, self.cipher, state, self.clock.now())

    def finish(self, claimed: Claimed | None, seconds: float | None = 3600) -> str | None:
        assert claimed is not None
        with self.database.write() as tx:
            return signing_in.finish(tx, self.cipher, claimed, TOKEN, seconds, self.clock.now())

    def confirm(self, digits: str, conversation: str = A) -> tuple[bool, int] | None:
        with self.database.write() as tx:
            found = signing_in.confirm(tx, self.cipher, conversation, digits, self.clock.now())
        return None if found is None else (found.done, found.left)

    def access(self, conversation: str = A) -> str | None:
        with self.database.read() as tx:
            return access_of(tx, self.cipher, conversation, self.clock.now())

    def signed_in(self, conversation: str = A, seconds: float | None = 3600) -> None:
        self.finish(self.claim(self.begin(conversation).state), seconds)

    def digits(self, conversation: str = A) -> str:
        digits = self.finish(self.claim(self.begin(conversation, own=False).state))
        assert digits is not None and len(digits) == 6 and digits.isdigit()
        return digits


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06}"


@pytest.fixture
def desk(database: Database, cipher: Cipher, clock: FixedClock) -> Desk:
    return Desk(database, cipher, clock)


def test_in_ones_own_browser_it_counts_at_once(desk: Desk) -> None:
    begun = desk.begin()
    claimed = desk.claim(begun.state)
    assert claimed and (claimed.conversation, claimed.own, claimed.browser) == (A, True, "browser")
    assert (claimed.nonce, claimed.verifier) == (begun.nonce, begun.verifier)
    assert desk.access() is None
    assert desk.finish(claimed) is None
    assert (desk.access(), desk.access(B)) == (TOKEN, None)


@pytest.mark.parametrize(("good_for", "minutes"), [(3600, 30), (None, 30), (600, 10), (1e300, 30)])
def test_for_thirty_minutes_or_as_long_as_the_token(desk: Desk, good_for: float | None, minutes: int) -> None:
    desk.signed_in(seconds=good_for)
    desk.clock.advance(minutes=minutes, seconds=-1)
    with desk.database.read() as tx:
        left = sign_ins.until(tx, A, desk.clock.now())
    assert desk.access() == TOKEN and left == desk.clock.now() + timedelta(seconds=1)
    desk.clock.advance(seconds=1)
    with desk.database.read() as tx:
        assert desk.access() is None and sign_ins.until(tx, A, desk.clock.now()) is None


def test_a_request_is_used_once(desk: Desk) -> None:
    state = desk.begin().state
    assert desk.claim(state) and desk.claim(state) is None
    assert desk.claim("unknown") is None


def test_a_request_is_open_for_ten_minutes(desk: Desk) -> None:
    state = desk.begin().state
    desk.clock.advance(minutes=10)
    assert desk.claim(state) is None


def test_the_latest_request_of_a_conversation_holds(desk: Desk) -> None:
    first, other, second = desk.begin(), desk.begin(B), desk.begin()
    assert desk.claim(first.state) is None
    assert desk.claim(second.state) and desk.claim(other.state)


@pytest.mark.parametrize("own", [True, False])
def test_what_was_given_up_while_the_service_answered_is_not_kept(desk: Desk, own: bool) -> None:
    claimed = desk.claim(desk.begin(own=own).state)
    with desk.database.write() as tx:
        erasure.erase_everything(tx, A)
    with pytest.raises(VaultError, match="given up"):
        desk.finish(claimed)
    assert desk.access() is None


def test_elsewhere_it_counts_when_the_digits_are_typed(desk: Desk) -> None:
    digits = desk.digits()
    assert desk.access() is None
    assert desk.confirm(digits, B) is None, "another conversation is not waiting for anything"
    assert desk.confirm(digits) == (True, 0)
    assert desk.access() == TOKEN
    assert desk.confirm(digits) is None


def test_digits_can_be_wrong_three_times(desk: Desk) -> None:
    digits = desk.digits()
    assert [desk.confirm(other_than(digits)) for _ in range(TRIES)] == [(False, 2), (False, 1), (False, 0)]
    assert desk.confirm(digits) is None and desk.access() is None


def test_digits_wait_for_ten_minutes(desk: Desk) -> None:
    digits = desk.digits()
    desk.clock.advance(minutes=10)
    assert desk.confirm(digits) is None and desk.access() is None


def test_the_thirty_minutes_begin_with_the_sign_in_not_with_the_digits(desk: Desk) -> None:
    digits = desk.digits()
    desk.clock.advance(minutes=9)
    desk.confirm(digits)
    desk.clock.advance(minutes=21)
    assert desk.access() is None


def test_while_the_service_has_not_answered_digits_mean_nothing(desk: Desk) -> None:
    begun = desk.begin(own=False)
    assert desk.confirm("123456") is None
    desk.claim(begun.state)
    assert desk.confirm("123456") is None


def test_signing_out_forgets_it_and_what_is_under_way(desk: Desk) -> None:
    desk.signed_in()
    digits = desk.digits()
    with desk.database.write() as tx:
        assert sign_ins.sign_out(tx, A) and not sign_ins.sign_out(tx, A)
    assert desk.access() is None and desk.confirm(digits) is None


def test_signing_in_again_replaces_it(desk: Desk) -> None:
    desk.signed_in(seconds=60)
    desk.signed_in()
    desk.clock.advance(minutes=5)
    assert desk.access() == TOKEN


def test_nothing_can_be_read_without_the_key(desk: Desk) -> None:
    desk.signed_in()
    begun, digits = desk.begin(B, own=False), desk.digits("web:c")
    with desk.database.read() as tx:
        rows = [*tx.execute(select(sign_ins.sign_ins)), *tx.execute(select(sign_in_requests))]
    stored = repr([bytes(value) if isinstance(value, memoryview) else value for row in rows for value in row])
    for secret in (TOKEN, begun.state, begun.nonce, begun.verifier, digits):
        assert secret not in stored
        assert secret not in repr(begun)


def test_with_another_key_nobody_is_signed_in(desk: Desk) -> None:
    desk.signed_in()
    state = desk.begin(B).state
    desk.cipher = Cipher(b"k" * 32)
    assert desk.access() is None and desk.claim(state) is None


def test_what_has_expired_is_deleted_when_somebody_signs_in(desk: Desk) -> None:
    desk.signed_in(B)
    desk.begin("web:c")
    desk.clock.advance(hours=1)
    desk.begin()
    with desk.database.read() as tx:
        assert not tx.execute(select(sign_ins.sign_ins)).all()
        assert [row.conversation for row in tx.execute(select(sign_in_requests))] == [A]


def test_erasure_covers_both_tables(desk: Desk) -> None:
    desk.signed_in()
    desk.digits()
    desk.signed_in(B)
    with desk.database.write() as tx:
        exported = erasure.export_everything(tx, A)
        assert len(exported["sign_ins"]) == len(exported["sign_in_requests"]) == 1 and TOKEN not in repr(exported)
        counts = erasure.erase_everything(tx, A)
    assert (counts["sign_ins"], counts["sign_in_requests"]) == (1, 1)
    assert desk.access() is None and desk.access(B) == TOKEN


def test_a_link_is_for_one_conversation(cipher: Cipher, clock: FixedClock, settings: Settings) -> None:
    assert sign_ins.link(settings, cipher, A, clock.now()) is None
    on = settings.copy(
        update={"signin_issuer": "https://id.example.gov.cn", "public_url": "https://chat.example.gov.cn/"}
    )
    address = sign_ins.link(on, cipher, A, clock.now())
    assert address and address.startswith("https://chat.example.gov.cn/signin?ticket=")
    assert tickets.unseal(cipher, address.partition("=")[2], clock.now()) == tickets.Ticket(A)
