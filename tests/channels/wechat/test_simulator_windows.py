from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.windows import Windows
from foundation.clock import FixedClock


def take(windows: Windows) -> int:
    try:
        windows.take()
    except Refusal as refusal:
        return refusal.code
    return 0


def typing(windows: Windows, command: str = "Typing") -> int:
    try:
        windows.typing(command)
    except Refusal as refusal:
        return refusal.code
    return 0


@pytest.fixture
def windows(clock: FixedClock) -> Windows:
    return Windows(clock)


def test_five_messages_after_one_of_the_user(windows: Windows, clock: FixedClock) -> None:
    assert take(windows) == 45015, "nobody has written"
    windows.wrote()
    assert [take(windows) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    windows.wrote()
    clock.advance(hours=47, minutes=59)
    assert take(windows) == 0
    clock.advance(minutes=1)
    assert take(windows) == 45015


def test_three_within_a_minute_after_a_click(windows: Windows, clock: FixedClock) -> None:
    windows.acted()
    assert [take(windows) for _ in range(4)] == [0, 0, 0, 45047]
    windows.acted()
    clock.advance(minutes=1)
    assert take(windows) == 45015


def test_allowances_do_not_add_up_and_the_larger_holds(windows: Windows, clock: FixedClock) -> None:
    windows.wrote()
    windows.acted()
    assert windows.left == 5
    assert [take(windows) for _ in range(6)] == [0] * 5 + [45047]
    windows.acted()
    assert windows.left == 3, "a click opens again what the message had used up"
    clock.advance(minutes=2)
    assert take(windows) == 45047


def test_who_leaves_cannot_be_written_to(windows: Windows) -> None:
    windows.wrote()
    windows.close()
    assert take(windows) == 45015


def test_typing_is_shown_once_and_ends(windows: Windows, clock: FixedClock) -> None:
    assert typing(windows) == 45080
    windows.wrote()
    assert [typing(windows), typing(windows)] == [0, 45081]
    clock.advance(seconds=15)
    assert typing(windows) == 0 and windows.is_typing
    assert take(windows) == 0 and not windows.is_typing, "a message ends it"
    clock.advance(seconds=16)
    assert typing(windows) == 45080
    assert typing(windows, "Sleep") == 45072
    windows.wrote()
    assert [typing(windows), typing(windows, "CancelTyping"), typing(windows)] == [0, 0, 0]


@given(st.lists(st.sampled_from(["wrote", "acted", "take"]), max_size=40))
def test_never_more_than_five_after_the_last_doing(doings: list[str]) -> None:
    from tests.conftest import NOW

    windows, taken = Windows(FixedClock(NOW)), 0
    for doing in doings:
        if doing == "take":
            taken += take(windows) == 0
        else:
            getattr(windows, doing)()
            taken = 0
        assert taken <= 5 and 0 <= windows.left <= 5
