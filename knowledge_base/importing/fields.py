"""What our fields are called, and how a column of each is filled in: for templates, previews and problems."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from knowledge_base.editing.fields import field_name
from knowledge_base.importing.columns import REQUIRED, catalogue


class Field(NamedTuple):
    """A column of a template."""

    name: str
    title: str
    required: bool
    explanation: str
    examples: tuple[str, str]
    choices: tuple[str, ...] = ()
    """What may be chosen from, where the cell holds one of a few words."""


def template(kind: str) -> list[Field]:
    """The columns of a template, in its order; `kind` is one of `columns.REQUIRED`."""
    return [
        Field(
            name,
            told["title"],
            name in REQUIRED[kind],
            told["say"],
            (str(told["examples"][0]), str(told["examples"][1])),
            tuple(told.get("choices", ())),
        )
        for name, told in words()["templates"][kind].items()
    ]


def title(name: str, kind: str | None = None) -> str:
    """What staff call a field or a part of one; its own name where nothing is known."""
    in_template = words()["templates"].get(kind, {}).get(name)
    if in_template is not None:
        return str(in_template["title"])
    if name in words()["titles"]:
        return str(words()["titles"][name])
    headings = catalogue()["read_only"].get(kind, {}).get(name)
    return str(headings[0]) if headings else field_name(name)


@cache
def words() -> Mapping[str, Any]:
    """The data file."""
    return yaml.safe_load(Path(__file__).with_name("fields.yaml").read_text("utf-8"))
