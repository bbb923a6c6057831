"""The number of a case: easy to read out, known again however it is typed, a slip told from a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.applications.numbers import plainly_a_number
from desk.case_numbers import mistyped, new_number, number_in
from foundation.masking import find
from knowledge_base.records import normalise_number

NUMBERS = st.builds(lambda _: new_number(), st.integers())
WAYS = (
    "{n}", "编号{n}", "我的投诉编号是{n}，办到哪了", "{low}", "{digits}", "{four} {more} {check}", "ＳＱ{digits}",
    "sq {digits}", "{n}谢谢", "编号：{wide}",
)  # fmt: skip


def spelt(number: str, way: str) -> str:
    digits = number.replace("SQ-", "").replace("-", "")
    wide = number.replace("-", "－")
    return way.format(
        n=number, low=number.lower(), digits=digits, four=digits[:4], more=digits[4:8], check=digits[8:], wide=wide
    )


@given(NUMBERS, st.sampled_from(WAYS))
def test_it_is_known_again_and_never_masked(number: str, way: str) -> None:
    text = spelt(number, way)
    assert number_in(text) == number
    assert find(text) == []


@given(NUMBERS, st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_no_number(number: str, place: int, more: int) -> None:
    digits = list(number.replace("SQ-", "").replace("-", ""))
    digits[place] = str((int(digits[place]) + more) % 10)
    wrong = f"SQ-{''.join(digits)}"
    assert number_in(wrong) is None
    assert mistyped(wrong) == (digits[0] != "0")


@given(NUMBERS, st.integers(0, 8))
def test_two_digits_the_wrong_way_round_are_no_number(number: str, place: int) -> None:
    digits = list(number.replace("SQ-", "").replace("-", ""))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    turned = f"SQ-{''.join(digits)}"
    assert number_in(turned) == (None if turned != number.replace("-", "").replace("SQ", "SQ-") else number)


@pytest.mark.parametrize(
    "text", ["13912345678", "SLS2026-110412-0087", "2026年11月27日", "K7M2-4Q9D", "12345", "SQ", "⟦phone:7f3a⟧", ""]
)
def test_other_numbers_are_none(text: str) -> None:
    assert number_in(text) is None and not mistyped(text)


def test_it_is_unlike_an_answer_records() -> None:
    assert all(normalise_number(new_number()) is None for _ in range(200))


def test_numbers_are_random() -> None:
    assert len({new_number() for _ in range(500)}) >= 499


def test_it_looks_like_an_application_number_so_it_is_asked_for_first() -> None:
    assert plainly_a_number(new_number())
