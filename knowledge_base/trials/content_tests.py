"""Content tests: kept, changed, switched off, approved. They are public to the staff, like what is published.

A test is carried by a unit, or belongs to the regression set. What it asks is masked like a citizen's message.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.masking import redact
from knowledge_base.model import ASPECTS, UnitKey
from knowledge_base.model import KINDS as UNITS
from knowledge_base.model.unit import ID
from knowledge_base.store.revisions import chunks
from knowledge_base.trials.errors import TrialError
from knowledge_base.trials.expectations import KINDS, Expectation
from knowledge_base.trials.tables import content_tests

MOST_TURNS = 10
LONGEST = 500
REGION = re.compile(r"\d{6}(\d{3}|\d{6})?")


@dataclass(frozen=True)
class Wanted:
    """What a test asks and expects: what a form has."""

    turns: tuple[str, ...]
    """What is said, turn by turn; the answer to the last is looked at."""
    expect: Expectation
    unit: UnitKey | None = None
    """The unit that carries it; None: of the regression set."""
    region: str | None = None
    as_of: date | None = None
    """The day it is asked on; None: today."""
    note: str = ""


@dataclass(frozen=True)
class ContentTest(Wanted):
    id: int = 0
    active: bool = True
    account: str = ""
    """Who wrote it, or changed it last."""
    created_at: datetime | None = None
    approved_by: str | None = None
    """Who confirmed that what it expects is right."""
    passed_release: int | None = None
    """The newest release that it passed on."""

    @property
    def version(self) -> str:
        """Changes whenever what it asks or expects does: who confirms it says which one they have read."""
        return hashlib.sha256(json.dumps(_row(self), sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def units(self) -> set[UnitKey]:
        """The units that it speaks of: the one that carries it, and the one that must answer."""
        return {key for key in (self.unit, self.expect.unit) if key is not None}


def every(tx: Connection, unit: UnitKey | None = None) -> list[ContentTest]:
    """All tests, or those that a unit carries; the newest first."""
    query = select(content_tests).order_by(content_tests.c.id.desc())
    if unit is not None:
        query = query.where(content_tests.c.kind == unit.kind, content_tests.c.unit_id == unit.id)
    return [_read(row) for row in tx.execute(query)]


def active(tx: Connection) -> list[ContentTest]:
    """Those that are not switched off, by number."""
    query = select(content_tests).where(content_tests.c.active).order_by(content_tests.c.id)
    return [_read(row) for row in tx.execute(query)]


def get(tx: Connection, number: int, lock: bool = False) -> ContentTest:
    """`lock`: nobody changes it until this transaction ends. Raises TrialError: there is none of that number."""
    query = select(content_tests).where(content_tests.c.id == number)
    row = tx.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise TrialError("unknown")
    return _read(row)


def add(tx: Connection, wanted: Wanted, account: str, now: datetime) -> int:
    """Keep a new test and return its number; that of the active one which asks and expects the same, if there is one.

    Raises:
        TrialError: it asks or expects what cannot be.
    """
    row = _row(_checked(wanted))
    if same := [test.id for test in active(tx) if _row(test) == row]:
        return same[0]
    row |= {"account": account, "created_at": now, "active": True}
    number = int(tx.execute(insert(content_tests).values(row)).inserted_primary_key[0])
    audit.record(tx, account, "kb.test.add", f"test:{number}", _about(wanted), now)
    return number


def change(tx: Connection, number: int, wanted: Wanted, account: str, now: datetime) -> None:
    """Let a test ask or expect something else; somebody must approve it anew.

    Raises:
        TrialError: there is none of that number, or it asks or expects what cannot be.
    """
    get(tx, number, lock=True)
    row = _row(_checked(wanted)) | {"account": account, "approved_by": None, "passed_release": None}
    _update(tx, number, **row)
    audit.record(tx, account, "kb.test.change", f"test:{number}", _about(wanted), now)


def switch(tx: Connection, number: int, active: bool, account: str, now: datetime) -> None:
    """Switch a test off, so that it is not run, or on again. Raises TrialError: there is none of that number."""
    if get(tx, number).active != active:
        _update(tx, number, active=active)
        audit.record(tx, account, "kb.test.on" if active else "kb.test.off", f"test:{number}", None, now)


def approve(
    tx: Connection, number: int, version: str, account: str, now: datetime, answered: Expectation | None = None
) -> None:
    """Confirm what a test expects, or that what was `answered` is right, which it expects from now on.

    What its text must have and lack stays as it is only where it is not `answered` that counts.

    Raises:
        TrialError: there is none of that number, it is switched off, one's own, or not of that version any more.
    """
    test = get(tx, number, lock=True)
    if not test.active:
        raise TrialError("switched_off")
    if test.account == account:
        raise TrialError("own")
    if test.version != version:
        raise TrialError("changed")
    expect = answered or test.expect
    _update(tx, number, expect=_checked(replace(test, expect=expect)).expect.to_dict(), approved_by=account)
    audit.record(tx, account, "kb.test.approve", f"test:{number}", {"expect": _listed(expect)}, now)


def note_passed(tx: Connection, passed: Sequence[int], release: int) -> None:
    """Keep that the tests with these numbers passed on a release."""
    for part in chunks(list(passed)):
        tx.execute(update(content_tests).where(content_tests.c.id.in_(part)).values(passed_release=release))


def _update(tx: Connection, number: int, **values: Any) -> None:
    tx.execute(update(content_tests).where(content_tests.c.id == number).values(**values))


def _about(wanted: Wanted) -> dict[str, Any]:
    return {"unit": str(wanted.unit) if wanted.unit else None, "expect": _listed(wanted.expect)}


def _listed(expect: Expectation) -> list[str]:
    """An expectation as the audit log has it."""
    texts = [f"+{text}" for text in expect.contains] + [f"-{text}" for text in expect.lacks]
    return [part for part in (expect.kind, expect.id, expect.aspect) if part] + texts


def _checked(wanted: Wanted) -> Wanted:
    """The same without blank lines and identifiers."""
    turns = tuple(redact(turn.strip()) for turn in wanted.turns if turn.strip())
    expect = wanted.expect
    if not turns:
        raise TrialError("no_question")
    if len(turns) > MOST_TURNS:
        raise TrialError("too_many", most=MOST_TURNS)
    if max(map(len, turns)) > LONGEST:
        raise TrialError("too_long", most=LONGEST)
    if not expect.to_dict():
        raise TrialError("no_expectation")
    if expect.kind is not None and expect.kind not in KINDS:
        raise TrialError("kind")
    if expect.aspect is not None and expect.aspect not in ASPECTS:
        raise TrialError("aspect", aspect=expect.aspect)
    if wanted.unit is not None and wanted.unit.kind not in UNITS:
        raise TrialError("unit_kind")
    if not all(ID.fullmatch(id) for id in (expect.id, wanted.unit and wanted.unit.id) if id):
        raise TrialError("id")
    if wanted.region is not None and not REGION.fullmatch(wanted.region):
        raise TrialError("region")
    return replace(wanted, turns=turns)


def _row(wanted: Wanted) -> dict[str, Any]:
    return {
        "kind": wanted.unit.kind if wanted.unit else None,
        "unit_id": wanted.unit.id if wanted.unit else None,
        "turns": list(wanted.turns),
        "region": wanted.region,
        "as_of": wanted.as_of,
        "expect": wanted.expect.to_dict(),
        "note": wanted.note,
    }


def _read(row: Any) -> ContentTest:
    return ContentTest(
        turns=tuple(row.turns),
        expect=Expectation.from_dict(row.expect),
        unit=UnitKey(row.kind, row.unit_id) if row.kind else None,
        region=row.region,
        as_of=row.as_of,
        note=row.note,
        id=row.id,
        active=row.active,
        account=row.account,
        created_at=row.created_at,
        approved_by=row.approved_by,
        passed_release=row.passed_release,
    )
