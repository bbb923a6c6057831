from __future__ import annotations

import pytest

from knowledge_base.answering.answer import Answer
from knowledge_base.trials.expectations import Expectation

GIVEN = Answer("item", "【养犬登记】收费\n犬牌工本费：25元/块。", "dog-registration", aspect="fee")


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        (Expectation(), []),
        (Expectation("item", "dog-registration", "fee"), []),
        (Expectation(id="dog-registration"), []),
        (Expectation("faq"), ["kind"]),
        (Expectation("item", "boat-licence", "duration"), ["id", "aspect"]),
        (Expectation(contains=("犬牌工本费：２５元 / 块",)), []),
        (Expectation(contains=("25元", "30元")), ["contains"]),
        (Expectation(lacks=("30元",)), []),
        (Expectation(lacks=("犬牌 工本费",)), ["lacks"]),
    ],
)
def test_what_is_wrong_with_an_answer(expect: Expectation, wrong: list[str]) -> None:
    assert [fault.part for fault in expect.faults(GIVEN)] == wrong
    assert Expectation.from_dict(expect.to_dict()) == expect


def test_an_answer_is_as_it_is_expected_from_itself() -> None:
    assert Expectation.of(GIVEN) == Expectation("item", "dog-registration", "fee")
    assert not Expectation.of(GIVEN).faults(GIVEN)
