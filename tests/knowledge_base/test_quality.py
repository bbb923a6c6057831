"""What the quality report finds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from knowledge_units import faq, item

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.findings import duplicates, inspect
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.quality import check
from knowledge_base.store import releases

TODAY = date(2026, 11, 23)
SOURCES = [{"title": "居民身份证法"}]


def graver(unit: Unit) -> list[tuple[str, str]]:
    return [(found.severity, found.field) for found in inspect(unit, TODAY) if found.severity != "note"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sources": SOURCES}, []),
        ({}, [("warning", "sources")]),
        ({"sources": [{"title": "导入.csv", "verified": False}]}, [("warning", "sources")]),
        ({"sources": SOURCES, "effective_to": "2026-11-22"}, [("warning", "effective_to")]),
        ({"sources": SOURCES, "effective_to": "2026-11-23"}, []),
        ({"sources": SOURCES, "review_by": "2026-11-22"}, [("warning", "review_by")]),
        ({"sources": SOURCES, "verified_on": "2026-12-01"}, [("warning", "verified_on")]),
        ({"sources": SOURCES, "successor": "photo"}, [("block", "successor")]),
    ],
)
def test_validity_and_sources(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert graver(faq(**fields)) == expected


def span(days: int, unit: str = "工作日") -> dict[str, Any]:
    return {"days": days, "unit": unit}


CASES = {
    "situations": [{"id": "age", "question": "多大", "options": [{"id": i, "title": i} for i in ("old", "young")]}]
}


@pytest.mark.parametrize(
    ("aspects", "blocked"),
    [
        ({"duration": [{"legal": span(20), "promised": span(20)}]}, False),
        ({"duration": [{"legal": span(20), "promised": span(21)}]}, True),
        ({"duration": [{"legal": span(20, "自然日"), "promised": span(21)}]}, True),
        ({"duration": [{"legal": span(20), "promised": span(21, "自然日")}]}, False),
        ({"duration": [{"legal": span(20)}, {"legal": span(30)}]}, True),
        ({"duration": [{"name": "甲", "legal": span(20)}, {"name": "乙", "legal": span(30)}]}, False),
        ({"fee": [{"amount": 20}, {"amount": 40}]}, True),
        ({"fee": [{"amount": 20, "when": {"age": "old"}}, {"amount": 40, "when": {"age": "young"}}]}, False),
        ({"online": [{"available": True, "text": "能"}, {"available": False, "text": "不能"}]}, True),
        ({"fee": {"dated": [{"value": [{"amount": 1}]}, {"since": "2027-01-01", "value": [{"amount": 2}]}]}}, False),
    ],
)
def test_contradictions_within_a_unit_block(aspects: dict[str, Any], blocked: bool) -> None:
    unit = item(sources=SOURCES, aspects=aspects, **CASES)
    assert [severity for severity, _ in graver(unit)] == (["block"] if blocked else [])


def test_missing_aspects_are_noted() -> None:
    notes = list(inspect(item(sources=SOURCES, aspects={"process": ["去窗口。"]}), TODAY))
    assert {found.field for found in notes if "没有" in found.problem} == {
        f"aspects.{name}" for name in ("materials", "place", "duration", "fee")
    }


def test_questions_that_differ_only_in_spelling_are_duplicates() -> None:
    pairs = duplicates([faq("a", "怎么辦？"), faq("b", "怎么办"), faq("c", "怎么办", region="990101")])
    assert [(found.unit.id, found.problem[-8:]) for found in pairs] == [("b", "faq:a 相同"), ("c", "faq:a 相同")]
    apart = [faq("a", region="990101"), faq("b", region="990102")]
    assert list(duplicates(apart)) == []
    assert list(duplicates([faq("a", "ꙮ怎么办"), faq("b", "另一个")])) == []
    assert list(duplicates([faq("a", "怎么办", similar_questions=["怎么办？"])])) == []


def test_the_report_covers_drafts_and_references(database: Database, clock: FixedClock) -> None:
    package = {"kind": "package", "id": "born", "name": "新生儿", "steps": [{"item": "gone"}], "sources": SOURCES}
    with database.write() as tx:
        releases.save_drafts(tx, [faq("old"), item("gone", sources=SOURCES)], "editor", clock.now())
        releases.publish(tx, "editor", "", clock.now())
        releases.save_drafts(tx, [faq("old", sources=SOURCES), parse_unit(package)], "editor", clock.now())
        releases.delete_draft(tx, UnitKey("item", "gone"), "editor", clock.now())
        found = check(tx, clock.now())
    assert [(f.severity, str(f.unit), f.field) for f in found] == [("warning", "package:born", "steps.1")]
    assert "item:gone 不存在" in str(found[0])
