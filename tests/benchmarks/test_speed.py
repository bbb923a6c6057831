"""The speed benchmark's generated city."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.importing.checking import Checker
from knowledge_base.importing.pipeline import read_file
from tests.benchmarks.speed import generator


def test_faqs_differ_and_are_always_the_same() -> None:
    rows = list(generator.faqs(2000))
    assert rows == list(generator.faqs(2000))
    assert len({row.question for row in rows}) == 2000
    assert all(0 < len(row.answer) <= 40 for row in rows)


def test_long_answers_and_more_questions() -> None:
    rows = list(generator.faqs(200, length=250, similar=2))
    assert all(len(row.answer) <= 250 for row in rows)
    assert sum(len(row.answer) for row in rows) / len(rows) > 200
    assert all(row.similar_questions.count("|") == 1 for row in rows)


def test_the_table_can_be_imported(tmp_path: Path) -> None:
    file = tmp_path / "faqs.csv"
    generator.write(file, generator.faqs(50))
    report, units = read_file(file, Checker(), lambda name, done: None)
    assert len(list(units)) == 50 and not report.problems


def test_typed_questions_are_variants_of_what_is_there() -> None:
    rows = list(generator.faqs(100))
    texts = generator.typed(300, rows)
    asked = {row.question for row in rows}
    assert texts == generator.typed(300, rows)
    assert 0 < sum(text in asked for text in texts) < 150
