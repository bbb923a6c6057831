"""docs/security.md names, for each threat, tests that show its defence: they must be there."""

from __future__ import annotations

import ast
import re
from functools import cache

from foundation.settings import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
THREATS = DOCUMENT.split("## Threats")[1].split("\n## ")[0]
PROMISED = (
    "forged", "replayed", "ids are probed", "intents and slots", "XSS", "SQL injection", "CSRF", "session is fixed",
    "guessed", "SSRF through media", "SSRF through the portal", "zip", "formulas", "oversized", "slow clients", "log",
    "secrets", "a citizen floods", "one address floods",
)  # fmt: skip


@cache
def known_in(path: str) -> set[str]:
    file = ROOT / "tests" / path
    if not file.exists():
        return set()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(DOCUMENT)
    assert len(named) > 60
    assert [f"{path}::{name}" for path, name in named if name not in known_in(path)] == []


def test_every_threat_names_one() -> None:
    rows = [line for line in THREATS.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 35
    assert [row for row in rows if not NAMED.search(row.split("|")[3])] == []


def test_no_threat_of_the_list_is_forgotten() -> None:
    first = " ".join(line.split("|")[1] for line in THREATS.splitlines() if line.startswith("| "))
    assert [word for word in PROMISED if word not in first] == []
