from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scoring import fault, report, sections, share, wilson
from bot.scoring.judging import asked_needlessly, aspect_right, found, kind_right, rank_of, told, wrong
from bot.scoring.measures import calibration_error, macro_f1, mean_reciprocal_rank


def answer(kind: str, id: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": id, "item_id": None, "aspect": None, "confidence": 0.9, "options": [], **more}


def options(*ids: str, **more: Any) -> dict[str, Any]:
    return answer("options", options=[{"title": id, "id": id, "kind": "item"} for id in ids], **more)


def line(answered: dict[str, Any], *candidates: str, turns: int = 1) -> dict[str, Any]:
    found = [{"kind": "faq", "id": id, "confidence": 0.5} for id in candidates]
    return {"turns": ["…"] * turns, "answer": answered, "candidates": found, "latency_ms": 5.0}


def rows(lines: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> dict[str, str]:
    """Measures by name."""
    return {score.name: str(score) for section in sections(lines, predicted) for score in section.scores}


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
    assert str(share("top-1", [])) == "–"
    assert "50.0%" in str(share("top-1", [True, False])) and "1/2" in str(share("top-1", [True, False]))


def test_reciprocal_ranks_end_at_ten() -> None:
    score = mean_reciprocal_rank("MRR@10", [1, 2, 0, 11])
    assert score.value == pytest.approx(0.375)
    assert score.low <= score.value <= score.high


def test_calibration() -> None:
    assert calibration_error("", [(1.0, True), (0.0, False)]).value == pytest.approx(0.0)
    assert calibration_error("", [(0.95, True), (0.95, False)]).value == pytest.approx(0.45)
    # What is too low in one bin does not make up for what is too high in another.
    assert calibration_error("", [(0.95, False), (0.05, True)]).value == pytest.approx(0.95)


def test_macro_f1_counts_rare_labels_as_much_as_common_ones() -> None:
    assert macro_f1("", ["a", "a", "a", "a"], ["a", "a", "a", "b"]).value == pytest.approx((6 / 7 + 0) / 2)


def test_questions_with_ids() -> None:
    lines = [
        {"text": "答对", "expect": ["a"], "style": "close"},
        {"text": "答错", "expect": ["a"], "style": "close"},
        {"text": "问回来", "expect": ["a", "b"], "style": "noisy"},
        {"text": "拒绝时提到", "expect": ["a"], "style": "noisy"},
        {"text": "不该答", "expect": [], "style": "near"},
        {"text": "指别处", "expect": [], "style": "near_ood"},
        {"text": "问回来也算没答", "expect": [], "style": "near"},
        {"text": "该拒绝", "expect": [], "style": "far_ood"},
    ]
    predicted = [
        line(answer("faq", "a"), "a", "b"),
        line(answer("faq", "b"), "b", "a"),
        line(options("b"), "c", "d", "b"),
        line({**options("a"), "kind": "fallback"}, "c"),
        line(answer("item", "z"), "z"),
        line(answer("referral", "police"), "z"),
        line(options("z", "y"), "z"),
        line(answer("fallback"), "z"),
    ]
    found = rows(lines, predicted)
    assert found["top-1"].endswith("1/4")
    assert found["hit@3"].endswith("3/4")
    assert found["MRR@10"].strip().startswith("0.458")
    assert found["answered directly"].endswith("2/4")
    assert found["answered directly and rightly"].endswith("1/4")
    assert found["right or offered"].endswith("2/4")
    assert found["right, offered or named in a fallback"].endswith("3/4")
    assert found["wrong answers, of all questions"].endswith("2/8")
    assert found["unanswerable, near: not answered"].endswith("2/3")
    assert found["unanswerable, near: said so (fallback)"].endswith("1/3")
    assert found["unanswerable, far: not answered"].endswith("1/1")
    assert found["unanswerable: not answered"].endswith("3/4")
    styles = {
        style: {one.name: one for one in scores} for style, scores in sections(lines, predicted)[0].styles.items()
    }
    assert styles["noisy"]["right or offered"].hits == 1
    assert styles["close"]["wrong"].hits == 1


PASSPORT = {"kind": "item", "id": "passport", "aspect": "fee"}


def test_questions_with_whole_answers() -> None:
    lines = [{"text": "护照多少钱", "expect": PASSPORT}, {"turns": ["护照", "多少钱"], "expect": PASSPORT}]
    predicted = [
        line(answer("item", "passport", aspect="fee"), "passport"),
        line(options("passport", aspect="fee"), "visa", "passport", turns=2),
    ]
    found = rows(lines, predicted)
    assert found["kind"].endswith("2/2")
    assert found["single turn: item told directly"].endswith("1/1")
    assert found["multi turn: item told directly"].endswith("0/1")
    assert found["multi turn: item told or asked back for"].endswith("1/1")
    assert found["multi turn: asked back needlessly"].endswith("1/1")
    assert found["multi turn: aspect where item right"].endswith("1/1")
    assert found["all: item told directly"].endswith("1/2")
    assert found["single turn: item@1"].endswith("1/1")
    assert found["multi turn: item@1"].endswith("0/1")
    assert found["multi turn: item@3"].endswith("1/1")
    assert found["taken for an emergency wrongly"].endswith("0/2")


def test_asking_which_one() -> None:
    assert found(PASSPORT, options("visa", "passport"))
    assert not found(PASSPORT, options("visa", "permit"))
    assert not found(PASSPORT, options("a", "b", "c", "d", "passport")), "five are no help"
    assert not found(PASSPORT, {**options("passport"), "kind": "fallback"}), "named while saying that it is not known"


def test_asking_for_the_situation_is_neither_needless_nor_direct() -> None:
    asked = answer("options", "passport", options=[{"title": "首次", "id": "first=yes", "kind": "situation"}])
    assert found(PASSPORT, asked) and not told(PASSPORT, asked) and not asked_needlessly(PASSPORT, asked)
    assert asked_needlessly(PASSPORT, options("passport", "visa"))
    assert asked_needlessly({**PASSPORT, "id": "visa"}, asked), "the situation of another item"
    region = answer("form", "region", item_id="passport")
    assert found(PASSPORT, region) and kind_right(PASSPORT, region) and not asked_needlessly(PASSPORT, region)


def test_what_counts_as_the_right_kind() -> None:
    item = {"kind": "item", "id": "passport", "any_of": ["passport-lost"]}
    assert kind_right(item, answer("item", "x")), "the item is judged apart"
    assert kind_right(item, options("passport-lost"))
    assert not kind_right(item, options("visa"))
    assert kind_right(item, answer("faq", "q", item_id="passport-lost"))
    assert not kind_right(item, answer("faq", "q"))
    assert not kind_right(item, answer("fallback"))
    assert kind_right({"kind": "status"}, answer("form", "status"))
    assert not kind_right({"kind": "status"}, answer("form", "complaint"))
    assert kind_right({"kind": "complaint"}, answer("complaint"))
    assert kind_right({"kind": "fallback"}, answer("referral", "x"))
    assert not kind_right({"kind": "fallback"}, answer("item", "x"))
    assert not kind_right({"kind": "handover"}, answer("form", "handover"))


def test_the_item_that_was_told() -> None:
    assert told(PASSPORT, answer("item", "passport"))
    assert told(PASSPORT, answer("faq", "q", item_id="passport"))
    assert not told(PASSPORT, answer("options", "passport"))
    assert not told(PASSPORT, answer("item", "visa"))
    assert told({"kind": "office", "id": None}, answer("office", "main"))
    assert not told({"kind": "office", "id": None}, answer("item", "main"))


def test_what_is_wrong() -> None:
    assert wrong(PASSPORT, answer("item", "visa"))
    assert wrong(PASSPORT, answer("package", "travel"))
    assert not wrong(PASSPORT, answer("fallback"))
    assert not wrong(PASSPORT, options("visa"))
    assert wrong({"kind": "fallback"}, answer("faq", "q"))
    assert not wrong({"kind": "fallback"}, answer("referral", "police"))
    assert wrong({"kind": "handover"}, answer("item", "visa"))
    several = {"kind": "options", "id": None, "any_of": ["passport", "visa"]}
    assert not wrong(several, answer("item", "visa")), "hasty, but not wrong"


def test_how_to_apply_and_the_process_are_one_question() -> None:
    assert aspect_right({"aspect": "process"}, answer("item", aspect="overview"))
    assert aspect_right({"aspect": None}, answer("item", aspect="fee")), "none is expected: any is right"
    assert not aspect_right({"aspect": "fee"}, answer("item"))
    assert not aspect_right({"aspect": "fee"}, answer("item", aspect="place"))


def test_options_that_should_be_offered() -> None:
    expect = {"kind": "options", "id": None, "any_of": ["a", "b", "c"]}
    lines = [{"turns": ["护照"], "expect": expect}] * 2
    found = rows(lines, [line(options("a", "b", "x")), line(answer("item", "a"))])
    assert found["options: asked back"].endswith("1/2")
    assert found["options: a right one offered"].endswith("1/2")
    assert found["options: two right ones offered"].endswith("1/2")
    assert found["options: right among those offered"].endswith("2/3")
    assert found["options: offered of the right ones"].endswith("2/6")


def test_every_emergency_is_counted() -> None:
    lines = [{"turns": ["着火了"], "expect": {"kind": "emergency"}}, {"turns": ["销户"], "expect": PASSPORT}]
    found = rows(lines, [line(answer("fallback")), line(answer("emergency"))])
    assert found["emergency: right kind"].endswith("0/1")
    assert found["taken for an emergency wrongly"].endswith("1/1")


def test_a_faq_stands_for_its_item_once() -> None:
    candidates = [{"id": "q1", "item_id": "visa"}, {"id": "q2", "item_id": "visa"}, {"id": "q3", "item_id": "passport"}]
    assert rank_of({"passport"}, candidates, for_items=True) == 2
    assert rank_of({"passport"}, candidates) == 0
    assert rank_of({"q3"}, candidates) == 3


@pytest.mark.parametrize(
    ("expect", "answered", "said"),
    [
        (PASSPORT, answer("item", "passport", aspect="fee"), None),
        (PASSPORT, answer("item", "passport", aspect="place"), "aspect fee taken for place"),
        (PASSPORT, answer("item", "visa"), "another unit was told"),
        (PASSPORT, options("passport"), "asked back, the right one offered"),
        (PASSPORT, options("visa"), "asked back, the right one not offered"),
        (PASSPORT, answer("fallback"), "fallback although there is an answer"),
        (["passport"], answer("faq", "passport"), None),
        ([], answer("fallback"), None),
        ([], answer("faq", "q"), "fallback expected, faq answered"),
        ({"kind": "status"}, answer("smalltalk"), "status expected, smalltalk answered"),
    ],
)
def test_classes_of_error(expect: Any, answered: dict[str, Any], said: str | None) -> None:
    assert fault({"expect": expect}, answered) == said


def test_moods() -> None:
    lines = [{"text": "烦", "mood": "annoyed"}, {"text": "好", "mood": "calm"}]
    found = rows(
        lines, [{**line(answer("fallback")), "mood": "annoyed"}, {**line(answer("fallback")), "mood": "annoyed"}]
    )
    assert found["accuracy"].endswith("1/2")
    assert found["annoyed: recognised"].endswith("1/1")
    assert found["annoyed: right where said"].endswith("1/2")


def test_the_report_has_a_row_for_each_measure() -> None:
    printed = list(report([{"text": "护照", "expect": ["a"], "style": "close"}], [line(answer("faq", "a"), "a")]))
    assert any(row.startswith("top-1") and row.endswith("1/1") for row in printed)
    assert any(row.split()[0] == "close" for row in printed)
    assert printed[-1].startswith("latency a turn")


def test_nothing_was_asked() -> None:
    assert list(report([], [])) == []
