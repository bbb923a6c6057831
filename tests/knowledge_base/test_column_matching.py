"""Columns with headings that nobody foresaw: guessed, matched by hand once, and remembered."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from import_office import ImportOffice, xlsx_of

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.importing import matching
from knowledge_base.importing.columns import REQUIRED, Matched, digest, headings_of, plain_heading
from knowledge_base.importing.fields import template
from knowledge_base.importing.pipeline import import_files
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.report import Table

STRANGE = ["序号", "业务叫什么", "老百姓怎么叫", "要带的东西", "收费"]
ROWS = [["1", "居民身份证换领", "换身份证", "户口簿", "不收费"], ["2", "居住证申领", "办居住证", "身份证", "不收费"]]
FIELDS = [None, "name", "aliases", "materials", "fee"]


@pytest.fixture
def office(database: Database, clock: FixedClock) -> ImportOffice:
    return ImportOffice(database, clock)


def strange_csv(mark: str = ",") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=mark).writerows([["某市业务一览"], STRANGE, *ROWS])
    return written.getvalue().encode()


def remember(office: ImportOffice, headings: list[str], fields: list[str | None], kind: str = "item") -> None:
    with office.database.write() as tx:
        matching.remember(tx, headings, kind, fields, "lihua", office.clock.now())


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx", "bars.csv"])
def test_what_was_matched_by_hand_is_matched_the_next_time(office: ImportOffice, name: str) -> None:
    content = xlsx_of(STRANGE, ROWS) if name.endswith("xlsx") else strange_csv("|" if name == "bars.csv" else ",")
    found = office.preview(content, name)
    assert [problem.field for problem in found.problems] == ["columns"]
    table = found.read.report.tables[0]
    assert (table.kind, list(table.headings), list(table.sample)) == (None, STRANGE, ROWS[0])
    remember(office, list(table.headings), FIELDS)
    found = office.preview(content, name)
    assert not found.problems
    body = found.changes[0].after
    assert body is not None and (body["name"], body["aliases"]) == ("居民身份证换领", ["换身份证"])


def test_the_command_line_remembers_too(office: ImportOffice, tmp_path: Path) -> None:
    remember(office, STRANGE, FIELDS)
    (tmp_path / "table.csv").write_bytes(strange_csv())
    assert import_files(office.database, [tmp_path], "operator", office.clock.now()).units == {"item": 2}


def test_one_more_column_of_a_known_table_can_be_matched(office: ImportOffice) -> None:
    headings = ["事项名称", "老百姓怎么叫"]
    content = xlsx_of(headings, [["居民身份证换领", "换身份证"]])
    table = office.preview(content, "x.xlsx").read.report.tables[0]
    assert (table.kind, table.fields) == ("item", ("name", None))
    remember(office, headings, ["name", "aliases"])
    body = office.preview(content, "x.xlsx").changes[0].after
    assert body is not None and body["aliases"] == ["换身份证"]


def test_what_is_matched_anew_counts(office: ImportOffice) -> None:
    remember(office, STRANGE, FIELDS)
    remember(office, STRANGE, [None, "question", None, "answer", None], "faq")
    with office.database.read() as tx:
        assert matching.remembered(tx)[digest(STRANGE)].kind == "faq"
        assert [entry.action for entry in audit.entries(tx)] == ["kb.columns"] * 2


@pytest.mark.parametrize(
    ("kind", "fields", "key"),
    [
        ("king", FIELDS, "columns_kind"),
        ("item", FIELDS[:3], "columns_none"),
        ("item", [None, "name", "no such field", None, None], "columns_none"),
        ("item", [None, "name", "fee", "fee", None], "columns_twice"),
        ("item", [None, "aliases", None, None, None], "columns_required"),
        ("faq", [None, "question", None, None, None], "columns_required"),
    ],
)
def test_what_makes_no_table_is_refused(office: ImportOffice, kind: str, fields: list[str | None], key: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        remember(office, STRANGE, fields, kind)
    assert refused.value.key == key


def guessed(*headings: str) -> Matched:
    return matching.proposed(Table("x", headings, None, (None,) * len(headings)))


def test_guesses_are_near_what_the_heading_says() -> None:
    assert guessed("服务名", "群众常用别名", "费用说明") == ("item", ("name", "aliases", "fee"))
    assert guessed("序号", "业务叫什么", "收费") == ("item", (None, None, "fee"))
    assert guessed("群众的提问", "标准答复内容", "天气") == ("faq", ("question", "answer", None))
    kept = matching.proposed(Table("x", ("事项名称", "群众常用别名"), "item", ("name", None)))
    assert kept == ("item", ("name", "aliases"))


@pytest.mark.parametrize("kind", REQUIRED)
def test_the_templates_columns_are_understood(kind: str) -> None:
    for field in template(kind):
        assert headings_of(kind)[plain_heading(field.title)] == field.name
