"""The small town with content tests: Li writes, Wang approves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import Connection

from foundation.database import Database
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.store import releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.answerer import Answerer
from knowledge_base.trials.content_tests import Wanted
from knowledge_base.trials.expectations import Expectation
from knowledge_base.trials.outcomes import Report
from knowledge_base.trials.running import run

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
FILE = Path(__file__).resolve().parents[2] / "fixtures" / "small_town.yaml"
CARD, DOG = UnitKey("faq", "library-card"), UnitKey("item", "dog-registration")
ABOUT_CARD = "图书馆借书证丢了怎么补"
ABOUT_FEE = "养犬登记要多少钱"


def town() -> dict[str, Unit]:
    """The town's units by id."""
    return {raw["id"]: parse_unit(raw) for raw in yaml.safe_load(FILE.read_text(encoding="utf-8"))}


def publish(database: Database, *units: Unit) -> int:
    with database.write() as tx:
        releases.save_drafts(tx, units or list(town().values()), "old", NOW)
        return releases.publish(tx, "old", "", NOW).number


def draft(database: Database, id: str, **fields: Any) -> None:
    """Change some fields of a unit of the town in a draft."""
    with database.write() as tx:
        releases.save_draft(tx, town()[id].copy(update=fields), "li", NOW)


def wanted(*turns: str, kind: str | None = None, id: str | None = None, **fields: Any) -> Wanted:
    """A test; `expect` for more than kind and id."""
    return Wanted(turns, fields.pop("expect", Expectation(kind, id)), **fields)


def carry(tx: Connection, asked: Wanted, approved: bool = False) -> int:
    number = content_tests.add(tx, asked, "li", NOW)
    if approved:
        content_tests.approve(tx, number, content_tests.get(tx, number).version, "wang", NOW)
    return number


def tried(database: Database, answerer: Answerer, now: datetime = NOW, keys: Sequence[UnitKey] | None = None) -> Report:
    """All tests on all drafts, or on those of these units."""
    with database.read() as tx:
        return run(answerer, tx, releases.pending_moves(tx, keys), now)
