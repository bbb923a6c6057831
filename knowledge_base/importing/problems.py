"""What is wrong with a row, as the member of staff reads it who has to correct it: which column, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from openpyxl.utils import get_column_letter

from knowledge_base.importing.fields import title
from knowledge_base.importing.report import Problem, Table

ELSEWHERE = {"duration": ("promised_days", "legal_days"), "sources": ("source", "basis"), "contact": ("phone",)}
"""Fields of ours that are filled from columns of other names."""


class Told(NamedTuple):
    place: str
    """The sheet, where the file is a workbook."""
    line: int
    column: str
    """Letter and heading, as `F 承诺办结时限`; of what is no table, the field's name."""
    reason: str


def told(problem: Problem, tables: Iterable[Table]) -> Told:
    """A problem in words."""
    table = next((one for one in tables if one.place == problem.file), None)
    sheet = re.search(r"\[(.*)\]$", problem.file)
    return Told(sheet.group(1) if sheet else "", problem.line, _column(problem.field, table), reason(problem.problem))


def reason(problem: str) -> str:
    """The reason alone; what has no words of its own stays as it is."""
    for pattern, said in _reasons():
        if match := pattern.fullmatch(problem):
            return said.format(*match.groups())
    return problem


def _column(field: str, table: Table | None) -> str:
    parts = [part for part in field.split(".") if part != "aspects"]
    if table is not None and parts:
        for name in (parts[0], *ELSEWHERE.get(parts[0], ())):
            if name in table.fields:
                at = table.fields.index(name)
                return f"{get_column_letter(at + 1)} {table.headings[at]}"
    shown = [title(part, table.kind if table else None) for part in parts if not part.isdecimal()]
    return " · ".join(shown)


@cache
def _reasons() -> list[tuple[re.Pattern[str], str]]:
    listed = yaml.safe_load(Path(__file__).with_name("problems.yaml").read_text("utf-8"))
    return [(re.compile(pattern, re.DOTALL), said) for pattern, said in listed]
