"""SQL is written by us alone: what comes in is bound, never written into a statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from foundation.settings import ROOT

PACKAGES = ("foundation", "knowledge_base", "desk", "insights", "actions", "channels", "bot", "console")
TAKES_SQL = {"text", "exec_driver_sql", "literal_column", "execute", "executescript", "executemany", "op"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in our packages that may take SQL, with where it is."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if "migrations" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and name_of(node.func) in TAKES_SQL:
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def name_of(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def is_made_up(value: ast.expr) -> bool:
    """Whether a text is put together where it stands."""
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in value.values)
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, (ast.Mod, ast.Add)) and any(
            isinstance(side, (ast.JoinedStr, ast.Constant)) and not isinstance(getattr(side, "value", ""), (int, float))
            for side in (value.left, value.right)
        )
    return isinstance(value, ast.Call) and name_of(value.func) in ("format", "join", "replace")


OURS = {"foundation/database.py"}
"""Where a statement is put together of our own words: BEGIN IMMEDIATE."""


def test_no_statement_is_put_together() -> None:
    found = [where for where, call in calls() if is_made_up(call.args[0])]
    assert {where.partition(":")[0] for where in found} <= OURS, found


def test_the_search_sees_what_it_looks_for() -> None:
    bad = ["f'SELECT {x}'", "'SELECT ' + x", "'SELECT %s' % x", "'SELECT {}'.format(x)"]
    assert all(is_made_up(ast.parse(text, mode="eval").body) for text in bad)
    assert not is_made_up(ast.parse("'SELECT 1'", mode="eval").body) and len(list(calls())) > 300
