"""Which field a heading means, and which kind of unit a table holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from foundation.text import normalise

REQUIRED = {"faq": ("question", "answer"), "item": ("name",)}
HEADER_WITHIN = 10
"""Above the headings stand titles and notes, not more lines than these."""
LONGEST_HEADING, LONGEST_WORD = 80, 12
UNIT = re.compile(r"[(\[](?:单位[::]?)?(工作日|自然日|日历日|天|日)[)\]]")


class Header(NamedTuple):
    kind: str
    fields: tuple[str | None, ...]
    """Per column the field it fills; None: the column is not ours."""
    units: tuple[str | None, ...]
    """Per column the unit of time that its heading names: 承诺时限（自然日）."""

    def ignored(self, headings: Sequence[str]) -> list[str]:
        """The headings that nothing is taken from."""
        return [heading for heading, name in zip(headings, self.fields) if name is None and heading.strip()]


class Matched(NamedTuple):
    """How somebody matched the columns of a table by hand."""

    kind: str
    fields: tuple[str | None, ...]


Matches = Mapping[str, Matched]
"""By the digest of the header row: the same table is matched the same way next time."""


@cache
def catalogue() -> Mapping[str, Any]:
    """The data file with headings and words."""
    return yaml.safe_load(Path(__file__).with_name("columns.yaml").read_text("utf-8"))


def recognise(headings: Sequence[str], matches: Matches | None = None) -> Header | None:
    """The kind of table that has these headings; None where they are no header of ours, nor matched by hand.

    Where two columns claim one field, the first keeps it.
    """
    if matches and (by_hand := matches.get(digest(headings))):
        return Header(by_hand.kind, by_hand.fields, tuple(map(_unit, headings)))
    for kind, required in REQUIRED.items():
        known = headings_of(kind)
        fields: list[str | None] = []
        for heading in headings:
            name = known.get(plain_heading(heading))
            fields.append(None if name in fields else name)
        if set(required) <= set(fields):
            return Header(kind, tuple(fields), tuple(map(_unit, headings)))
    return None


def find_header(rows: Sequence[Sequence[str]], matches: Matches | None = None) -> tuple[int, Header] | None:
    """The header among the first rows of a sheet, and where it stands: of several, the one with most fields."""
    top = enumerate(rows[:HEADER_WITHIN])
    found = [(number, header) for number, row in top if (header := recognise(row, matches))]
    return max(found, key=lambda pair: (known_fields(pair[1]), -pair[0]), default=None)


def digest(headings: Sequence[str]) -> str:
    """What the same header row has in common each time, however many empty columns follow it."""
    plain = "\0".join(heading.strip() for heading in headings).rstrip("\0")
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()


def fields_of(kind: str) -> list[str]:
    """The fields that a column of a table of this kind may fill, the required ones first."""
    known = [*catalogue()[kind], *catalogue()["read_only"][kind]]
    return sorted(known, key=lambda name: name not in REQUIRED[kind])


def known_fields(header: Header) -> int:
    return sum(field is not None for field in header.fields)


def missing(headings: Iterable[str]) -> str:
    """What to say of a table that is not recognised."""
    seen = "、".join(heading for heading in headings if heading.strip())[:120]
    return f"no table of FAQs (question 问题 and answer 答案) or service items (name 事项名称) has the columns {seen!r}"


def word(group: str, text: str) -> bool:
    """Whether a cell is one of a group of words of the data file (affirmed, denied, free …), in any writing."""
    return len(text) <= LONGEST_WORD and _plain(text) in _words(group)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return normalise(text).lower().strip("。.")


@cache
def _words(group: str) -> frozenset[str]:
    return frozenset(catalogue()["words"][group])


@cache
def headings_of(kind: str) -> dict[str, str]:
    """Heading, as `plain_heading` writes it → field."""
    known: dict[str, str] = {}
    for name, headings in (*catalogue()[kind].items(), *catalogue()["read_only"][kind].items()):
        for heading in (name, *headings):
            known.setdefault(plain_heading(heading), name)
    return known


def plain_heading(heading: str) -> str:
    """A heading as it is compared: simplified, small, without brackets and blanks; "" for one that is far too long."""
    if len(heading) > LONGEST_HEADING:
        return ""
    plain = re.sub(r"[(\[【].*?[)\]】]", "", normalise(heading))
    return re.sub(r"[\s*:_-]", "", plain).lower()


def _unit(heading: str) -> str | None:
    match = UNIT.search(normalise(heading)) if len(heading) <= LONGEST_HEADING else None
    return match.group(1) if match else None
