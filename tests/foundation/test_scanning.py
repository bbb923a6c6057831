"""The scan finds what was planted, wherever, says where and never what, and leaves the office's own alone."""

from __future__ import annotations

import importlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from desk.case_tables import cases
from desk.tables import canned_replies, tasks
from foundation import audit, outbox, scanning
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.dialogue import append, heard
from foundation.migrate import table_modules
from foundation.scanning import Finding, Office, files, identifiers, of_office
from foundation.scanning import tables as scanned

for module in table_modules():
    importlib.import_module(module)

PLANTED = {
    "id": "110101199003078515", "phone": "13912345678", "card": "6222021234567890123", "plate": "京A12345",
    "email": "zhang.san@example.com", "landline": "0571-87654321", "uscc": "91330106MA2CFXXX1Y",
    "passport": "E12345678",
}  # fmt: skip


def found(database: Database, *more: str) -> list[Finding]:
    with database.read() as tx:
        return list(scanned(tx, identifiers(of_office(tx, more))))


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_in_a_table_is_found(database: Database, clock: FixedClock, kind: str) -> None:
    text = f"我是张三，{PLANTED[kind]}，请回电"
    task = {"kind": "callback", "state": "open", "department": "", "title": "回电", "source": "x", "opened_by": "wang",
            "opened_at": clock.now(), "remark": text}  # fmt: skip
    with database.write() as tx:
        append(tx, "web:a", [heard(text, "web", clock.now())])
        outbox.add(tx, "web:a", "web", [{"text": "好", "custom": {"deep": [{"inside": text}]}}], clock.now())
        tx.execute(insert(tasks).values(**task, detail={"question": "⟦phone:7f3a⟧"}))
        audit.record(tx, "wang", "x", "y", {"why": text}, clock.now())
    places = found(database)
    assert {(one.place, one.kind) for one in places} == {
        ("tracker_events.body", kind), ("outbox.body", kind), ("tasks.remark", kind), ("audit.detail", kind)
    }  # fmt: skip
    assert all(PLANTED[kind] not in str(one) for one in places)


def test_what_is_the_offices_own_is_nobodys(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    case = {"number": "SQ20261123", "conversation": None, "channel": "web", "kind": "help", "state": "in_hand",
            "what": "打了 87654321 没人接，座机87654321", "place": "", "happened": "", "has_contact": False,
            "department": "", "filed_at": now, "version": 1}  # fmt: skip
    with database.write() as tx:
        text = "请拨打 0571-87654321 或写信到 office@example.gov.cn"
        reply = {"department": "", "title": "窗口电话", "text": text, "updated_by": "wang", "updated_at": now}
        tx.execute(insert(canned_replies).values(reply))
        outbox.add(tx, "web:a", "web", [{"text": "电话（0571）87654321，office@example.gov.cn"}], now)
        tx.execute(insert(cases).values(case))
        append(tx, "web:a", [{**heard("⟦id:7f3a⟧ 后四位 ⟦tail:00aa⟧", "web", now, "24567890123456789")}])
        outbox.add(tx, "web:b", "web", [{"text": "热线 0571-12345678"}], now)
    assert found(database, "0571-12345678") == []
    assert [one.place for one in found(database)] == ["outbox.body"], "a number that nobody has published"


@given(st.text("0123456789abcdef", min_size=64, max_size=64).filter(lambda text: sum(map(str.isalpha, text)) > 15))
def test_digests_are_not_taken_for_numbers(digest: str) -> None:
    assert identifiers(Office())(f"key={digest} done") == []


def test_files_are_looked_through_and_packed_ones_too(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "zhengwu-2026-11-23.log").write_text(
        f'a\nevent="x" text={PLANTED["phone"]}\n', encoding="utf-8"
    )
    (tmp_path / "清洁.csv").write_text("一,二\n3,4\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "out.xlsx", "w") as packed:
        packed.writestr("xl/sharedStrings.xml", f"<t>{PLANTED['id']}</t>")
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "x.json").write_text(PLANTED["phone"])
    places = [(Path(one.place).name, one.row, one.kind) for one in files(tmp_path, identifiers(Office()))]
    assert places == [("zhengwu-2026-11-23.log", "line 2", "phone"), ("out.xlsx:xl", "line 1", "id")] or places == [
        ("zhengwu-2026-11-23.log", "line 2", "phone"), ("sharedStrings.xml", "line 1", "id"),
    ]  # fmt: skip


def test_one_citizens_traces(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        append(tx, "wechat:oA1b2", [heard("好", "wechat", clock.now())])
        append(tx, "wechat:oZ9", [heard("好", "wechat", clock.now())])
    with database.read() as tx:
        traces = list(scanned(tx, scanning.traces("oA1b2")))
    assert {one.place for one in traces} == {"tracker_events.conversation"} and len(traces) == 1


def test_every_table_named_as_the_offices_is_one() -> None:
    known = {table.name for table in scanning.metadata.sorted_tables}
    assert set(scanning.RULES.entry("office")) <= known
