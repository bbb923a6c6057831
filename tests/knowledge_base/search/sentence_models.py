"""Tiny sentence models as an office might bring them: each character has a vector, and a graph that looks it up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel
from tokenizers.processors import TemplateProcessing

SIZE = 8
CHARACTERS = ("[PAD]", "[UNK]", "[CLS]", *"身份证补办护照问答:qp")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def table(seed: int = 1) -> npt.NDArray[np.float32]:
    """The vector of each character."""
    return np.random.default_rng(seed).normal(size=(len(CHARACTERS), SIZE)).astype(np.float32)


def vector(text: str, seed: int = 1, start: bool = True) -> npt.NDArray[np.float32]:
    """What the model of this seed should make of a text, by the mean."""
    ids = [CHARACTERS.index(one) if one in CHARACTERS else 1 for one in (["[CLS]"] if start else []) + list(text)]
    mean = table(seed)[ids].mean(axis=0)
    return mean / np.linalg.norm(mean)


def make(
    folder: Path,
    seed: int = 1,
    inputs: Sequence[str] = INPUTS,
    output: str = "last_hidden_state",
    at: str = "model.onnx",
    **settings: Any,
) -> Path:
    """Write a model folder. `settings`: content of JSON files by their name without dots, such as `prompts`."""
    files = {
        "pooling": "1_Pooling/config.json",
        "prompts": "config_sentence_transformers.json",
        "length": "sentence_bert_config.json",
        "modules": "modules.json",
    }
    for name, content in settings.items():
        file = folder / files[name]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    (folder / at).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(graph(seed, inputs, output), str(folder / at))
    tokenizer = Tokenizer(WordLevel({one: id for id, one in enumerate(CHARACTERS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def graph(seed: int, inputs: Sequence[str], output: str) -> Any:
    """A graph that gives the vectors of the tokens, or their sum where the output is that of the sentence."""
    looked_up = helper.make_node("Gather", ["table", "input_ids"], ["words"])
    sentence = output == "sentence_embedding"
    last = helper.make_node("ReduceSum", ["words", "axis"], [output], keepdims=0)
    nodes = [looked_up, last if sentence else helper.make_node("Identity", ["words"], [output])]
    constants = [numpy_helper.from_array(table(seed), "table"), numpy_helper.from_array(np.array([1]), "axis")]
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in inputs]
    shape = ["batch", SIZE] if sentence else ["batch", "length", SIZE]
    found = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
    made = helper.make_graph(nodes, "tiny", given, [found], constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
