from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from search_fakes import HashingEncoder

from knowledge_base.search import distilling
from knowledge_base.search.distilling import COMMON, distil, usual
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.static_encoder import StaticEncoder, Vocabulary

COUNTS = {"的": 9000, "身份证": 50, "身份": 80, "证": 90, "护照": 40, "办": 99, "丢": 9, "遗失": 7, "公积金": 30}


def vocabulary(**vectors: tuple[float, ...]) -> Vocabulary:
    """Of these words; those of COUNTS are as frequent as there, of 10,000 words."""
    counts = np.array([COUNTS.get(word, 1) for word in vectors], np.int64)
    return Vocabulary(list(vectors), counts, 10_000, np.array([*vectors.values()], np.float16), "by hand")


def test_a_text_is_the_mean_of_its_words_the_rare_ones_first() -> None:
    encoder = StaticEncoder(vocabulary(的=(1, 0), 护照=(0, 1), 丢=(0, 1)))
    found = encoder.queries(["护照", "护照的", "的"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert found[0] @ found[1] > 0.99, "的 says little"
    assert found[2] @ found[0] == 0
    np.testing.assert_array_equal(encoder.passages(["护照的"])[0], found[1])


def test_words_win_over_their_characters_and_unknown_ones_fall_to_them() -> None:
    encoder = StaticEncoder(vocabulary(身份=(1, 0), 身份证=(1, 1), 证=(0, 1), 办=(1, 0), 护照=(0, 1), 公积金=(1, 1)))
    assert encoder.cut("办身份证") == ["办", "身份证"]
    assert encoder.cut("身份护证") == ["身份", "证"]
    assert encoder.cut("Id号:公积金12护照") == ["公积金", "护照"]


@pytest.mark.parametrize("text", ["", "ok 123", "龘", "\ud800"])
def test_a_text_of_no_known_word_is_near_to_nothing(text: str) -> None:
    encoder = StaticEncoder(vocabulary(护照=(0, 1)))
    assert not encoder.queries([text]).any()
    assert encoder.queries([]).shape == (0, 2)


def test_saved_and_opened(tmp_path: Path) -> None:
    made = distil(HashingEncoder(), COUNTS)
    made.save(tmp_path / "words.npz")
    one, other = StaticEncoder(made), StaticEncoder.load(tmp_path / "words.npz")
    assert one.name == other.name and one.size == HashingEncoder().size
    np.testing.assert_array_equal(one.queries(["身份证丢"]), other.queries(["身份证丢"]))


def test_other_vectors_have_another_name() -> None:
    names = {StaticEncoder(distil(HashingEncoder(size=size), COUNTS)).name for size in (16, 17)}
    assert len(names) == 2 and all(name.startswith("static-") for name in names)


def test_each_word_is_asked_once_and_never_again() -> None:
    encoder = HashingEncoder()
    made = distil(encoder, COUNTS)
    assert sorted(encoder.encoded) == sorted(COUNTS)
    assert distil(encoder, COUNTS, made) is made and len(encoder.encoded) == len(COUNTS)
    distil(HashingEncoder("another-1"), COUNTS, made)
    assert distil(encoder, {**COUNTS, "新词": 5}, made) is not made


def test_the_usual_words_of_normalised_chinese() -> None:
    counts = {**COUNTS, "護照": 99, "abc": 99, "一二三四五": 99, "身": 0, "A证": 9}
    assert usual(counts, 1, 1, 2) == ["的", "办"]
    assert usual(counts, 2, 4, 9) == ["身份", "身份证", "护照", "公积金", "遗失"]


class Leaning:
    """Says of every word mostly the same."""

    name, size = "leaning-1", 12

    def queries(self, texts: Sequence[str]) -> Vectors:
        own = HashingEncoder(size=self.size).queries(texts)
        own[:, 0] += 5
        return own

    passages = queries


def test_what_all_words_have_in_common_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {f"{one}{other}": 1 for one in "身份证护照补办" for other in "公积金提取贷款"}
    before = Leaning().queries(list(words))
    assert np.min(before @ before.T) > 20
    vectors = distil(Leaning(), words).vectors.astype(np.float32)
    assert np.abs(vectors.mean(axis=0)).max() < 1e-2
    assert np.linalg.matrix_rank(vectors, tol=0.05) <= Leaning.size - COMMON
    assert distilling.CHARACTERS + distilling.WORDS == 12_000
