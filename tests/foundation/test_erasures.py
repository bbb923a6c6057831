"""Who left a channel is erased, once for each time that they left."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from foundation import erasures
from foundation.cipher import Cipher
from foundation.database import Database

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
ME = "wechat:oA"


def leave(database: Database, cipher: Cipher, said: datetime, now: datetime) -> bool:
    with database.write() as tx:
        return erasures.leave(tx, cipher, ME, int(said.timestamp()), now)


@pytest.mark.parametrize("hours", [0, 2, -2, 24_000])
def test_the_first_time_counts_whenever_it_was(database: Database, cipher: Cipher, hours: int) -> None:
    assert leave(database, cipher, NOW - timedelta(hours=hours), NOW)


def test_what_is_done_is_not_done_anew_by_the_same_word(database: Database, cipher: Cipher) -> None:
    assert leave(database, cipher, NOW, NOW)
    for hours in (2, 24, 24_000):
        assert not leave(database, cipher, NOW, NOW + timedelta(hours=hours))
    assert leave(database, cipher, NOW + timedelta(hours=3), NOW + timedelta(hours=3)), "they left again"
    assert leave(database, cipher, NOW + timedelta(hours=4), NOW + timedelta(hours=9)), "told late, but not before"


def test_a_word_at_no_time_counts_once(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        assert erasures.leave(tx, cipher, ME, 0, NOW)
        assert not erasures.leave(tx, cipher, ME, 0, NOW)
        assert erasures.leave(tx, cipher, "wechat:oB", 10**15, NOW)


def test_they_are_known_under_an_older_key(database: Database) -> None:
    old, new = bytes(range(32)), bytes(range(32, 64))
    assert leave(database, Cipher(old), NOW, NOW)
    assert not leave(database, Cipher(new, others=[old]), NOW, NOW + timedelta(hours=2))
