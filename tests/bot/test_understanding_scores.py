"""What is a score, and what is a number that means something else."""

from __future__ import annotations

import pytest

from actions.handing_over.hearing import AWAITS_SCORE, for_the_desk, score
from desk.notices import asking_for_a_score, notice

QUESTION = asking_for_a_score(notice("ended"))["text"]
ASKED = {AWAITS_SCORE: {"handover": 7, "day": "2026-11-23", "open": True}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", 5), ("非常满意", 5), ("2", 4), ("第三个", 3), ("３。", 3), ("不满意", 2), ("选5", 1), ("最后一个", 1),
        ("6", None), ("0", None), ("10", None), ("满意吗", None), ("5块钱", None),
    ],
)  # fmt: skip
def test_in_words_or_by_its_place(text: str, found: int | None) -> None:
    assert score(text) == found


def test_the_question_shows_what_each_number_means() -> None:
    lines = QUESTION.splitlines()
    assert [score(line.partition(".")[0]) for line in lines[-5:]] == [5, 4, 3, 2, 1]
    assert [score(line.partition(". ")[2]) for line in lines[-5:]] == [5, 4, 3, 2, 1]


def test_a_number_is_a_score_only_in_answer_to_the_question_for_one() -> None:
    assert for_the_desk("1", ASKED, QUESTION) == "rate"
    assert for_the_desk("1", ASKED, "您想问的是哪一项？\n1. 护照首次申请\n2. 护照换发") is None
    assert for_the_desk("非常满意", ASKED, "工本费40元。") == "rate"


def test_once_it_was_given_a_number_is_none() -> None:
    assert for_the_desk("1", {AWAITS_SCORE: {**ASKED[AWAITS_SCORE], "open": False}}, QUESTION) is None
