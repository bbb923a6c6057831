from __future__ import annotations

import pytest
from simulator_helpers import settings

from channels.wechat.simulator.accounts import accounts
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.tokens import Tokens
from foundation.clock import FixedClock

ACCOUNTS = accounts(settings())
WECHAT, WECOM = ACCOUNTS["wechat"], ACCOUNTS["wecom"]


@pytest.fixture
def tokens(clock: FixedClock) -> Tokens:
    return Tokens(clock)


def code(tokens: Tokens, value: str, corporate: bool = False) -> int:
    """What a call with this token is answered."""
    try:
        tokens.account(value, corporate)
    except Refusal as refusal:
        return refusal.code
    return 0


def test_a_plain_token_replaces_the_one_before_after_five_minutes(tokens: Tokens, clock: FixedClock) -> None:
    first, seconds = tokens.plain(WECHAT)
    second, _ = tokens.plain(WECHAT)
    assert first != second and seconds == 7200
    clock.advance(minutes=4, seconds=59)
    assert code(tokens, first) == code(tokens, second) == 0
    clock.advance(seconds=1)
    assert (code(tokens, first), code(tokens, second)) == (40001, 0)


def test_a_stable_token_stays_until_its_last_five_minutes(tokens: Tokens, clock: FixedClock) -> None:
    first, _ = tokens.stable(WECHAT)
    clock.advance(minutes=114)
    assert tokens.stable(WECHAT) == (first, 360)
    clock.advance(minutes=2)
    second, seconds = tokens.stable(WECHAT)
    assert second != first and seconds == 7200
    assert code(tokens, first) == code(tokens, second) == 0, "both hold for the last minutes"
    clock.advance(minutes=5)
    assert (code(tokens, first), code(tokens, second)) == (42001, 0)
    assert tokens.fetched == {"wechat": 3}


def test_stable_and_plain_tokens_do_not_touch_each_other(tokens: Tokens, clock: FixedClock) -> None:
    stable, _ = tokens.stable(WECHAT)
    tokens.plain(WECHAT)
    clock.advance(minutes=6)
    assert code(tokens, stable) == 0


def test_forcing_ends_the_token_and_is_limited(tokens: Tokens, clock: FixedClock) -> None:
    first, _ = tokens.stable(WECHAT)
    second, _ = tokens.stable(WECHAT, force=True)
    assert first != second and code(tokens, first) == 40001
    with pytest.raises(Refusal) as refused:
        tokens.stable(WECHAT, force=True)
    assert refused.value.code == 45011
    for _ in range(19):
        clock.advance(seconds=31)
        tokens.stable(WECHAT, force=True)
    clock.advance(seconds=31)
    with pytest.raises(Refusal) as refused:
        tokens.stable(WECHAT, force=True)
    assert refused.value.code == 45009


def test_a_corporation_gets_the_same_token_until_it_expires(tokens: Tokens, clock: FixedClock) -> None:
    first, _ = tokens.corporate(WECOM)
    clock.advance(seconds=7199)
    assert tokens.corporate(WECOM) == (first, 1)
    clock.advance(seconds=1)
    assert tokens.corporate(WECOM)[0] != first
    assert code(tokens, first, corporate=True) == 42001


@pytest.mark.parametrize(("corporate", "expected"), [(False, 40001), (True, 40014)])
def test_unknown_and_missing_tokens(tokens: Tokens, corporate: bool, expected: int) -> None:
    assert code(tokens, "nonsense", corporate) == expected
    assert code(tokens, "", corporate) == 41001


def test_all_tokens_can_be_ended(tokens: Tokens) -> None:
    first, _ = tokens.stable(WECHAT)
    tokens.expire(40001)
    assert code(tokens, first) == 40001
    second, _ = tokens.stable(WECHAT)
    assert second != first and code(tokens, second) == 0


def test_accounts_with_the_same_secret_have_tokens_of_their_own(tokens: Tokens) -> None:
    other = ACCOUNTS["miniprogram"]
    assert other.secret == WECHAT.secret
    first, second = tokens.stable(WECHAT)[0], tokens.stable(other)[0]
    assert tokens.account(first, False) is WECHAT and tokens.account(second, False) is other
