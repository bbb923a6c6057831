"""A graph runner that calls the nodes one after the other.

Rasa's own builds a dask graph for every message, which costs more than our two nodes do.
"""

from __future__ import annotations

from typing import Any, TypeVar

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

Component = TypeVar("Component")


class InOrder(GraphRunner):
    """Runs the nodes that a target needs, each once, those it needs before it."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: dict[str, list[str]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> InOrder:
        """As Rasa's loader calls it."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Name of each target → its output.

        Raises:
            GraphRunError: an input is missing.
        """
        done = dict(inputs or {})
        wanted = targets or self._schema.target_names
        for target in wanted:
            for name in self._order(target):
                if name not in done:
                    needed = self._schema.nodes[name].needs.values()
                    if missing := [need for need in needed if need not in done]:
                        raise GraphRunError(f"node '{name}' needs {missing}, which nobody gives")
                    _, done[name] = self._nodes[name](*((need, done[need]) for need in needed))
        return {target: done[target] for target in wanted}

    def find(self, kind: type[Component]) -> Component | None:
        """The component of a kind, if there is one."""
        return next((node._component for node in self._nodes.values() if isinstance(node._component, kind)), None)

    def _order(self, target: str) -> list[str]:
        if target not in self._orders:
            order: dict[str, None] = {}
            self._visit(target, order)
            self._orders[target] = list(order)
        return self._orders[target]

    def _visit(self, name: str, order: dict[str, None]) -> None:
        node = self._schema.nodes.get(name)
        if node is None or name in order:  # what is no node is an input
            return
        for need in node.needs.values():
            self._visit(need, order)
        order[name] = None
