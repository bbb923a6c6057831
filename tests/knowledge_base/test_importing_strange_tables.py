"""Tables as other offices and programs make them."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from knowledge_base.exporting import write_csv
from knowledge_base.importing.checking import Checker
from knowledge_base.importing.pipeline import files_below, read_file
from knowledge_base.importing.report import FileReport
from knowledge_base.model import Faq, ServiceItem, Unit


def read(path: Path, content: str | bytes | None = None) -> tuple[FileReport, list[Unit]]:
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(path, Checker(), lambda name, done: None)


def faqs(found: tuple[FileReport, list[Unit]]) -> list[tuple[str, str]]:
    return [(unit.question, unit.answer) for unit in found[1] if isinstance(unit, Faq)]


def told(found: tuple[FileReport, list[Unit]]) -> list[str]:
    return [f"{problem.line}: {problem.field}: {problem.problem}" for problem in found[0].problems]


def workbook(*rows: list[Any]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def one_item(path: Path, **cells: str) -> ServiceItem:
    """The service item of a table with one row, under these headings."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in ("某事", *cells.values())]
    report, units = read(path / "item.csv", ",".join(["事项名称", *cells]) + "\n" + ",".join(quoted) + "\n")
    assert report.problems == [] and isinstance(units[0], ServiceItem)
    return units[0]


def value(item: ServiceItem, aspect: str) -> Any:
    return getattr(item.aspects, aspect).dated[0].value


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_titles_may_stand_above_the_header(tmp_path: Path, mark: str) -> None:
    content = "某市政务问答汇总表,,\n单位：某局,,\n\n序号,问题,答案\n1,甲,一\n".replace(",", mark)
    found = read(tmp_path / "x.csv", content)
    assert faqs(found) == [("甲", "一")] and found[0].ignored == ["序号"]


def test_a_torn_quote_costs_its_row_and_not_those_after_it(tmp_path: Path) -> None:
    content = 'id,问题,答案\n1,好,答\n2,"没关上,答\n3,甲,一\n4,乙,"二"\n5,"多\n行",三\n6,丙,"没关\n'
    found = read(tmp_path / "x.csv", content)
    assert faqs(found) == [("好", "答"), ("甲", "一"), ("乙", "二"), ("多\n行", "三")]
    assert [problem.line for problem in found[0].problems] == [3, 8]


def test_the_rest_of_a_torn_row_does_not_become_a_unit(tmp_path: Path) -> None:
    content = 'name,conditions,fee\n"甲"乙,"第一行\n第二行，仍是条件",免费\n丙,丁,戊\n'
    found = read(tmp_path / "x.csv", content)
    assert [unit.title for unit in found[1]] == ["丙"]
    assert [problem.line for problem in found[0].problems] == [2, 3]


def test_what_spreadsheets_do_to_numbers(tmp_path: Path) -> None:
    content = "编号,问题,答案\n'0012,甲,'=1+1\n=\"0013\",乙,二\n1.14E+17,丙,三\n#REF!,丁,四\n"
    found = read(tmp_path / "x.csv", content)
    assert [(unit.id, unit.answer) for unit in found[1] if isinstance(unit, Faq)] == [("0012", "=1+1"), ("0013", "二")]
    assert [line[:30] for line in told(found)] == [
        "4: id: 1.14E+17 is a number that a"[:30],
        "5: id: shows #REF!; correct its formula"[:30],
    ]


@pytest.mark.parametrize(
    ("content", "problem"), [(b"PK\x03\x04abc", "is an Excel workbook"), (b"\xd0\xcf\x11\xe0abc", "is an old Excel")]
)
def test_workbooks_with_a_wrong_name(tmp_path: Path, content: bytes, problem: str) -> None:
    assert problem in told(read(tmp_path / "x.csv", content))[0]


def test_headings_in_traditional_characters_and_of_portals(tmp_path: Path) -> None:
    content = (
        "事項名稱,實施編碼,基本編碼,受理條件,申請材料,承諾辦結時限,是否收費,諮詢方式,行使層級\n"
        "某事項,11440000006940116U2440102002003,000102002003,年滿十八歲,身份證（原件1份，必要）,5個工作日,否,12345,市級\n"
    )
    report, units = read(tmp_path / "x.csv", content)
    assert (report.problems, report.ignored) == ([], ["行使層級"])
    [item] = units
    assert isinstance(item, ServiceItem) and item.id == item.codes.implementing == "11440000006940116U2440102002003"
    assert item.codes.basic == "000102002003" and item.name == "某事項"
    assert (value(item, "materials")[0].name, value(item, "materials")[0].form) == ("身份證", "原件")
    assert value(item, "duration")[0].promised.days == 5
    assert value(item, "fee")[0].amount == 0


@pytest.mark.parametrize(
    ("cell", "name", "fields"),
    [
        ("身份证（原件1份，必要）", "身份证", {"form": "原件", "count": 1, "required": True}),
        ("户口簿(原件及复印件各1份、容缺后补)", "户口簿", {"form": "原件及复印件", "count": 1, "deferrable": True}),
        ("委托书（选填）", "委托书", {"required": False}),
        ("照片（二寸，白底）", "照片（二寸，白底）", {"form": None, "count": None}),
        ("结婚证（电子证照）", "结婚证", {"e_licence": True}),
        ("承诺书（告知承诺；数据共享）", "承诺书", {"pledge": True, "shared": True}),
    ],
)
def test_brackets_behind_materials(tmp_path: Path, cell: str, name: str, fields: dict[str, Any]) -> None:
    [material] = value(one_item(tmp_path, 申请材料=cell), "materials")
    assert material.name == name
    assert {field: getattr(material, field) for field in fields} == fields


@pytest.mark.parametrize(
    "cell",
    [
        "甲|乙|丙",
        "甲\n乙\n丙",
        "1.甲；2.乙；3.丙。",
        "①甲②乙③丙",
        "（1）甲（2）乙（3）丙",
        "一、甲\n二、乙\n三、丙",
        "甲;乙；丙",
    ],
)
def test_several_materials_in_one_cell(tmp_path: Path, cell: str) -> None:
    assert [material.name for material in value(one_item(tmp_path, 申请材料=cell), "materials")] == ["甲", "乙", "丙"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"法定办结时限": "二十日"}, ("20自然日", None, None, None)),
        ({"法定办结时限(自然日)": "20", "承诺办结时限": "5"}, ("20自然日", "5工作日", None, None)),
        ({"承诺办结时限": "3", "承诺办结时限单位": "自然日"}, (None, "3自然日", None, None)),
        ({"办理时限": "法定20个工作日，承诺5个工作日"}, ("20工作日", "5工作日", None, None)),
        ({"办理时限": "自受理之日起３个工作日内办结"}, (None, "3工作日", "受理之日", None)),
        ({"承诺办结时限": "3-5个工作日"}, (None, None, None, "承诺办结时限：3-5个工作日")),
        ({"法定办结时限": "20", "承诺办结时限": "即办"}, ("20工作日", None, None, "承诺办结时限：即办")),
        ({"法定办结时限": "0", "承诺办结时限": "0"}, (None, None, None, "承诺办结时限：当场办结")),
    ],
)
def test_time_limits_in_their_usual_wordings(
    tmp_path: Path, cells: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    [found] = value(one_item(tmp_path, **cells), "duration")
    spans = [found.legal and f"{found.legal.days}{found.legal.unit}"]
    spans += [found.promised and f"{found.promised.days}{found.promised.unit}"]
    assert (*spans, found.counts_from, found.text) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"收费标准": "40元/证"}, [(None, "40", "证", None)]),
        ({"收费标准": "工本费：20元|加急费1,050元"}, [("工本费", "20", None, None), ("加急费", "1050", None, None)]),
        ({"收费标准": "按物价部门标准收取"}, [(None, "None", None, "按物价部门标准收取")]),
        ({"是否收费": "否"}, [(None, "0", None, None)]),
        ({"是否收费": "是", "收费标准": "10元"}, [(None, "10", None, None)]),
        ({"是否收费": "是"}, [(None, "None", None, "办这件事要收费")]),
    ],
)
def test_fees_in_their_usual_wordings(tmp_path: Path, cells: dict[str, str], expected: list[tuple[Any, ...]]) -> None:
    found = value(one_item(tmp_path, **cells), "fee")
    assert [(fee.name, str(fee.amount), fee.per, fee.text) for fee in found] == expected


def test_a_fee_where_none_is_charged_is_a_bad_row(tmp_path: Path) -> None:
    found = read(tmp_path / "x.csv", "事项名称,是否收费,收费标准\n某事,否,20元\n")
    assert told(found) == ["2: fee: 20元 contradicts the column that says nothing is charged"]


def test_days_as_offices_write_them(tmp_path: Path) -> None:
    days = [
        "2026年1月1日",
        "2026/1/1",
        "20260101",
        "二〇二六年一月一日",
        "46023",
        "2026-01-01T08:00:00+08:00",
        "2025-12-31T16:00:00Z",
    ]
    rows = "".join(f"问{number},答,{day},长期\n" for number, day in enumerate(days))
    report, units = read(tmp_path / "x.csv", "问题,答案,生效日期,失效日期\n" + rows)
    assert report.problems == []
    assert {(unit.effective_from, unit.effective_to) for unit in units} == {(date(2026, 1, 1), None)}


def test_no_cell_of_an_exported_table_is_a_formula_and_all_come_back(tmp_path: Path) -> None:
    unit = Faq(id="-1", question="=1+1 等于几", answer="@SUM(A1)", department="+86", category="'0012")
    [path] = write_csv([unit], tmp_path)
    cells = [cell for row in csv.reader(path.open(encoding="utf-8-sig", newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    [found] = read(path)[1]
    assert found == unit.copy(update={"sources": found.sources})


def test_empty_in_the_manner_of_databases(tmp_path: Path) -> None:
    report, [unit] = read(tmp_path / "x.csv", "问题,答案,分类,来源,行政区划\n甲,一,NULL,-,/\n")
    assert report.problems == []
    assert (unit.category, unit.region, unit.sources[0].title) == (None, None, "x.csv")


def test_html_of_word_and_portals(tmp_path: Path) -> None:
    html = (
        "<div><!--[if gte mso 9]><xml><w:View/></xml><![endif]--><p class=MsoNormal style='mso-x:y'>"
        "<![if !supportLists]>1.<![endif]><span lang=EN-US>申请<o:p></o:p></span></p>"
        "<table><tr><td nowrap>甲</td><td>乙&nbsp丙</td></tr></table>"
        "<a href='http://a.cn/x?a=1&amp;b=2' target=_blank>入口</a><a href=javascript:x()>点</a>"
        "<script>alert(1)</script><style>p{}</style>😀👨‍👩‍👧\u202e<script>没有结束"
    )
    found = read(tmp_path / "x.csv", f'问题,答案\n甲,"{html}"\n')
    assert faqs(found) == [("甲", "1.申请\n甲 乙 丙\n入口（http://a.cn/x?a=1&b=2）点😀👨‍👩‍👧")]


def test_a_linked_source_has_title_and_address(tmp_path: Path) -> None:
    item = one_item(tmp_path, 来源='<a href="https://a.cn/1">某通知</a>')
    assert [(source.title, source.url) for source in item.sources] == [("某通知", "https://a.cn/1")]


def test_merged_cells_stand_for_all_their_rows(tmp_path: Path) -> None:
    book = workbook(
        ["事项清单"],
        ["部门", "事项名称", "时限", None, "申请材料"],
        [None, None, "法定办结时限", "承诺办结时限", None],
        ["民政局", "结婚登记", 20, 1, "身份证"],
        [None, None, None, None, "户口簿"],
        [None, "离婚登记", 30, 2, "离婚协议"],
    )
    for area in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A6", "B4:B5", "C4:C5", "D4:D5"):
        book.active.merge_cells(area)
    book.save(tmp_path / "x.xlsx")
    report, units = read(tmp_path / "x.xlsx")
    assert report.problems == [] and [unit.title for unit in units] == ["结婚登记", "离婚登记"]
    assert {unit.department for unit in units} == {"民政局"}
    marriage = units[0]
    assert isinstance(marriage, ServiceItem)
    assert [material.name for material in value(marriage, "materials")] == ["身份证", "户口簿"]
    assert value(marriage, "duration")[0].legal.days == 20


def test_cells_of_a_workbook_that_cannot_be_read(tmp_path: Path) -> None:
    book = workbook(["编号", "问题", "答案"], ["a", "甲", "=1+1"], ["b", "乙", "#N/A"], [1.23e17, "丙", "三"])
    book.active["C3"].data_type = "e"
    book.save(tmp_path / "x.xlsx")
    found = read(tmp_path / "x.xlsx")
    assert [line.split(";")[0] for line in told(found)] == [
        "2: answer: has a formula without its result",
        "3: answer: shows #N/A",
        "4: id: 1.23e+17 is a number that a spreadsheet has rounded",
    ]


def test_hidden_sheets_are_told_and_left_out(tmp_path: Path) -> None:
    book = workbook(["问题", "答案"], ["甲", "一"])
    hidden = book.create_sheet("旧")
    hidden.append(["问题", "答案"])
    hidden.append(["乙", "二"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "x.xlsx")
    found = read(tmp_path / "x.xlsx")
    assert faqs(found) == [("甲", "一")] and found[0].ignored == ["[旧] (hidden)"]


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    workbook(["问题", "答案"]).save(tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx", "a", zipfile.ZIP_DEFLATED) as packed, packed.open("more", "w") as part:
        for _ in range(400):
            part.write(bytes(1 << 20))
    assert "unpacked it is larger than" in told(read(tmp_path / "x.xlsx"))[0]


def test_yaml_that_stands_for_billions_of_values_is_refused(tmp_path: Path) -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    text += "".join(f"{one}: &{one} [{','.join([f'*{before}'] * 9)}]\n" for before, one in zip("abcdefg", "bcdefgh"))
    [problem] = told(read(tmp_path / "x.yaml", text))
    assert problem.startswith("1: unit: is too large when its aliases are written out")


def test_an_array_of_json_is_read_where_it_is_named(tmp_path: Path) -> None:
    found = read(tmp_path / "x.json", '[{"question": "甲", "answer": ["一", 2, null]},\n 3,\n {"question": }]')
    assert faqs(found) == [("甲", "一\n2")]
    assert told(found) == ["2: line: is not a JSON object", "3: line: is not JSON (Expecting value)"]
    (tmp_path / "a.csv").write_text("问题,答案\n甲,一\n", "utf-8")
    assert [path.name for path in files_below([tmp_path])] == ["a.csv"]
