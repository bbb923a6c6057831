from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_models import SIZE, make, table, vector

from knowledge_base.search.onnx_encoder import BATCH, OnnxEncoder
from knowledge_base.search.onnx_folder import UnusableModel

TEXTS = ("身份证", "补办", "护照补办身份证", "证")


def test_a_text_is_the_mean_of_its_tokens_whatever_else_is_encoded_with_it(tmp_path: Path) -> None:
    encoder = OnnxEncoder(make(tmp_path))
    together = encoder.queries(TEXTS)
    assert together.dtype == np.float32 and encoder.size == SIZE
    np.testing.assert_allclose(together, [vector(text) for text in TEXTS], atol=1e-5)
    np.testing.assert_allclose(together[2], encoder.passages(TEXTS[2:3])[0], atol=1e-5)


def test_many_texts_keep_their_order(tmp_path: Path) -> None:
    texts = [TEXTS[n % 4] * (1 + n % 7) for n in range(3 * BATCH + 1)]
    found = OnnxEncoder(make(tmp_path)).passages(texts)
    np.testing.assert_allclose(found, [vector(text) for text in texts], atol=1e-5)


def test_nothing_to_encode(tmp_path: Path) -> None:
    assert OnnxEncoder(make(tmp_path)).queries([]).shape == (0, SIZE)


def test_an_empty_text_is_a_vector_too(tmp_path: Path) -> None:
    assert np.isfinite(OnnxEncoder(make(tmp_path)).queries(["", "证"])).all()


def test_the_first_token_where_the_model_says_so(tmp_path: Path) -> None:
    modes = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "word_embedding_dimension": SIZE}
    found = OnnxEncoder(make(tmp_path, pooling=modes)).queries(["证"])
    np.testing.assert_allclose(found[0], table()[2] / np.linalg.norm(table()[2]), atol=1e-5)


def test_prompts(tmp_path: Path) -> None:
    encoder = OnnxEncoder(make(tmp_path, prompts={"prompts": {"query": "q:", "document": "p:"}}))
    np.testing.assert_allclose(encoder.queries(["证"])[0], vector("q:证"), atol=1e-5)
    np.testing.assert_allclose(encoder.passages(["证"])[0], vector("p:证"), atol=1e-5)


def test_long_texts_are_cut_where_the_model_says(tmp_path: Path) -> None:
    encoder = OnnxEncoder(make(tmp_path, length={"max_seq_length": 4}))
    np.testing.assert_allclose(encoder.queries(["身份证补办护照"])[0], vector("身份证"), atol=1e-5)


def test_a_graph_that_gives_the_sentence_itself(tmp_path: Path) -> None:
    folder = make(tmp_path, output="sentence_embedding", at="onnx/model.onnx", modules=[{"type": "a.models.Dense"}])
    np.testing.assert_allclose(OnnxEncoder(folder).queries(["身份证"])[0], vector("身份证"), atol=1e-5)


def test_a_graph_without_token_types(tmp_path: Path) -> None:
    encoder = OnnxEncoder(make(tmp_path, inputs=("input_ids", "attention_mask")))
    np.testing.assert_allclose(encoder.queries(["身份证"])[0], vector("身份证"), atol=1e-5)


def test_its_name_tells_models_and_prompts_apart(tmp_path: Path) -> None:
    made = [
        make(tmp_path / "a" / "模型 one"),
        make(tmp_path / "b" / "模型 one"),
        make(tmp_path / "c" / "模型 one", seed=2),
        make(tmp_path / "d" / "模型 one", prompts={"prompts": {"query": "q:"}}),
    ]
    first, again, *others = (OnnxEncoder(folder).name for folder in made)
    assert first == again and len({first, *others}) == 3
    assert first.isascii() and "/" not in first and " " not in first and "one" in first


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"inputs": ("input_ids", "position_ids")}, "position_ids"),
        ({"output": "logits"}, "logits"),
        ({"pooling": {"pooling_mode_max_tokens": True}}, "max_tokens"),
        ({"modules": [{"type": "sentence_transformers.models.Dense"}]}, "after pooling"),
    ],
)
def test_what_is_not_supported_is_refused(tmp_path: Path, settings: dict[str, object], says: str) -> None:
    folder = make(tmp_path, **settings)  # type: ignore[arg-type]
    with pytest.raises(UnusableModel, match=says):
        OnnxEncoder(folder)


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    (make(tmp_path) / file).unlink()
    with pytest.raises(UnusableModel, match=file):
        OnnxEncoder(tmp_path)
