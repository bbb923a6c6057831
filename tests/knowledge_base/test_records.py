"""Answer records."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import erasure
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.model import UnitKey
from knowledge_base.records import ALPHABET, Record, new_number, normalise_number, read, search, told, write


def test_numbers_can_be_read_out() -> None:
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) == 500
    assert all(normalise_number(number) == number for number in numbers)
    assert not set("".join(numbers)) & set("ILOU")


@pytest.mark.parametrize("typed", ["K0M1-4Q9D", "k0m14q9d", " kOml 4q9d ", "Ｋ０Ｍ１－４Ｑ９Ｄ", "KOMI—4Q9D"])
def test_a_number_is_found_however_it_was_typed(typed: str) -> None:
    assert normalise_number(typed) == "K0M1-4Q9D"


@given(st.text())
def test_anything_else_is_no_number(text: str) -> None:
    number = normalise_number(text)
    assert number is None or set(number) <= {*ALPHABET, "-"}


def record(clock: FixedClock, number: str = "K7M2-4Q9D", **fields: object) -> Record:
    base = Record(
        number, "web:1", clock.now(), "item", "要带户口簿。", unit_id="id-card", aspect="materials", release=3
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def test_an_answer_is_kept_word_for_word(database: Database, clock: FixedClock) -> None:
    one = record(clock, payload={"kind": "item", "sources": []}, engine="0.1.0", approved_by="chief")
    with database.write() as tx:
        write(tx, one, record(clock, "AAAA-0000", kind="fallback", unit_id=None))
        write(tx)
    with database.read() as tx:
        assert read(tx, "k7m2 4q9d") == one
        assert read(tx, "ZZZZ-ZZZZ") is None
        assert read(tx, "什么") is None


def test_who_was_told(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        write(tx, record(clock), record(clock, "AAAA-0000", unit_id="other"))
        clock.advance(hours=1)
        write(tx, record(clock, "BBBB-0000", conversation="web:2"))
        key = UnitKey("item", "id-card")
        assert [r.conversation for r in told(tx, key, clock.now() - timedelta(hours=2))] == ["web:1", "web:2"]
        assert [r.conversation for r in told(tx, key, clock.now())] == ["web:2"]


def test_erasure_cuts_the_record_off_from_the_person(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        write(tx, record(clock), record(clock, "AAAA-0000", conversation="web:2"))
        assert [row["number"] for row in erasure.export_everything(tx, "web:1")["answer_records"]] == ["K7M2-4Q9D"]
        assert erasure.erase_everything(tx, "web:1")["answer_records"] == 1
        kept = read(tx, "K7M2-4Q9D")
        assert kept is not None and (kept.conversation, kept.text) == (None, "要带户口簿。")


def test_records_are_searched_newest_first_and_page_by_page(database: Database, clock: FixedClock) -> None:
    began = clock.now()
    with database.write() as tx:
        for number in range(5):
            who = ("web:1", "wecom:2", "wecom-kf:3", None, "web:4")[number]
            write(tx, record(clock, f"{number}000-0000", conversation=who, unit_id="a" if number % 2 else "b"))
            clock.advance(hours=1)
        write(tx, record(clock, "5000-0000", kind="status", unit_id="a"))

        def found(**asked: Any) -> str:
            return "".join(one.number[0] for one in search(tx, **asked))

        assert found() == "543210"
        assert found(unit=UnitKey("item", "a")) == "31", "of a unit, not of an application by the same name"
        assert found(channel="wecom") == "1" and found(channel="web") == "540"
        assert found(since=began + timedelta(hours=1), until=began + timedelta(hours=3)) == "21"
        first = search(tx, limit=2)
        assert found(before=(first[-1].at, first[-1].number), limit=2) == "32"
        assert found(unit=UnitKey("item", "%")) == "" and found(channel="%") == ""


def test_who_was_told_in_the_second_answer_of_a_message(database: Database, clock: FixedClock) -> None:
    second = {"kind": "item", "id": "id-card", "title": "身份证", "aspect": "fee"}
    with database.write() as tx:
        write(
            tx,
            record(clock, unit_id="passport", payload={"also": [second]}),
            record(clock, "AAAA-0000", unit_id="passport", payload={"id": "id-card", "also": []}),
        )
        assert [r.number for r in told(tx, UnitKey("item", "id-card"), clock.now())] == ["K7M2-4Q9D"]
        assert told(tx, UnitKey("item", "id_card"), clock.now()) == []
        assert told(tx, UnitKey("item", "id-card"), clock.now(), until=clock.now()) == []
        assert told(tx, UnitKey("item", "id-card"), clock.now(), conversation="web:9") == []


def test_what_was_about_somebodys_own_matter_is_locked_once_they_are_erased(
    database: Database, clock: FixedClock
) -> None:
    with database.write() as tx:
        for number, more in (("AAAA-0000", {"kind": "status"}), ("AAAA-0001", {"said_by": "王芳"}), ("AAAA-0002", {})):
            record = Record(
                number=number, conversation="web:1", at=clock.now(), **{"kind": "item", "text": "您的件在办", **more}
            )
            write(tx, record)
        assert [one.text for one in search(tx)] == ["您的件在办"] * 3
        erasure.erase_everything(tx, "web:1")
        assert [(one.number, one.text) for one in search(tx)] == [
            ("AAAA-0002", "您的件在办"), ("AAAA-0001", ""), ("AAAA-0000", ""),
        ]  # fmt: skip
        locked = read(tx, "AAAA-0001")
        assert locked is not None and locked.locked and locked.payload == {}
