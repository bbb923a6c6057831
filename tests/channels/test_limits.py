from __future__ import annotations

import pytest

from channels import limits
from channels.limits import TokenBuckets


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    time = Time()
    limit = TokenBuckets(30, time)
    assert [limit.take("a") for _ in range(30)] == [0.0] * 30
    assert limit.take("a") == pytest.approx(2.0)
    time.now += 1.999
    assert limit.take("a") > 0
    time.now += 0.002
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_senders_do_not_share() -> None:
    limit = TokenBuckets(1, Time())
    assert limit.take("a") == 0 and limit.take("b") == 0
    assert limit.take("a") > 0


def test_zero_is_no_limit() -> None:
    limit = TokenBuckets(0, Time())
    assert not any(limit.take("a") for _ in range(1000))


def test_what_is_given_back_may_be_taken_again_and_no_more() -> None:
    limit = TokenBuckets(2, Time())
    limit.give_back("a")
    assert [limit.take("a") for _ in range(2)] == [0.0, 0.0]
    limit.give_back("a")
    assert limit.take("a") == 0 and limit.take("a") > 0
    for _ in range(9):
        limit.give_back("a")
    assert sum(limit.take("a") == 0 for _ in range(9)) == 2


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT", 3)
    limit = TokenBuckets(1, Time())
    for sender in "abcd":
        limit.take(sender)
    assert len(limit._buckets) == 3


def test_who_may_send_a_whole_burst_again_is_forgotten() -> None:
    time = Time()
    limit = TokenBuckets(30, time)
    for number in range(1_000):
        limit.take(f"sender {number}")
        time.now += 1
    assert len(limit._buckets) <= 3, "each used one of thirty, and has it again after two seconds"


def test_forgetting_lets_nobody_send_faster() -> None:
    time = Time()
    limit, tokens, at = TokenBuckets(3, time), 3.0, time.now
    allowed = 0
    for number in range(300):
        time.now += number % 7 * 1.5
        tokens, at = min(3.0, tokens + (time.now - at) / 20), time.now
        assert (limit.take("a") == 0) == (tokens >= 1)
        allowed += tokens >= 1
        tokens -= tokens >= 1
        for other in range(number % 5):
            limit.take(f"{number} {other}")
    assert 50 < allowed < 290
