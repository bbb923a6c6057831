"""Tests of what `make eval` consists of; the measuring itself is tests/end_to_end/test_answer_quality.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.scoring import Line, sections
from bot.scoring.measures import share
from knowledge_base.model import Unit, parse_unit
from tests.benchmarks.quality import plain_rasa
from tests.benchmarks.quality.baselines import baselines, bigrams
from tests.benchmarks.quality.plain_rasa import PlainRasa
from tests.benchmarks.quality.run import OURS, Outcome, comparable, scores
from tests.benchmarks.quality.sets import OWN, SAMPLE, QuestionSet, all_sets, present
from tests.benchmarks.quality.summary import summary, write_faults
from tests.benchmarks.quality.targets import TARGETS, Target, broken

UNITS: list[Unit] = [
    parse_unit(
        {"kind": "faq", "id": "photo", "question": "办护照的照片有什么要求", "answer": "白色背景。", "item": "passport"}
    ),
    parse_unit({"kind": "faq", "id": "dog", "question": "大型犬能养吗", "answer": "禁养区内不能养 [烈性犬]。"}),
    parse_unit({"kind": "item", "id": "passport", "name": "普通护照首次申领"}),
]


def ids(found: list[Line]) -> list[str]:
    return [one["id"] for one in found]


def test_bm25_finds_what_shares_words() -> None:
    found = baselines(UNITS, None, None)
    assert len(found) == 2
    for baseline in found:
        assert ids(baseline.candidates(UNITS, "護照照片有啥要求"))[0] == "photo"
        assert ids(baseline.candidates(UNITS, "狗 大型犬"))[0] == "dog"
        assert len(baseline.candidates(UNITS, "ｘｙｚ")) == len(UNITS), "nothing in common is no error"


def test_bigrams() -> None:
    assert bigrams("办APP 护照,1个") == ["办", "app", "护照", "1", "个"]


def test_training_data_of_plain_rasa() -> None:
    blocks = {one["intent"]: one["examples"] for one in yaml.safe_load(plain_rasa.nlu(UNITS))["nlu"]}
    assert "- 大型犬能养吗\n" in blocks["answer/1"]
    assert all(blocks[name] for name in plain_rasa.OTHERS)
    domain = yaml.safe_load(plain_rasa.domain(UNITS))
    assert set(domain["responses"]) == {f"utter_answer/{row}" for row in range(3)}
    assert plain_rasa.listed(["[护照](item)怎么办{}"]) == "- 护照  item 怎么办\n"


def test_plain_rasa_is_found_again_until_something_changes(tmp_path: Path) -> None:
    first = PlainRasa(UNITS, tmp_path)
    assert not first.trained
    first.folder.mkdir()
    (first.folder / "model.tar.gz").touch()
    assert PlainRasa(UNITS, tmp_path).trained
    assert not PlainRasa(UNITS[:2], tmp_path).trained


def test_what_plain_rasa_said_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa = PlainRasa(UNITS, tmp_path)
    rasa.folder.mkdir()
    asked: list[tuple[str, ...]] = []

    def run(command: list[str], *_: object) -> None:
        asked.append(tuple(command))
        Path(command[-1]).write_text(json.dumps([[2, 0]]))

    monkeypatch.setattr(plain_rasa.child, "run", run)
    for _ in range(2):
        assert ids(rasa.candidates(["护照"])[0]) == ["passport", "photo"]
    assert len(asked) == 1


def outcome(lines: list[Line], predicted: list[Line]) -> Outcome:
    return Outcome(QuestionSet("utterances", "Messages", OWN / "a.jsonl", SAMPLE), lines, predicted)


def prediction(turns: list[str], kind: str, id: str | None, **more: Any) -> Line:
    answer = {"kind": kind, "id": id, "item_id": None, "aspect": "fee", "confidence": 0.5, "options": [], **more}
    return {"turns": turns, "answer": answer, "candidates": [{"id": id, "confidence": 0.5}], "latency_ms": 1.0}


PASSPORT = {"kind": "item", "id": "passport", "aspect": "fee"}
RUN = outcome(
    [
        {"turns": ["护照多少钱"], "expect": PASSPORT, "style": "plain"},
        {"turns": ["护照", "多少钱"], "expect": PASSPORT, "style": "multi"},
        {"turns": ["你好"], "expect": {"kind": "smalltalk"}, "style": "plain"},
    ],
    [
        prediction(["护照多少钱"], "item", "passport"),
        prediction(["护照", "多少钱"], "item", "visa"),
        prediction(["你好"], "smalltalk", None),
    ],
)


def test_baselines_are_compared_on_single_questions_with_an_answer() -> None:
    assert [line["turns"] for line, _ in comparable(RUN)] == [["护照多少钱"]]


def test_a_faq_stands_for_its_item_where_the_item_is_asked_for() -> None:
    found = [{"id": "other", "item_id": None}, {"id": "photo", "item_id": "passport"}]
    top, hit, _ = scores([{"passport"}, {"photo"}], [found, found])
    assert (top.hits, hit.hits) == (0, 2)


def test_the_summary_tells_values_intervals_targets_styles_and_faults(tmp_path: Path) -> None:
    RUN.rankings[OURS] = scores([{"passport"}], [[{"id": "passport"}]])
    text = "\n".join(summary([RUN], "2026-11-24"))
    assert "| kind | 100.0% | " in text and "| ≥ 95% |" in text
    assert "| plain | 100% (2/2) |" in text
    assert f"| {OURS} | 100.0% [" in text
    assert "| another unit was told | 1 |" in text
    write_faults(RUN, tmp_path / "faults.jsonl")
    (row,) = map(json.loads, (tmp_path / "faults.jsonl").read_text(encoding="utf-8").splitlines())
    assert row["turns"] == ["护照", "多少钱"] and row["answered"]["id"] == "visa"


def test_floors_and_ceilings() -> None:
    good, bad = share("kind", [True] * 20), share("kind", [True, False])
    assert broken("utterances", [good]) == []
    assert "50.0%" in broken("utterances", [bad])[0]
    assert broken("unknown", [bad]) == []
    assert Target("a", "b", 0.1, 0.2, at_most=True).missed(share("b", [True]))
    assert not Target("a", "b", 0.1, 0.2, at_most=True).missed(share("b", [False]))


def test_every_target_is_stricter_than_its_floor_and_names_a_measure() -> None:
    for one in TARGETS:
        assert one.target <= one.floor if one.at_most else one.target >= one.floor
    lines = [
        *RUN.lines,
        *({"text": "a", "expect": {"kind": kind}} for kind in ("emergency", "fallback")),
        *({"text": "a", "expect": ids, "style": style} for ids, style in (([], "near"), ([], "far"), (["a"], "close"))),
    ]
    predicted = [*RUN.predicted, *(prediction(["a"], "fallback", None) for _ in range(5))]
    named = {score.name for section in sections(lines, predicted) for score in section.scores}
    assert {one.measure for one in TARGETS} <= named
    assert {one.questions for one in TARGETS} <= {one.name for one in all_sets(Path("/nowhere"))}


def test_only_sets_that_are_there_are_asked(tmp_path: Path) -> None:
    assert {one.name for one in present(all_sets(tmp_path))} == {"conversations", "unanswerable"}
    assert {one.name for one in all_sets(None)} == {"conversations", "unanswerable"}
