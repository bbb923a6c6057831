"""What may stand in a mapping file: kinds of words, and templates that name what there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from actions.portal.templates import names
from foundation.errors import ConfigError

PATH = r"^(/|(/[A-Za-z0-9_~{}%-][A-Za-z0-9._~{}%-]*)+/?)\Z"
"""No segment of it is . or .., whatever is filled in."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "expect"}
_DOTTED = re.compile(r"(?:[^.\s]+(?:\.[^.\s]+)*)?")


class Word(str):
    """A word that a portal uses. 01 without quotes would be the number 1, and no the value false."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Word]]:
        yield cls.check

    @classmethod
    def check(cls, value: Any) -> Word:
        if not isinstance(value, str):
            raise ValueError(f"must stand in quotes (YAML read it as {value!r})")
        return cls(value)


class Dotted(str):
    """A place in an answer: names, or numbers in a list, with dots between; empty is the whole."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Dotted]]:
        yield cls.check

    @classmethod
    def check(cls, value: Any) -> Dotted:
        if not isinstance(value, str) or not _DOTTED.fullmatch(value):
            raise ValueError("must be a place in the answer, such as data.items.0.name")
        return cls(value)


class Header(str):
    """A header's value: printable ASCII."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], Header]]:
        yield cls.check

    @classmethod
    def check(cls, value: Any) -> Header:
        if not isinstance(value, str) or not re.fullmatch("[ -~]*", value):
            raise ValueError("must be text in printable ASCII")
        return cls(value)


def header_names(headers: dict[str, Any]) -> dict[str, Any]:
    """Headers that a mapping may set.

    Raises:
        ValueError: one is no header's name, or one that HTTP itself needs.
    """
    for name in headers:
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name!r} cannot be set")
    return headers


def check_template(where: str, template: Any, allowed: frozenset[str]) -> set[str]:
    """The names that a template uses.

    Raises:
        ValueError: it uses one that has no value there.
    """
    used = names(template)
    if unknown := sorted(used - allowed):
        raise ValueError(
            f"{where}: {{{unknown[0]}}} has no value here; there are {', '.join(sorted(allowed)) or 'none'}"
        )
    return used


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error; the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path) -> Any:
    """What a YAML file holds.

    Raises:
        ConfigError: it cannot be read, is not YAML, or has a key twice; the text names file and line.
    """
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ConfigError(f"ZHENGWU_PORTAL_MAPPING_FILE: {file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"ZHENGWU_PORTAL_MAPPING_FILE: {file} is not UTF-8 (byte {error.start})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"ZHENGWU_PORTAL_MAPPING_FILE: {file} is not YAML: {error}") from error
