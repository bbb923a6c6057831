"""The row of a turn: what is kept of it, what never, and what remains when a citizen is erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from foundation import erasure
from foundation.clock import FixedClock
from foundation.database import Database
from insights import recording
from insights.recording import Turn, decision_of
from insights.turns import turns

ASKED = "护照多少钱"


@pytest.fixture
def turn(clock: FixedClock) -> Turn:
    return Turn(
        at=clock.now(), conversation="wechat:a", channel="wechat", question=ASKED, kind="item", decision="answered",
        unit_kind="item", unit_id="passport", record="K7M2-4Q9D",
        candidates=[{"kind": "item", "id": f"unit-{n}", "confidence": 0.9 - n / 10} for n in range(9)],
    )  # fmt: skip


def kept(database: Database) -> list[str | None]:
    with database.read() as tx:
        return list(tx.execute(select(turns.c.question).order_by(turns.c.id)).scalars())


def test_a_turn_is_kept_with_its_four_best_candidates(database: Database, turn: Turn) -> None:
    with database.write() as tx:
        recording.write(tx, turn)
    with database.read() as tx:
        row = tx.execute(select(turns)).one()
    assert (row.question, row.decision, row.unit_id, row.at) == (ASKED, "answered", "passport", turn.at)
    assert [one["id"] for one in row.candidates] == ["unit-0", "unit-1", "unit-2", "unit-3"]


@pytest.mark.parametrize("kind", ["form", "complaint", "status"])
def test_what_is_typed_into_a_form_is_not_kept(database: Database, turn: Turn, kind: str) -> None:
    with database.write() as tx:
        recording.write(tx, replace(turn, kind=kind, question="张三在东街乱摆摊"))
    assert kept(database) == [None]


@pytest.mark.parametrize(
    ("text", "is_kept"), [("123X", False), ("1234", False), ("？？", False), ("1234 怎么办", True)]
)
def test_a_number_alone_is_no_question(database: Database, turn: Turn, text: str, is_kept: bool) -> None:
    with database.write() as tx:
        recording.write(tx, replace(turn, kind="fallback", question=text))
    assert kept(database) == [text if is_kept else None]


def test_who_is_erased_is_counted_and_no_longer_known(database: Database, turn: Turn) -> None:
    with database.write() as tx:
        recording.write(tx, turn)
        recording.write(tx, replace(turn, conversation="wechat:b"))
        assert [one["question"] for one in erasure.export_everything(tx, "wechat:a")["turns"]] == [ASKED]
        assert erasure.erase_everything(tx, "wechat:a")["turns"] == 1
    with database.read() as tx:
        rows = tx.execute(select(turns.c.conversation, turns.c.question, turns.c.unit_id).order_by(turns.c.id)).all()
    assert rows == [(None, None, "passport"), ("wechat:b", ASKED, "passport")]


def test_an_apology_is_no_gap_in_the_content() -> None:
    assert decision_of("fallback", "K7M2-4Q9D") == "refused"
    assert decision_of("fallback", None) == "other"
    assert [decision_of(kind, "x") for kind in ("faq", "options", "form")] == ["answered", "options", "other"]
