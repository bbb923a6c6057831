"""YAML: our own structure; a mapping or a list of them per document, any number of documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from knowledge_base.importing.bounds import LARGEST_UNIT, LONGEST_NUMBER, MOST_DOCUMENTS, MOST_NAMED, TooMuch
from knowledge_base.importing.report import Entry, FileReport, Problem
from knowledge_base.importing.text_files import read_text

DEEPEST = 200
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, name: str, report: FileReport) -> Iterator[Entry | Problem]:
    """The units of a YAML file; what follows a fault cannot be read."""
    try:
        for node in _Composer(read_text(path)).nodes():
            yield _entry(node, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Problem(name, mark.line + 1 if mark else 1, "line", f"is not well-formed YAML ({error.problem})")
    except (yaml.YAMLError, ValueError) as error:
        yield Problem(name, 1, "line", f"is not well-formed YAML ({error})")


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


class _Composer:
    """The nodes of a file as yaml.compose would make them, but one unit after the other.

    A node takes a hundred times as much as the few bytes that stand for it.
    """

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=Loader)
        self._resolver: Any = Resolver()
        self._named: dict[str, tuple[Node, int]] = {}
        """Anchor (&name) → its node, and how many values that stands for."""
        self._kept = 0
        """So many values in all: whatever has a name stays until the document is over."""
        self._values, self._line = 0, 1
        """Of this unit: each alias (*name) counts as what it stands for."""

    def nodes(self) -> Iterator[Node]:
        """What each document is, or lists.

        Raises:
            TooMuch: there are too many of them, or one is too large.
            yaml.YAMLError: from there on it is not well-formed.
        """
        documents, is_first = 0, True
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._named, self._kept, is_first = {}, 0, True
                documents += 1
                if documents > MOST_DOCUMENTS:
                    raise TooMuch(f"has more than {MOST_DOCUMENTS} documents (---); divide it", _line(event))
            elif isinstance(event, yaml.NodeEvent):
                opens_list = isinstance(event, yaml.SequenceStartEvent)
                is_empty = isinstance(event, yaml.ScalarEvent) and not event.value  # nothing stands after the last ---
                if not (is_first and (opens_list or is_empty)):
                    self._values, self._line = 0, _line(event)
                    yield self._node(event)
                is_first = False

    def _node(self, event: Any, depth: int = 0) -> Node:
        anchor, mark = event.anchor, event.start_mark
        if isinstance(event, yaml.AliasEvent):
            if anchor not in self._named:
                raise ComposerError(None, None, f"found undefined alias {anchor!r}", mark)
            node, values = self._named[anchor]
            self._count(values)
            return node
        if anchor in self._named:
            raise ComposerError(None, None, f"found duplicate anchor {anchor!r}", mark)
        if depth > DEEPEST:
            raise TooMuch("is nested too deeply", _line(event), "line")
        before = self._values
        self._count(1)
        if isinstance(event, yaml.ScalarEvent):
            node = ScalarNode(self._tag(ScalarNode, event, event.value), event.value, mark)
            if node.tag in NUMBERS and len(event.value) > LONGEST_NUMBER:
                raise TooMuch(f"has a number of more than {LONGEST_NUMBER} characters; quote a text", _line(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = SequenceNode(self._tag(SequenceNode, event), list(self._inside(depth)), mark)
        else:
            inside = self._inside(depth)
            node = MappingNode(self._tag(MappingNode, event), list(zip(inside, inside)), mark)
        if anchor is not None:
            values = self._values - before
            self._named[anchor], self._kept = (node, values), self._kept + values
            if self._kept > MOST_NAMED:
                raise TooMuch("has too much under names (&name); write it out, or divide the file", _line(event))
        return node

    def _inside(self, depth: int) -> Iterator[Node]:
        """The nodes up to the end of a list or mapping."""
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield self._node(event, depth + 1)

    def _tag(self, kind: type[Node], event: Any, value: str | None = None) -> str:
        return str(event.tag if event.tag not in (None, "!") else self._resolver.resolve(kind, value, event.implicit))

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > LARGEST_UNIT:
            raise TooMuch("is too large when its aliases are written out", self._line, "unit")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _entry(node: Node, name: str) -> Entry | Problem:
    line = node.start_mark.line + 1
    if not isinstance(node, MappingNode):
        return Problem(name, line, "line", "is not a unit; a unit is a mapping with `kind` and `id`")
    try:
        if twice := _repeated(node):
            return Problem(name, *twice)
        raw = SafeConstructor().construct_document(node)
    except RecursionError:
        return Problem(name, line, "unit", "is nested too deeply, or contains itself")
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        # The last two are PyYAML's for a value that is not what its tag says: !!bool 也许.
        return Problem(name, line, "line", f"is not well-formed YAML ({getattr(error, 'problem', None) or error})")
    return Entry(line, raw, node)


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
