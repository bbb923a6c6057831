"""The templates to be filled in, and exports, go into an import and come out as they were."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from import_office import ImportOffice
from knowledge_units import faq, item, steady
from openpyxl import load_workbook
from sqlalchemy import select

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.exporting import Format, packed, write_csv, write_xlsx
from knowledge_base.importing import uploads
from knowledge_base.importing.cells import clean
from knowledge_base.importing.columns import REQUIRED, catalogue
from knowledge_base.importing.fields import template
from knowledge_base.importing.pipeline import import_files
from knowledge_base.importing.problems import reason
from knowledge_base.importing.reading import read_upload
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.templates import workbook
from knowledge_base.importing.uploads import LARGEST, LARGEST_UNPACKED
from knowledge_base.model import Faq, Unit
from knowledge_base.store import codec

dangerous = st.builds(
    "{}{}".format,
    st.sampled_from(("=", "+", "-", "@", "＝", "＋", "－", "＠", "'=", "''-", "'")),
    st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs")), min_size=1, max_size=12),
).filter(lambda text: clean(text) == text)


@pytest.mark.parametrize("kind", REQUIRED)
def test_a_template_is_empty_explained_and_taken_when_filled(kind: str) -> None:
    empty = workbook(kind)
    read = read_upload("template.xlsx", empty, {})
    assert (len(read.units), read.report.problems) == (0, [])
    book = load_workbook(io.BytesIO(empty))
    sheet, explained = book.worksheets
    fields = template(kind)
    assert {field.name for field in fields} == set(catalogue()[kind])
    assert all(cell.comment and cell.comment.text for cell in sheet[1])
    assert len([row for row in explained.iter_rows(2, values_only=True) if row[2]]) == len(fields)
    offered = {str(one.sqref)[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert len(offered) == sum(bool(field.choices) for field in fields)
    for example_number in (0, 1):
        sheet.append([field.examples[example_number] for field in fields])
    written = io.BytesIO()
    book.save(written)
    read = read_upload("filled.xlsx", written.getvalue(), {})
    assert (len(read.units), read.report.problems) == (2, [])
    assert not read.report.ignored or read.report.ignored == ["[填写说明]"]


@pytest.mark.parametrize("form", ["xlsx", "yaml"])
def test_the_sample_city_is_downloaded_and_taken_back_without_a_difference(
    form: Format, database: Database, clock: FixedClock
) -> None:
    import_files(database, [Path("knowledge_base/content")], "editor", clock.now())
    office = ImportOffice(database, clock)
    office.publish()
    with database.read() as tx:
        ending, content = packed(tx, office.release(), form)
        _, wanted = packed(tx, office.release(), "yaml", lambda unit: unit.kind == "office")
    if form == "xlsx":
        found = office.preview(content, "city.xlsx")
        assert (ending, found.changes, found.problems) == (".xlsx", [], []) and found.unchanged > 400
    else:
        with TemporaryDirectory() as folder:
            zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
            report = import_files(database, [Path(folder)], "editor", clock.now())
        assert (report.units, report.problems) == ({}, []) and report.unchanged > 400
    assert {name.split("/")[0] for name in zipfile.ZipFile(io.BytesIO(wanted)).namelist()} == {"offices"}


def read_back(name: str, content: bytes) -> list[Unit]:
    read = read_upload(name, content, {})
    assert read.report.problems == []
    return [codec.load(body) for part in read.units.bodies(100) for body in part]


def content_with(text: str) -> list[Unit]:
    return [
        faq("a", question=text, answer=text, similar_questions=(text,), category=text, department=text),
        item("b", name=text, aliases=(text, "乙"), theme=text, aspects={"materials": [{"name": text, "note": text}]}),
    ]


@settings(steady, max_examples=20)
@given(dangerous)
@example("=1+1")
@example("甲\n=1")
def test_no_cell_of_a_workbook_is_a_formula_and_all_come_back(text: str) -> None:
    units = content_with(text)
    with TemporaryDirectory() as folder:
        path = write_xlsx(units, Path(folder))[0]
        for sheet in load_workbook(path).worksheets:
            for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value == text):
                assert cell.data_type == "s"
                if text[0] in "=+-@＝＋－＠":
                    assert cell.quotePrefix  # and stays a text when somebody edits it
        assert read_back("x.xlsx", path.read_bytes()) == sorted(units, key=lambda unit: unit.kind == "faq")


@steady
@given(dangerous)
@example("=1+1")
@example("=cmd|' /C calc'!A0")
@example("-1;=1+1")
def test_no_cell_of_a_csv_begins_like_a_formula_and_all_come_back(text: str) -> None:
    unit = faq("a", question=text, answer=text, category=text, department=text)
    with TemporaryDirectory() as folder:
        raw = write_csv([unit], Path(folder))[0].read_bytes()
    written = raw.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert not [cell for row in rows for cell in row if cell and cell[0] in "=+-@\t\r\n＝＋－＠"]
    quoted = io.StringIO(newline="")
    csv.writer(quoted, quoting=csv.QUOTE_ALL).writerows(rows)
    assert written == quoted.getvalue()  # so that nothing within a cell begins another, whatever separates them
    found = read_back("x.csv", raw)[0]
    assert isinstance(found, Faq)
    assert (found.question, found.answer, found.category) == (text, text, text)


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed_file:
        for number in range(4):
            with packed_file.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                for _ in range(LARGEST_UNPACKED // 4 // (1 << 20) + 1):
                    part.write(bytes(1 << 20))
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("x.xlsx", bomb(), "unpacked"),
        ("x.zip", bomb(), "unpacked"),
        ("x.csv", b"x" * (LARGEST + 1), "too_large"),
        ("x.exe", b"MZ", "kind"),
        ("x", b"", "no_suffix"),
        ("x.csv/..", b"", "no_suffix"),
    ],
)
def test_what_cannot_be_read_safely_is_not_kept(
    database: Database, clock: FixedClock, name: str, content: bytes, key: str
) -> None:
    with database.write() as tx, pytest.raises(ImportRefused) as refused:
        uploads.keep(tx, "lihua", name, content, clock.now())
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\x\\办事指南.XLSX", "办事指南.xlsx"),
        ("a\x00b\u202ecsv.csv", "a_b_csv.csv"),
        ("<script>.csv", "_script_.csv"),
        ("..csv", "_.csv"),
        ("长" * 300 + ".yaml", "长" * 60 + ".yaml"),
    ],
)
def test_a_name_leads_nowhere(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept
    assert len(kept.encode()) < 255


def test_an_upload_is_its_owners_and_goes_after_a_day(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        number = uploads.keep(tx, "lihua", "x.csv", b"x", clock.now())
        assert uploads.find(tx, number, "lihua", clock.now()).content == b"x"
        with pytest.raises(ImportRefused):
            uploads.find(tx, number, "wang", clock.now())
        assert not uploads.discard(tx, number, "wang")
        clock.advance(hours=25)
        with pytest.raises(ImportRefused):
            uploads.find(tx, number, "lihua", clock.now())
        uploads.purge(tx, clock.now())
        assert not uploads.discard(tx, number, "lihua")


def test_nobody_keeps_more_than_a_few_files(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        numbers = [uploads.keep(tx, "lihua", f"{n}.csv", b"x", clock.now()) for n in range(uploads.MOST_FILES + 2)]
        others = uploads.keep(tx, "wang", "x.csv", b"x", clock.now())
        left = set(tx.execute(select(uploads.uploads.c.id)).scalars())
    assert left == {*numbers[2:], others}


def test_more_units_than_anybody_waits_for_are_a_problem() -> None:
    content = "问题,答案\n" + "".join(f"问{n},答\n" for n in range(5))
    read = read_upload("x.csv", content.encode(), {}, most=3)
    assert len(read.units) == 3 and "超过 3 条" in reason(read.report.problems[0].problem)
    assert not read_upload("x.csv", content.encode(), {}, most=5).report.problems


def zipped(**parts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return written.getvalue()


def test_a_zip_is_read_whole_and_its_names_lead_nowhere(tmp_path: Path) -> None:
    unit = "{kind: faq, id: %s, question: 问, answer: 答}"
    parts = {"..__..__a.yaml": unit % "a", "faqs__b.YML": unit % "b", "c.csv": "x", "__etc__d.yaml": unit % "a"}
    read = read_upload("x.zip", zipped(**parts), {})
    assert [key.id for key in read.units.keys] == ["a", "b"] and read.places[0].file == "../../a.yaml"
    assert [problem.field for problem in read.report.problems] == ["id"]  # given twice, in two files
    assert read.report.ignored == ["c.csv"]
    assert not list(tmp_path.parent.parent.glob("a.yaml"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip"])
def test_a_zip_that_is_none_is_a_problem(content: bytes) -> None:
    problems = read_upload("x.zip", content, {}).report.problems
    assert ["打不开这个 zip" in reason(problem.problem) for problem in problems] == [True]
