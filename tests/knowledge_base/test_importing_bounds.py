"""Files that stand for far more than they hold are refused, in words, before they take a machine's memory."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from openpyxl import Workbook
from openpyxl.utils import get_column_letter as letter

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.importing import uploads
from knowledge_base.importing.bounds import MOST_COLUMNS, MOST_PARTS
from knowledge_base.importing.problems import reason
from knowledge_base.importing.reading import Read, read_upload
from knowledge_base.importing.refused import ImportRefused

MOST_MEMORY = 150 << 20
"""Bytes while one of these files is read; each took far more."""
SHEETS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/1.xml"/></Relationships>',
}
MERGED = '<mergeCell ref="A1:A2"/>'
HEADER = '<row r="1"><c r="A1" t="str"><v>问题</v></c><c r="B1" t="str"><v>答案</v></c></row>'


def zipped(parts: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return written.getvalue()


def workbook(rows: str, after: str = "", strings: str = "", styles: str = "", workbook: str = "") -> bytes:
    """A workbook of one sheet, out of the XML of its rows, of what follows them, and of its other parts."""
    sheet = f"<worksheet {SHEETS}><sheetData>{HEADER}{rows}</sheetData>{after}</worksheet>"
    more = {
        "xl/workbook.xml": workbook or book('<sheet name="表" sheetId="1" r:id="r1"/>'),
        "xl/worksheets/1.xml": sheet,
        "xl/sharedStrings.xml": f"<sst {SHEETS}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {SHEETS}><cellXfs>{styles}</cellXfs></styleSheet>",
    }
    return zipped(PARTS | more)


def cell(place: str, value: object = 1) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def in_column(name: str, rows: int) -> bytes:
    return workbook("".join(row(number, cell(f"{name}{number}")) for number in range(2, rows + 2)))


def merged_over(rows: int) -> bytes:
    below = "".join(row(number, cell(f"A{number}")) for number in range(3, rows + 3))
    merged = f'<mergeCells><mergeCell ref="{letter(900)}2:{letter(900)}{rows + 2}"/></mergeCells>'
    return workbook(row(2, cell(f"{letter(900)}2")) + below, merged)


def one_string(rows: int) -> bytes:
    cells = (
        row(number, cell(f"A{number}", number), f'<c r="B{number}" t="s"><v>0</v></c>') for number in range(2, rows)
    )
    return workbook("".join(cells), strings=f"<si><t>{'x' * 500_000}</t></si>")


def book(sheets: str) -> str:
    return f'<workbook {SHEETS} xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'


def many_sheets() -> bytes:
    return workbook("", workbook=book('<sheet name="a" sheetId="1" r:id="r1"/>' * 120_000))


def attributes(count: int) -> str:
    return " ".join(f'a{number}=""' for number in range(count))


def small_files(count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        yield f"{number}.yaml", "- a\n" * 10_000


def named(units: int) -> str:
    return f"- &a [{'1, ' * 50_000}]\n" + "".join(f"- &b{number} [*a]\n" for number in range(units))


def one_text(units: int) -> str:
    unit = "- {{kind: faq, id: a{0}, question: q{0}, answer: {1}}}\n"
    return unit.format("", f"&a '{'x' * 500_000}'") + "".join(unit.format(number, "*a") for number in range(units))


def entries(count: int) -> str:
    return "事项名称,申请材料\n甲," + "a|" * count + "\n"


def free_of_charge_but(amount: str) -> str:
    return json.dumps({"kind": "item", "name": "甲", "aspects": {"fee": [{"amount": amount}]}})


BOMBS: dict[str, tuple[str, Callable[[], str | bytes], str]] = {
    "a cell in the last column": ("x.xlsx", lambda: in_column("XFD", 3000), "在很靠右的 XFD 列"),
    "wide rows": ("x.xlsx", lambda: in_column(letter(900), 10_000), "已经超过"),
    "a merged column": ("x.xlsx", lambda: merged_over(10_000), "已经超过"),
    "cells of a row": ("x.xlsx", lambda: workbook(row(2, "<c/>" * 1_000_000)), "有一处太大"),
    "one cell many times": ("x.xlsx", lambda: workbook(row(2, cell("A2") * 20_000)), "这一行超过 16384 格"),
    "attributes": ("x.xlsx", lambda: workbook(row(2, f"<c {attributes(900_000)}/>")), "有一处太大"),
    "merged areas": (
        "x.xlsx",
        lambda: workbook("", f"<mergeCells>{MERGED * 210_000}</mergeCells>"),
        "合并的单元格超过",
    ),
    "parts of a text": ("x.xlsx", lambda: workbook("", strings=f"<si>{'<r/>' * 1_000_000}</si>"), "有一处太大"),
    "formats": ("x.xlsx", lambda: workbook("", styles="<xf/>" * 500_000), "单元格格式超过"),
    "sheets": ("x.xlsx", many_sheets, "有一处太大"),
    "digits": ("x.xlsx", lambda: workbook(row(2, cell("A2", "1" * 7_000_000), cell("B2"))), "打不开这个工作簿"),
    "one string for many cells": ("x.xlsx", lambda: one_string(600), "全部写出来太多"),
    "YAML: a list": ("x.yaml", lambda: "- a\n" * 1_000_000, "问题超过 100000 处"),
    "YAML: a list in a zip": ("x.zip", lambda: zipped({"a.yaml": "- a\n" * 1_000_000}), "问题超过 100000 处"),
    "YAML: small files in a zip": ("x.zip", lambda: zipped(dict(small_files(12))), "问题超过 100000 处"),
    "YAML: a unit": ("x.yaml", lambda: "kind: faq\nx:\n" + "- a\n" * 1_000_000, "展开后太大"),
    "YAML: documents": ("x.yaml", lambda: "---\n" * 250_000, "用 --- 分开的部分超过"),
    "YAML: depth": ("x.yaml", lambda: "[" * 1_000_000, "嵌套太深"),
    "YAML: names": ("x.yaml", lambda: named(200), "用 & 起名的内容太多"),
    "YAML: one text for many units": ("x.yaml", lambda: one_text(600), "全部写出来太多"),
    "YAML: one text many times": (
        "x.yaml",
        lambda: f"{{a: &a '{'x' * 9999}', b: [{'*a, ' * 20_000}]}}",
        "超过 2000000 个字",
    ),
    "YAML: a number by sixties": ("x.yaml", lambda: f"kind: faq\nquestion: 1{':1' * 100_000}", "这个数太长"),
    "YAML: a number of many digits": ("x.yaml", lambda: f"kind: faq\nquestion: 0x{'f' * 9_000_000}", "这个数太长"),
    "YAML: what is said to be a number": ("x.yaml", lambda: f"kind: faq\nid: !!float 1{':1' * 100_000}", "这个数太长"),
    "CSV: short rows": ("x.csv", lambda: "问题,答案\n" + '"a"b\n' * 400_000, "问题超过 100000 处"),
    "CSV: a wide row": ("x.csv", lambda: "问题,答案\n" + "ab," * 3_000_000, "分隔符超过"),
    "CSV: a wide row of many lines": (
        "x.csv",
        lambda: "问题,答案\n" + ('"a\n"' + ",ab" * 999 + ",") * 3000,
        "分隔符超过",
    ),
    "CSV: a wide header": ("x.csv", lambda: "问题,答案" + ",a" * MOST_COLUMNS, "超过 1000 列"),
    "CSV: entries of a cell": ("x.csv", lambda: entries(400_000), "这一格里超过"),
    "JSON: lists": ("x.json", lambda: f"[[{'[],' * 5_000_000}[]]]", "超过 2000000 个字"),
    "JSON: numbers": ("x.json", lambda: f"[{'1,' * 1_000_000}1]", "问题超过 100000 处"),
    "JSONL: lists": ("x.jsonl", lambda: f"[{'[],' * 5_000_000}[]]", "超过 2000000 个字"),
    "JSONL: a number of many digits": (
        "x.jsonl",
        lambda: f'{{"kind": "faq", "question": {"1" * 1_900_000}}}',
        "不是一个 JSON 对象",
    ),
    "JSONL: a power of ten": ("x.jsonl", lambda: free_of_charge_but("1e100000000"), "这个数太长"),
    "JSONL: a power of a tenth": ("x.jsonl", lambda: free_of_charge_but("1e-9999999"), "这个数太长"),
    "JSONL: short lines": ("x.jsonl", lambda: "1\n" * 1_000_000, "问题超过 100000 处"),
    "JSONL: fields": ("x.jsonl", lambda: json.dumps({f"a{n}": 1 for n in range(MOST_COLUMNS + 1)}), "超过 1000 个字段"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_stands_for_far_more_is_refused_in_words_and_takes_little_memory(bomb: str) -> None:
    name, make, said = BOMBS[bomb]
    made = make()
    content = made.encode() if isinstance(made, str) else made
    tracemalloc.start()
    try:
        read = read_upload(name, content, {}, uploads.MOST_UNITS)
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [problem for problem in read.report.problems if said in reason(problem.problem)]
    assert memory < MOST_MEMORY


def problems(read: Read) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.field) for problem in read.report.problems]


def test_the_place_of_what_is_too_much_is_told() -> None:
    far = workbook(row(2, cell("A2"), cell("B2")) + row(3, cell("A3"), cell("XFD3")))
    assert problems(read_upload("x.xlsx", far, {})) == [("x.xlsx[表]", 3, "columns")]
    deep = "- {kind: faq, id: a, question: q, answer: a}\n- " + "[" * 300
    assert problems(read_upload("x.yaml", deep.encode(), {})) == [("x.yaml", 2, "line")]


def test_one_sheet_may_not_be_read_a_million_times() -> None:
    sheets = "".join(f'<sheet name="{number}" sheetId="1" r:id="r1"/>' for number in range(9))
    read = read_upload("x.xlsx", workbook(row(2, cell("A2"), cell("B2")), workbook=book(sheets)), {})
    assert (len(read.units), read.report.problems) == (1, [])


def test_a_zip_of_too_many_files_is_not_opened(database: Database, clock: FixedClock) -> None:
    content = b"PK\x01\x02" * (MOST_PARTS + 1)
    assert "超过 100000 个文件" in reason(read_upload("x.zip", content, {}).report.problems[0].problem)
    assert "超过 100000 个文件" in reason(read_upload("x.xlsx", content, {}).report.problems[0].problem)
    with database.write() as tx, pytest.raises(ImportRefused, match="超过 100000 个文件"):
        uploads.keep(tx, "lihua", "x.xlsx", content, clock.now())


def test_a_table_as_wide_as_any_and_with_formats_to_its_last_column_is_read() -> None:
    formats = "".join(f'<c r="{letter(column)}3" s="0"/>' for column in range(3, 16_385))
    wide = row(2, cell("A2"), cell("B2"), cell(f"{letter(MOST_COLUMNS)}2", ""))
    read = read_upload("x.xlsx", workbook(wide + row(3, cell("A3", 2), cell("B3"), formats)), {})
    assert (len(read.units), read.report.problems) == (2, [])
    headings = ",".join(["问题", "答案", *(f"列{number}" for number in range(MOST_COLUMNS - 2))])
    read = read_upload("x.csv", f"{headings}\n甲,一\n".encode(), {})
    assert (len(read.units), read.report.problems, len(read.report.ignored)) == (1, [], MOST_COLUMNS - 2)


def test_days_are_known_by_the_cells_own_formats() -> None:
    book = Workbook()
    for values in (["问题", "答案", "生效日期"], ["甲", "一", date(2026, 1, 1)], ["乙", "二", 46023]):
        book.active.append(values)
    book.active["C2"].number_format = 'yyyy"年"m"月"d"日"'
    written = io.BytesIO()
    book.save(written)
    read = read_upload("x.xlsx", written.getvalue(), {})
    [bodies] = read.units.bodies(9)
    assert [body["effective_from"] for body in bodies] == ["2026-01-01"] * 2


def test_a_torn_quote_before_a_million_separators_costs_its_row_alone() -> None:
    rows = "".join(f"问{number},答{',' * 600}\n" for number in range(2000))
    read = read_upload("x.csv", f'问题,答案{",x" * 600}\n甲,"一\n{rows}'.encode(), {})
    assert (len(read.units), problems(read)) == (2000, [("x.csv", 2, "line")])


def test_units_of_any_length_in_an_array_of_json() -> None:
    answers = ["答" * length for length in (1, 19_900, 19_950, 20_000, 300_000)]
    units = [{"问题": f"问{number}", "答案": answer} for number, answer in enumerate(answers)]
    text = json.dumps(units, ensure_ascii=False, indent=1)
    assert (len(read_upload("x.json", text.encode(), {}).units)) == len(units)
    torn = text.replace('"问4"', "问4")
    read = read_upload("x.json", torn.encode(), {})
    assert (len(read.units), problems(read)) == (4, [("x.json", text[: text.index('"问4"')].count("\n") + 1, "line")])


def test_names_of_yaml_hold_in_their_document() -> None:
    text = "- &a {kind: faq, id: a, question: q, answer: &t 答}\n- {<<: *a, id: b, answer: *t}\n---\n- *a\n"
    read = read_upload("x.yaml", text.encode(), {})
    assert [key.id for key in read.units.keys] == ["a", "b"] and problems(read) == [("x.yaml", 4, "line")]
