"""YAML: our own structure; a mapping or a list of them per document, any number of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from knowledge_base.importing.report import Entry, FileReport, Problem
from knowledge_base.importing.text_files import read_text

LARGEST = 100_000
"""Values in one unit; a few lines of aliases of aliases can stand for billions."""
DEEPEST = 200
BRACKETS = re.compile(r"[\[\]{}]")
DASHES = re.compile(rf"(?:[-?:][ \t\n]+){{{DEEPEST}}}")
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, name: str, report: FileReport) -> Iterator[Entry | Problem]:
    """The units of a YAML file."""
    try:
        text = read_text(path)
        if _too_deep(text):
            raise RecursionError
        documents = [node for node in yaml.compose_all(text, Loader=Loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Problem(name, mark.line + 1 if mark else 1, "line", f"is not well-formed YAML ({error.problem})")
        return
    except RecursionError:
        yield Problem(name, 1, "line", "is nested too deeply")
        return
    except (yaml.YAMLError, ValueError) as error:
        yield Problem(name, 1, "line", f"is not well-formed YAML ({error})")
        return
    for document in documents:
        if isinstance(document, ScalarNode) and not document.value:
            continue  # nothing stands after the last ---
        for node in document.value if isinstance(document, SequenceNode) else [document]:
            yield _entry(node, name)


def line_of(node: Node, path: Sequence[str | int]) -> int:
    """The line of what the path names below a node, or of the nearest thing above it that is there."""
    line: int = node.start_mark.line + 1
    steps = list(path)
    while steps:
        step = steps.pop(0)
        found = None
        if isinstance(node, MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = (node.value[step], node.value[step])
        if found is not None:
            line, node = found[0].start_mark.line + 1, found[1]
        elif step == "dated":
            del steps[:2]  # a plain value stands for {dated: [{value: …}]}
    return line


def _too_deep(text: str) -> bool:
    """Whether brackets or dashes are nested so deeply that composing them would exhaust the C library's stack."""
    depth = deepest = 0
    for bracket in BRACKETS.finditer(text):
        depth = depth + 1 if bracket.group() in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest < DEEPEST and not DASHES.search(text):
        return False
    depth = 0  # brackets may also stand in sentences: look at what YAML makes of them
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


def _entry(node: Node, name: str) -> Entry | Problem:
    line = node.start_mark.line + 1
    if not isinstance(node, MappingNode):
        return Problem(name, line, "line", "is not a unit; a unit is a mapping with `kind` and `id`")
    try:
        if _size(node, {}) > LARGEST:
            return Problem(name, line, "unit", "is too large when its aliases are written out")
        if twice := _repeated(node):
            return Problem(name, *twice)
        raw = SafeConstructor().construct_document(node)
    except RecursionError:
        return Problem(name, line, "unit", "is nested too deeply, or contains itself")
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        return Problem(name, line, "line", f"is not well-formed YAML ({getattr(error, 'problem', None) or error})")
    return Entry(line, raw, node)


def _size(node: Node, known: dict[int, int]) -> int:
    """The number of values below a node, each alias (*name) counted as what it stands for.

    Raises:
        RecursionError: a node contains itself, or is very deep.
    """
    if id(node) not in known:
        known[id(node)] = -1
        parts: list[Node] = []
        if isinstance(node, MappingNode):
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            parts = node.value
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    if known[id(node)] < 0:
        raise RecursionError
    return known[id(node)]


def _repeated(node: Node) -> tuple[int, str, str] | None:
    """The first key that a mapping has twice: YAML would silently keep the last."""
    children: list[Node] = []
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            if str(key.value) in seen:
                return key.start_mark.line + 1, str(key.value), "is given twice"
            seen.add(str(key.value))
            children.append(value)
    elif isinstance(node, SequenceNode):
        children = node.value
    return next((found for found in map(_repeated, children) if found), None)
