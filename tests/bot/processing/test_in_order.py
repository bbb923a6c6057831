"""The graph runner that calls nodes one after the other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError

from bot.processing.in_order import InOrder


class Graph:
    """Nodes by what they need; each gives its name and what it was given, and is noted when it runs."""

    def __init__(self, **needs: dict[str, str]) -> None:
        self.ran: list[str] = []
        self.schema: Any = SimpleNamespace(
            nodes={name: SimpleNamespace(needs=need) for name, need in needs.items()}, target_names=["last"]
        )
        self.runner = InOrder(self.schema, {name: self._node(name) for name in needs})

    def _node(self, name: str) -> Any:
        def run(*given: tuple[str, Any]) -> tuple[str, Any]:
            self.ran.append(name)
            return name, f"{name}({','.join(str(value) for _, value in given)})"

        return run


def diamond() -> Graph:
    return Graph(last={"a": "left", "b": "right"}, left={"m": "first"}, right={"m": "first"}, first={"m": "message"})


def test_each_node_runs_once_and_after_what_it_needs() -> None:
    graph = diamond()
    given = graph.runner.run({"message": "问"}, ["last"])
    assert given == {"last": "last(left(first(问)),right(first(问)))"}
    assert graph.ran == ["first", "left", "right", "last"]


def test_only_what_a_target_needs_runs() -> None:
    graph = diamond()
    assert graph.runner.run({"message": "问"}, ["left"]) == {"left": "left(first(问))"}
    assert graph.ran == ["first", "left"]


def test_without_targets_it_runs_those_of_the_schema() -> None:
    assert set(diamond().runner.run({"message": "问"})) == {"last"}


def test_each_run_is_made_anew() -> None:
    graph = diamond()
    assert [graph.runner.run({"message": text}, ["first"])["first"] for text in "甲乙"] == ["first(甲)", "first(乙)"]


def test_an_input_that_is_missing_is_named() -> None:
    graph = diamond()
    with pytest.raises(GraphRunError, match="message"):
        graph.runner.run({}, ["last"])
    assert graph.ran == []
