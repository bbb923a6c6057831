from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.answering.classifier import TextClassifier, counted, counts, last_clause

TEXTS = [
    "多少钱",
    "要交多少钱",
    "收费吗",
    "要带什么",
    "带什么材料",
    "准备哪些材料",
    "在哪里办",
    "地址在哪",
    "去哪个窗口",
]
LABELS = ["fee"] * 3 + ["materials"] * 3 + ["place"] * 3


@pytest.fixture(scope="module")
def classifier() -> TextClassifier:
    return TextClassifier.fit(TEXTS, LABELS)


def test_it_learns(classifier: TextClassifier) -> None:
    assert [classifier.rank(text)[0].name for text in TEXTS] == LABELS
    assert classifier.rank("那要多少钱呢")[0].name == "fee"


def test_saved_and_loaded_it_says_the_same(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path / "deep" / "kind.npz")
    loaded = TextClassifier.load(tmp_path / "deep" / "kind.npz")
    assert loaded.labels == classifier.labels
    for text in [*TEXTS, "护照", "", "abc"]:
        assert loaded.rank(text) == classifier.rank(text)


def test_the_same_input_gives_the_same_classifier(classifier: TextClassifier) -> None:
    again = TextClassifier.fit(TEXTS, LABELS)
    assert again.rank("多少") == classifier.rank("多少")


def test_no_pickle_is_ever_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", labels=np.array([{"a": 1}], dtype=object), idf=0, weights=0)
    with pytest.raises(ValueError):
        TextClassifier.load(tmp_path / "evil.npz")


@given(text=st.text(max_size=80))
def test_any_text_gets_probabilities(text: str) -> None:
    ranked = _classifier.rank(text)
    assert {label.name for label in ranked} == set(LABELS)
    assert abs(sum(label.probability for label in ranked) - 1) < 1e-5
    assert [label.probability for label in ranked] == sorted((label.probability for label in ranked), reverse=True)


_classifier = TextClassifier.fit(TEXTS, LABELS)


def test_the_last_clause_is_where_the_question_stands() -> None:
    assert last_clause("我身份证丢了，补办多少钱？") == "补办多少钱"
    assert last_clause("多少钱，啊") == "多少钱"
    assert last_clause("嗯") == "嗯"


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=40))
def test_one_text_is_counted_as_many_are(text: str) -> None:
    alone, among = counted(text), counts([text, "多少钱"])[0]
    among.sort_indices()
    assert alone.grams.tolist() == among.indices.tolist()
    assert alone.times.tolist() == among.data.tolist()
