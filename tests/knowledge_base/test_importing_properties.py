"""Whatever a file holds, an import ends with units and problems, each problem with its place."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from knowledge_units import steady
from openpyxl import Workbook

from foundation.spreadsheets import guarded
from knowledge_base.importing.cells import clean
from knowledge_base.importing.checking import Checker
from knowledge_base.importing.entries import lines, names
from knowledge_base.importing.pipeline import NAMED_ONLY, READERS, read_file
from knowledge_base.importing.report import FileReport
from knowledge_base.importing.tables import unguarded
from knowledge_base.importing.text_files import decode
from knowledge_base.importing.values import as_date, fee, limits, material
from knowledge_base.model import Unit

HEADINGS = (
    "问题",
    "答案",
    "事项名称",
    "id",
    "similar_questions",
    "申请材料",
    "承诺办结时限",
    "收费标准",
    "生效日期",
    "网办",
    "x",
)
dirty = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\"',;|\t\n\r<>/&=+-@\\#（）【】1２二①0.年月日元份天法定承诺即办原件\u200d\ufeff\x00"),
    ),
    max_size=30,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | dirty,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HEADINGS) | dirty, inner, max_size=4),
    max_leaves=12,
)
structured = st.fixed_dictionaries(
    {"kind": st.sampled_from(("faq", "item", "referral", "package", "office")) | values, "id": st.just("a") | values},
    optional=dict.fromkeys(
        ("question", "answer", "name", "body", "address", "steps", "hours", "aspects", "situations", "verified_on"),
        values,
    ),
)


def read(name: str, content: bytes) -> tuple[FileReport, list[Unit]]:
    """The report on a file with this content, which must be whole."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        report, units = read_file(path, Checker(), lambda name, done: None)
    assert report.units == len(units)
    for problem in report.problems:
        assert problem.file.startswith(str(path)) and problem.line >= 1 and problem.field and problem.problem
    return report, units


@pytest.mark.parametrize("suffix", sorted(READERS | NAMED_ONLY))
@settings(steady)
@given(st.binary(max_size=200) | dirty.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"question,answer\n" + b'"' * 7)
@example(b"[" * 100_000)
@example(b"- " * 100_000)
@example(b"- &a {kind: faq, id: b, question: *a}")
@example(b"\xff\xfe\x00\xd8")
def test_no_bytes_make_an_import_fail(suffix: str, content: bytes) -> None:
    read(f"x{suffix}", content)


@settings(steady)
@given(
    st.lists(st.sampled_from(HEADINGS), min_size=1, max_size=6),
    st.lists(st.lists(dirty, max_size=7), max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(("utf-8", "utf-16", "gb18030", "utf-8-sig")),
)
def test_no_table_makes_an_import_fail(headings: list[str], rows: list[list[str]], mark: str, encoding: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=mark, escapechar="\\").writerows([headings, *rows])
    read("x.csv", text.getvalue().encode(encoding, "ignore"))


sayable = dirty.map(lambda text: text.replace("\x00", "").encode("utf-8", "ignore").decode())


@settings(steady)
@given(st.lists(st.tuples(sayable, sayable), max_size=5), st.sampled_from(",;\t"))
def test_what_a_table_says_arrives_clean(rows: list[tuple[str, str]], mark: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "question", "answer"), *((n, f"问{asked}", told) for n, (asked, told) in enumerate(rows))])
    report, units = read("x.csv", text.getvalue().encode())
    said = {unit.id: (unit.title, getattr(unit, "answer", "")) for unit in units}
    for number, (asked, told) in enumerate(rows):
        if str(number) in said:
            assert said[str(number)] == (clean(f"问{asked}"), clean(unguarded(told)))
    assert len(units) + len(report.problems) == len(rows)


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
@settings(steady)
@given(st.lists(values | structured, max_size=4))
def test_no_json_makes_an_import_fail(suffix: str, content: list[Any]) -> None:
    array = json.dumps(content)
    read(f"x{suffix}", (array if suffix == ".json" else "\n".join(map(json.dumps, content))).encode())


@settings(steady)
@given(st.lists(values | structured, max_size=3))
def test_no_yaml_makes_an_import_fail(content: list[Any]) -> None:
    read("x.yaml", yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "replace"))


@settings(steady, max_examples=40)
@given(
    st.lists(
        st.lists(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | st.times(), max_size=5
        ),
        max_size=4,
    ),
    st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 255)), max_size=4),
)
def test_no_workbook_makes_an_import_fail(rows: list[list[Any]], damages: list[tuple[int, int]]) -> None:
    book = Workbook()
    for row in [["编号", "问题", "答案", "生效日期"], *rows]:
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    file = io.BytesIO()
    book.save(file)
    content = bytearray(file.getvalue())
    for place, byte in damages:
        content[place % len(content)] = byte
    read("x.xlsx", bytes(content))


@given(dirty)
@example("1.甲2.乙；3.丙")
@example("①（②）")
def test_cells_are_always_understood_somehow(text: str) -> None:
    cell = clean(text)
    plain = cell.replace("\\", "")
    assert all(entry and entry.replace("\\", "") in plain for entry in lines(cell))
    assert all(names(cell)) and all(material(name)["name"] for name in names(cell))
    assert fee(cell) and limits(cell, "legal") != {}


@given(dirty | st.dates().map(str) | st.from_regex(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}( \d\d:\d\d(:\d\d)?Z?)?"))
def test_a_day_is_a_day_or_an_error_that_says_so(text: str) -> None:
    try:
        assert len(as_date(text)) == 10
    except ValueError as error:
        assert "not a day" in str(error)


@given(dirty.filter(lambda text: not text.startswith('="')))
@example("'=1")
@example("''0012")
def test_guarding_is_undone(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@"))
    assert unguarded(guarded(cell)) == cell


TRADITIONAL = (
    "編號,問題,答案\nq1,怎麼辦理護照？,請帶身份證到出入境大廳辦理。\nq2,結婚登記需要什麼材料,戶口簿、身份證。\n"
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "big5"]
)
def test_traditional_writing_in_every_encoding(encoding: str) -> None:
    assert decode(TRADITIONAL.encode(encoding)) == TRADITIONAL
