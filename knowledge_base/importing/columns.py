"""Which field a heading means, and which kind of unit a table holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

REQUIRED = {"faq": ("question", "answer"), "item": ("name",)}


class Header(NamedTuple):
    kind: str
    fields: tuple[str | None, ...]
    """Per column the field it fills; None: the column is not ours."""

    def ignored(self, headings: Sequence[str]) -> list[str]:
        """The headings that nothing is taken from."""
        return [heading for heading, name in zip(headings, self.fields) if name is None and heading.strip()]


@cache
def catalogue() -> Mapping[str, Any]:
    """The data file with headings and words."""
    return yaml.safe_load(Path(__file__).with_name("columns.yaml").read_text("utf-8"))


def recognise(headings: Sequence[str]) -> Header | None:
    """The kind of table that has these headings; None where they are no header of ours.

    Where two columns claim one field, the first keeps it.
    """
    for kind, required in REQUIRED.items():
        known = _headings(kind)
        fields: list[str | None] = []
        for heading in headings:
            name = known.get(_key(heading))
            fields.append(None if name in fields else name)
        if set(required) <= set(fields):
            return Header(kind, tuple(fields))
    return None


def missing(headings: Iterable[str]) -> str:
    """What to say of a table that is not recognised."""
    seen = "、".join(heading for heading in headings if heading.strip())[:120]
    return f"no table of FAQs (question 问题 and answer 答案) or service items (name 事项名称) has the columns {seen!r}"


def words(name: str) -> frozenset[str]:
    """A group of words from the data file: affirmed, denied, free."""
    return frozenset(catalogue()["words"][name])


@cache
def _headings(kind: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for name, headings in catalogue()[kind].items():
        for heading in (name, *headings):
            known.setdefault(_key(heading), name)
    return known


def _key(heading: str) -> str:
    plain = re.sub(r"[(\[【].*?[)\]】]", "", unicodedata.normalize("NFKC", heading))
    return re.sub(r"[\s*＊:：\ufeff]", "", plain).lower()
