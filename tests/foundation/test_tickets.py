from __future__ import annotations

import string
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.tickets import LIFE, Ticket, seal, unseal


@pytest.mark.parametrize(
    "ticket", [Ticket("web:a"), Ticket("miniprogram:oX_1-é汉", "f" * 64, own=True), Ticket("w:" + "汉" * 128)]
)
def test_a_ticket_says_whose_it_is(cipher: Cipher, clock: FixedClock, ticket: Ticket) -> None:
    text = seal(cipher, ticket, clock.now())
    assert set(text) <= set(string.ascii_letters + string.digits + "-_")
    assert unseal(cipher, text, clock.now()) == ticket


def test_nobody_else_can_read_or_write_it(cipher: Cipher, clock: FixedClock) -> None:
    text = seal(cipher, Ticket("miniprogram:openid"), clock.now())
    assert text != seal(cipher, Ticket("miniprogram:openid"), clock.now()) and "openid" not in text
    assert unseal(Cipher(b"k" * 32), text, clock.now()) is None
    for at in range(0, len(text), 7):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        assert unseal(cipher, changed, clock.now()) is None
    other = cipher.encrypt('["web:a", null, 99999999999]', "vault:web:a")  # sealed with our key, for something else
    assert unseal(cipher, other.hex(), clock.now()) is None


def test_it_lives_for_ten_minutes(cipher: Cipher, clock: FixedClock) -> None:
    text = seal(cipher, Ticket("web:a"), clock.now())
    clock.advance(seconds=(LIFE - timedelta(seconds=1)).total_seconds())
    assert unseal(cipher, text, clock.now())
    clock.advance(seconds=1)
    assert unseal(cipher, text, clock.now()) is None


@given(st.one_of(st.none(), st.integers(), st.text(), st.text(string.ascii_letters + "-_=", max_size=2000)))
def test_anything_else_is_none(text: object) -> None:
    assert unseal(Cipher(b"k" * 32), text, datetime(2026, 11, 23, tzinfo=timezone.utc)) is None
