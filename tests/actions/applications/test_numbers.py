from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.applications.numbers import alike, number_in, only_a_number, plainly_a_number, spelt, tokens
from actions.portal.application import plausible_number

NUMBER = "SLS2026-110412-0087"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (NUMBER, NUMBER),
        ("sls2026-110412-0087", NUMBER),
        ("编号是ｓｌｓ２０２６－１１０４１２－００８７", NUMBER),
        ("我的号是 SLS2026—110412–0087。", NUMBER),
        ("編號是SLS2026-110412-0087", NUMBER),
        ("SLS2026 - 110412 - 0087", NUMBER),
        ("受理通知书编号：SLS2026-110412-0087，谢谢", NUMBER),
        ("查一下SLS2026-110412-0087办到哪了", NUMBER),
        ("我的居住证办到哪了 SLS2026-110412-0087", NUMBER),
        ("查一下 SLS2026-110412-0087，身份证后四位⟦tail:ab12⟧", NUMBER),
        ("no. SLS2026-110412-0087", NUMBER),
        ("2026 1123 0001 23", "20261123000123"),
        ("编号：20261123000123", "20261123000123"),
        ("示政办〔2026〕0118号", "示政办〔2026〕0118号"),
        ("编号是示政办〔2026〕0118号", "示政办〔2026〕0118号"),
        ("受理号：E12345678", "E12345678"),
        ("编号12345", "12345"),
        ("123456789", "123456789"),
    ],
)
def test_numbers_as_people_type_them(text: str, number: str) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "12345", "110", "0", "2", "", "那要多少钱", "2000元", "2026年11月23日能办完吗", "身份证在2020年到期了多少钱",
        "居住证需要什么材料", "国务院令第804号", "400-800-1234", "GB/T 39734", "⟦card:ab12⟧", "'; DROP TABLE x;--",
        "../../etc/passwd", "身份证编号12345",
    ],
)  # fmt: skip
def test_other_digits_are_none(text: str) -> None:
    assert number_in(text) is None


def test_what_is_a_number_alone() -> None:
    assert plainly_a_number(f"编号是{NUMBER}") and only_a_number(f"编号是{NUMBER}")
    assert only_a_number("20261123000123") and not plainly_a_number("20261123000123")
    assert only_a_number(f"{NUMBER}%00")
    assert not only_a_number(f"家里着火了{NUMBER}") and not plainly_a_number(f"{NUMBER}要什么材料")
    assert not only_a_number("110") and not only_a_number("0")


@given(st.text(st.characters() | st.sampled_from("0123456789ABC-/%'\"\n\0 编号是〔〕")))
def test_what_is_found_never_means_anything_in_an_address(text: str) -> None:
    number = number_in(text)
    assert number is None or (plausible_number(number) and spelt(number) == number)
    only_a_number(text), plainly_a_number(text)


@given(st.text("0123456789ABCXYZ", min_size=6, max_size=20), st.sampled_from(["", " ", "　", "-"]))
def test_spellings_count_as_one(characters: str, separator: str) -> None:
    spelling = separator.join(characters).lower()
    assert alike(spelt(spelling)) == alike(characters)


def test_masked_values_in_order() -> None:
    assert tokens("号⟦card:ab12⟧，⟦tail:0123⟧") == [("card", "⟦card:ab12⟧"), ("tail", "⟦tail:0123⟧")]


@pytest.mark.parametrize("piece", ["1", "a-", "是", "号", "我的", "a ", "编号", "1-", "a.1", "〔2026〕"])
def test_time_grows_with_length_only(piece: str) -> None:
    text = piece * (2000 // len(piece))
    assert timeit.timeit(lambda: (number_in(text), only_a_number(text)), number=1) < 0.5
