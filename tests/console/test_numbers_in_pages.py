"""Numbers in addresses and forms, as somebody may type them."""

from __future__ import annotations

import pytest

from console.numbers import LARGEST, row_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("12", 12), ("007", 7), (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None), ("9" * 30, None), ("0" * 5000, None),
        ("", None), ("-1", None), ("1.5", None), (" 1", None), ("1_0", None), ("²", None), ("１２", None), ("一", None),
    ],
)  # fmt: skip
def test_numbers(text: str, number: int | None) -> None:
    assert row_number(text) == number
