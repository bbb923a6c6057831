"""Columns matched by hand: what a heading probably means, and what somebody said that it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.importing.columns import REQUIRED, Matched, digest, fields_of, headings_of, plain_heading
from knowledge_base.importing.fields import title
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.report import Table
from knowledge_base.importing.uploads import column_mappings
from knowledge_base.store.revisions import insert_for

ALIKE = 0.6
"""How much of two headings must be the same for one to be taken for the other; 1 is all."""
CONTAINED = 0.8
"""What a heading counts that holds a known one: 群众常用别名."""


def proposed(table: Table) -> Matched:
    """What the columns of a table probably mean: those that are known, and a guess for the others."""
    kinds = [table.kind] if table.kind else list(REQUIRED)
    return max((_guessed(kind, table) for kind in kinds), key=lambda found: _worth(found, table))


def remembered(tx: Connection) -> dict[str, Matched]:
    """All that was ever matched by hand, by the digest of the header."""
    rows = tx.execute(select(column_mappings.c.header, column_mappings.c.columns))
    return {header: Matched(found["kind"], tuple(found["fields"])) for header, found in rows}


def remember(
    tx: Connection, headings: Sequence[str], kind: str, fields: Sequence[str | None], account: str, now: datetime
) -> None:
    """Match the columns of all tables with this header so from now on.

    Raises:
        ImportRefused: the kind is unknown, a field is given twice or unknown, or a required one is missing.
    """
    if kind not in REQUIRED:
        raise ImportRefused("columns_kind")
    if len(fields) != len(headings) or not {field for field in fields if field} <= set(fields_of(kind)):
        raise ImportRefused("columns_none")
    for field in fields_of(kind):
        if fields.count(field) > 1:
            raise ImportRefused("columns_twice", title=title(field, kind))
    for field in REQUIRED[kind]:
        if field not in fields:
            raise ImportRefused("columns_required", title=title(field, kind))
    header = digest(headings)
    row = {"columns": {"kind": kind, "fields": list(fields)}, "account": account, "at": now}
    put = insert_for(tx, column_mappings).values(header=header, **row)
    tx.execute(put.on_conflict_do_update(index_elements=["header"], set_=row))
    audit.record(tx, account, "kb.columns", header[:12], {"columns": [f for f in fields if f]}, now)


def _guessed(kind: str, table: Table) -> Matched:
    """As `table` has it, with a guess where it has nothing: the likeliest pairs first, each field once."""
    fields: list[str | None] = list(table.fields) if kind == table.kind else [None] * len(table.headings)
    known = headings_of(kind)
    pairs = [
        (_likeness(plain, heading), column, field)
        for column, plain in enumerate(map(plain_heading, table.headings))
        if plain and fields[column] is None
        for heading, field in known.items()
        if field != "id" or plain == heading  # 序号 is none: with it another table's rows would replace one's own
    ]
    for likeness, column, field in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
        if likeness >= ALIKE and fields[column] is None and field not in fields:
            fields[column] = field
    return Matched(kind, tuple(fields))


def _likeness(heading: str, known: str) -> float:
    if heading == known:
        return 1.0
    if len(known) > 1 and known in heading:
        return CONTAINED + len(known) / len(heading) / 10
    return SequenceMatcher(None, heading, known).ratio()


def _worth(found: Matched, table: Table) -> tuple[bool, int]:
    return set(REQUIRED[found.kind]) <= set(found.fields), sum(field is not None for field in found.fields)
