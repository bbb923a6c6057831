from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scoring import aspect_right, id_of, kind_right, report, share, wilson


def answer(kind: str, id: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": id, "item_id": None, "aspect": None, "options": [], **more}


def line(answered: dict[str, Any], *candidates: str) -> dict[str, Any]:
    return {"answer": answered, "candidates": [{"kind": "faq", "id": id} for id in candidates], "latency_ms": 5.0}


def rows(lines: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> dict[str, str]:
    """Measures by name."""
    found = (re.fullmatch(r"(.+?) +(\d+\.\d.*|–|p50.*)", row) for row in report(lines, predicted))
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596)],
)
def test_wilson(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=1e-3)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_share_lies_in_its_interval(hits: int, more: int) -> None:
    total = hits + more
    low, high = wilson(hits, total)
    assert 0 <= low <= high <= 1
    assert not total or low - 1e-9 <= hits / total <= high + 1e-9


def test_nothing_to_share() -> None:
    assert "–" in share("top-1", [])
    assert "50.0%" in share("top-1", [True, False]) and "1/2" in share("top-1", [True, False])


def test_questions_with_ids() -> None:
    lines = [
        {"text": "答对", "expect": ["a"]},
        {"text": "答错", "expect": ["a"]},
        {"text": "问回来", "expect": ["a", "b"]},
        {"text": "不该答", "expect": []},
        {"text": "该拒绝", "expect": []},
    ]
    predicted = [
        line(answer("faq", "a"), "a", "b"),
        line(answer("faq", "b"), "b", "a"),
        line(answer("options", options=[{"id": "b"}]), "c", "d", "b"),
        line(answer("item", "z"), "z"),
        line(answer("fallback"), "z"),
    ]
    found = rows(lines, predicted)
    assert found["top-1"].endswith("1/3")
    assert found["hit@3"].endswith("3/3")
    assert found["MRR@10"] == "0.611"
    assert found["answerable, answered directly"].endswith("2/3")
    assert found["answerable, answered rightly"].endswith("1/3")
    assert found["answerable, right or offered"].endswith("2/3")
    assert found["wrong answers, of all questions"].endswith("2/5")
    assert found["unanswerable, refused"].endswith("1/2")


def test_questions_with_whole_answers() -> None:
    expect = {"kind": "item", "id": "passport", "aspect": "fee"}
    lines = [{"text": "护照多少钱", "expect": expect}, {"turns": ["护照", "多少钱"], "expect": expect}]
    predicted = [
        line(answer("item", "passport", aspect="fee"), "passport"),
        line(answer("options", aspect="fee", options=[{"id": "passport"}]), "visa", "passport"),
    ]
    found = rows(lines, predicted)
    assert found["kind"].endswith("2/2")
    assert found["single turn: item told directly"].endswith("1/1")
    assert found["multi turn: item told directly"].endswith("0/1")
    assert found["multi turn: item told or offered"].endswith("1/1")
    assert found["multi turn: asked back"].endswith("1/1")
    assert found["multi turn: aspect where item right"].endswith("1/1")
    assert found["single turn: item@1"].endswith("1/1")
    assert found["multi turn: item@1"].endswith("0/1")
    assert found["multi turn: item@3"].endswith("1/1")


def test_what_counts_as_the_right_kind() -> None:
    item = {"kind": "item", "id": "passport", "any_of": ["passport-lost"]}
    assert kind_right(item, answer("item", "x"))
    assert kind_right(item, answer("options"))
    assert kind_right(item, answer("faq", "q", item_id="passport-lost"))
    assert not kind_right(item, answer("faq", "q", item_id="visa"))
    assert kind_right({"kind": "status"}, answer("form", "status"))
    assert kind_right({"kind": "fallback"}, answer("referral", "x"))
    assert not kind_right({"kind": "fallback"}, answer("item", "x"))


def test_the_item_that_was_told() -> None:
    assert id_of(answer("item", "passport")) == "passport"
    assert id_of(answer("faq", "q", item_id="passport")) == "passport"
    assert id_of(answer("options", "passport")) is None


def test_how_to_apply_and_the_process_are_one_question() -> None:
    assert aspect_right({"aspect": "process"}, answer("item", aspect="overview"))
    assert aspect_right({}, answer("item"))
    assert not aspect_right({"aspect": "fee"}, answer("item", aspect="place"))


def test_nothing_was_asked() -> None:
    assert list(report([], [])) == []
