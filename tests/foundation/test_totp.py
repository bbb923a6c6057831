from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import insert, select

from foundation import accounts, totp
from foundation.accounts import Account
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import AccountError
from foundation.totp import second_factors


class Phone:
    """An authenticator app of its own, which knows the secret that was typed into it."""

    def __init__(self, shown: str) -> None:
        self._app = TOTP(base64.b32decode(shown.replace(" ", "")), 6, SHA1(), 30)

    def code(self, at: datetime) -> str:
        return self._app.generate(int(at.timestamp())).decode()


@pytest.fixture
def li(database: Database, clock: FixedClock) -> Account:
    with database.write() as tx:
        return accounts.add(tx, "lihua", None, ["agent"], clock.now())


def enrol(tx: Any, cipher: Cipher, account: Account, clock: FixedClock) -> tuple[Phone, list[str]]:
    phone = Phone(totp.propose(tx, cipher, account, "示例市", clock.now()).secret)
    codes = totp.confirm(tx, cipher, account.id, phone.code(clock.now()), clock.now())
    assert codes is not None
    clock.advance(seconds=30)
    return phone, codes


def test_codes_are_those_of_rfc_6238(database: Database, cipher: Cipher, clock: FixedClock, li: Account) -> None:
    clock.instant = datetime(2005, 3, 18, 1, 58, 29, tzinfo=timezone.utc)  # appendix B: 14050471 for 8 digits
    with database.write() as tx:
        secret = cipher.encrypt(b"12345678901234567890".hex(), f"second factor:{li.id}")
        row = {"secret": secret, "last_step": 0, "recovery": [], "created_at": clock.now(), "confirmed_at": clock.now()}
        tx.execute(insert(second_factors).values(account_id=li.id, **row))
        assert not totp.check(tx, cipher, li.id, "050472", clock.now())
        assert totp.check(tx, cipher, li.id, " 081 804 ", clock.now())  # of 01:58:29, 1111111109: 07081804
        assert not totp.check(tx, cipher, li.id, "081804", clock.now())


def test_it_is_not_asked_for_before_the_app_has_shown_the_right_code(
    database: Database, cipher: Cipher, clock: FixedClock, li: Account
) -> None:
    with database.write() as tx:
        offered = totp.propose(tx, cipher, li, "示例市", clock.now())
        assert totp.propose(tx, cipher, li, "示例市", clock.now()) == offered  # a page may be loaded again
        asked = parse_qs(urlsplit(offered.address).query)
        assert asked["secret"] == [offered.secret.replace(" ", "")] and asked["issuer"] == ["示例市"]
        phone = Phone(offered.secret)
        assert totp.enrolled(tx, li.id) is None
        assert not totp.check(tx, cipher, li.id, phone.code(clock.now()), clock.now())
        assert totp.confirm(tx, cipher, li.id, "12345", clock.now()) is None
        assert len(totp.confirm(tx, cipher, li.id, phone.code(clock.now()), clock.now()) or []) == 10
        assert totp.enrolled(tx, li.id) == 10
        with pytest.raises(AccountError):
            totp.propose(tx, cipher, li, "示例市", clock.now())
        assert totp.confirm(tx, cipher, li.id, phone.code(clock.now()), clock.now()) is None
        assert totp.remove(tx, li.id) and totp.enrolled(tx, li.id) is None and not totp.remove(tx, li.id)


def test_a_code_counts_once_and_for_half_a_minute_around(
    database: Database, cipher: Cipher, clock: FixedClock, li: Account
) -> None:
    with database.write() as tx:
        phone, _ = enrol(tx, cipher, li, clock)
        code = phone.code(clock.now())
        assert totp.check(tx, cipher, li.id, code, clock.now())
        assert not totp.check(tx, cipher, li.id, code, clock.now())
        clock.advance(seconds=60)
        late = phone.code(clock.now())
        early = late
        clock.advance(seconds=60)
        assert not totp.check(tx, cipher, li.id, late, clock.now())  # two steps ago
        clock.advance(seconds=-30)
        assert totp.check(tx, cipher, li.id, early, clock.now())  # one step ago
        ahead = phone.code(clock.now())
        assert totp.check(tx, cipher, li.id, ahead, clock.now())
        assert not totp.check(tx, cipher, li.id, early, clock.now())


def test_of_two_at_once_one_gets_in(database: Database, cipher: Cipher, clock: FixedClock, li: Account) -> None:
    with database.write() as tx:
        phone, codes = enrol(tx, cipher, li, clock)

    def attempt(code: str) -> bool:
        with database.write() as tx:
            return totp.check(tx, cipher, li.id, code, clock.now())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, [phone.code(clock.now())] * 8)) == 1
        assert sum(pool.map(attempt, [codes[0]] * 8)) == 1


def test_recovery_codes_count_once_each_and_are_kept_by_fingerprint(
    database: Database, cipher: Cipher, clock: FixedClock, li: Account
) -> None:
    with database.write() as tx:
        _, codes = enrol(tx, cipher, li, clock)
        assert len(set(codes)) == 10
        kept = str(tx.execute(select(second_factors.c.recovery)).scalar_one())
        assert not any(code in kept or code.replace("-", "") in kept for code in codes)
        assert totp.check(tx, cipher, li.id, codes[3].upper().replace("-", " "), clock.now())
        assert not totp.check(tx, cipher, li.id, codes[3], clock.now())
        assert totp.enrolled(tx, li.id) == 9
        wang = accounts.add(tx, "wang", None, [], clock.now())
        enrol(tx, cipher, wang, clock)
        assert not totp.check(tx, cipher, wang.id, codes[4], clock.now())  # another's


@pytest.mark.parametrize("code", ["", "000000000000", "abcdef", "12345٣", "１２３４５６", "\x00" * 6, "-" * 40])
def test_nonsense_is_wrong(database: Database, cipher: Cipher, clock: FixedClock, li: Account, code: str) -> None:
    with database.write() as tx:
        enrol(tx, cipher, li, clock)
        assert not totp.check(tx, cipher, li.id, code, clock.now())


def test_with_another_key_nobody_gets_in_and_it_can_be_set_up_anew(
    database: Database, cipher: Cipher, clock: FixedClock, li: Account
) -> None:
    other = Cipher(b"\x01" * 32)
    with database.write() as tx:
        totp.propose(tx, cipher, li, "示例市", clock.now())
        again = totp.propose(tx, other, li, "示例市", clock.now())
        codes = totp.confirm(tx, other, li.id, Phone(again.secret).code(clock.now()), clock.now())
        clock.advance(seconds=30)
        assert not totp.check(tx, cipher, li.id, Phone(again.secret).code(clock.now()), clock.now())
        assert codes and not totp.check(tx, cipher, li.id, codes[0], clock.now())
