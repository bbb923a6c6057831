"""Files into drafts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from knowledge_units import faq
from openpyxl import Workbook

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database, metadata
from foundation.errors import ContentError
from knowledge_base.editing.tables import change_orders
from knowledge_base.importing.pipeline import import_files
from knowledge_base.importing.report import Report
from knowledge_base.model import Faq, ServiceItem, Unit, UnitKey
from knowledge_base.store import drafts, releases


class Office:
    """A folder and a knowledge base to import it into."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        self.folder, self.clock = folder, clock
        self.database = Database(f"sqlite:///{folder / 'kb.db'}")
        assert change_orders.metadata is metadata  # drafts refer to them
        metadata.create_all(self.database.engine)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, *paths: Path, **how: Any) -> Report:
        return import_files(self.database, paths, "operator", self.clock.now(), **how)

    def drafts(self) -> dict[str, Unit]:
        with self.database.read() as tx:
            return {draft.key.id: draft.unit for draft in releases.drafts(tx) if draft.unit}

    def problems(self, name: str, content: str | bytes, **how: Any) -> list[str]:
        path = self.file(name, content)
        return [str(problem).replace(f"{self.folder}/", "") for problem in self.take(path, **how).problems]


@pytest.fixture
def office(tmp_path: Path, clock: FixedClock) -> Office:
    return Office(tmp_path, clock)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_in_every_encoding_and_with_every_delimiter(office: Office, encoding: str, mark: str) -> None:
    table = "编号,标准问题,相似问法,答案\na,带什么材料？,要带啥|用带什么,身份证。\n".replace(",", mark)
    assert office.problems("faq.csv", table.encode(encoding)) == []
    unit = office.drafts()["a"]
    assert isinstance(unit, Faq)
    assert (unit.question, unit.similar_questions, unit.answer) == ("带什么材料？", ("要带啥", "用带什么"), "身份证。")
    assert [(source.title, source.verified) for source in unit.sources] == [("faq.csv", False)]


def test_a_few_bad_bytes_are_a_problem_not_other_characters(office: Office) -> None:
    table = ("question,answer\n" + "怎么办理居民身份证,带户口簿\n" * 9).encode() + b"\xff\xfe,x\n"
    assert office.problems("faq.csv", table) == [
        "faq.csv:1: encoding: line 11 is not valid UTF-8; save the file again as UTF-8"
    ]


def test_every_bad_row_is_named_and_keeps_its_file_out(office: Office) -> None:
    table = (
        "id,question,answer,effective_to\n"
        "a,问,答,\n"
        "编号,问,答,\n"
        'b,"多\n行问题",,\n'
        ",,,\n"
        "a,问,答,\n"
        "c,问,答,明天\n"
        "d,问,答,,多出来\n"
        "e,好的,答,2026年12月31日\n"
    )
    expected = [
        "faq.csv:3: id: an id is 1 to 128 characters of A-Z a-z 0-9 _ . : -",
        "faq.csv:4: answer: is missing",
        "faq.csv:7: id: 'a' was given already at ",
        "faq.csv:8: effective_to: '明天' is not a day; write it as 2026-11-01",
        "faq.csv:9: columns: the row has 1 cells more than the header; check its quotes",
    ]
    found = office.problems("faq.csv", table)
    assert [line[: len(wanted)] for line, wanted in zip(found, expected)] == expected
    assert len(found) == len(expected)
    assert office.drafts() == {}
    report = office.take(office.folder / "faq.csv", skip_bad_rows=True)
    assert (report.units, sorted(office.drafts()), report.complete) == ({"faq": 2}, ["a", "e"], True)


def test_an_unclosed_quote_costs_its_row_only(office: Office) -> None:
    found = office.problems("faq.csv", 'question,answer\n"问"题,答\n好,答\n', skip_bad_rows=True)
    assert len(found) == 1 and found[0].startswith("faq.csv:2: line: is not well-formed CSV")
    assert len(office.drafts()) == 1


def test_good_files_are_taken_beside_bad_ones(office: Office) -> None:
    office.file("in/a.csv", "question,answer\n问,\n")
    office.file("in/deep/b.csv", "question,answer\n问,答\n")
    office.file("in/notes.txt", "not ours")
    report = office.take(office.folder / "in")
    assert [file.taken for file in report.files] == [False, True]
    assert report.units == {"faq": 1}


def test_ids_are_derived_stably_and_repeats_are_counted(office: Office) -> None:
    table = "question,answer\n甲,一\n乙,二\n甲,三\n"
    office.problems("faq.csv", table)
    first = office.drafts()
    assert [unit.answer for _, unit in sorted(first.items()) if isinstance(unit, Faq) and unit.question == "甲"] == [
        "一",
        "三",
    ]
    office.problems("other.csv", "question,answer\n乙,二改\n")
    assert office.drafts().keys() == first.keys()


def test_one_id_may_stand_for_one_unit_of_each_kind(office: Office) -> None:
    office.file("in/a.csv", "id,question,answer\nx,问,答\n")
    office.file("in/b.csv", "id,name\nx,事\n")
    assert office.take(office.folder / "in").units == {"faq": 1, "item": 1}


def test_what_is_published_already_is_unchanged(office: Office) -> None:
    path = office.file("faq.csv", "id,question,answer\na,甲,一\nb,乙,二\n")
    office.take(path)
    with office.database.write() as tx:
        releases.publish(tx, "operator", "", office.clock.now())
    office.file("faq.csv", "id,question,answer\na,甲,一\nb,乙,改\n")
    report = office.take(path)
    assert (report.units, report.unchanged, list(office.drafts())) == ({"faq": 1}, 1, ["b"])


def test_a_dry_run_reports_the_same_and_does_nothing(office: Office) -> None:
    path = office.file("faq.csv", "question,answer\n甲,一\n")
    dry = office.take(path, dry_run=True)
    assert (dry.units, office.drafts()) == ({"faq": 1}, {})
    assert office.take(path).units == dry.units
    with office.database.read() as tx:
        assert [entry.action for entry in audit.entries(tx)] == ["kb.import"]


def test_json_lines_of_both_shapes(office: Office) -> None:
    rows: list[Any] = [
        {"name": "某事项", "materials": ["甲", "乙"], "legal_days": 20, "未知": 1},
        {"kind": "faq", "id": "q", "question": "问", "answer": "<18岁也可以", "sources": [{"title": "某法"}]},
        {"kind": "faq", "id": "r", "question": "问二", "answer": "答", "similar_questions": "一|二"},
    ]
    path = office.file("all.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n")
    report = office.take(path)
    assert (report.problems, report.files[0].ignored) == ([], ["未知"])
    found = office.drafts()
    assert found["q"] == faq("q", "问", "<18岁也可以", sources=[{"title": "某法"}])
    assert found["r"].questions() == ("问二", "一", "二")


def test_a_row_of_a_table_may_say_its_kind(office: Office) -> None:
    rows: dict[str, dict[str, Any]] = {
        "faq": {"id": "q", "question": "<b>问</b>", "answer": "答", "region": "", "effective_from": "2026/1/5"},
        "item": {"id": "i", "name": "某事项", "aliases": ["甲|乙", "丙"], "effective_to": None, "review_by": ""},
    }
    office.take(office.file("all.jsonl", "\n".join(map(json.dumps, rows.values()))))
    found = office.drafts()
    assert found["q"].sources[0].title == "all.jsonl" and found["i"].aliases == ("甲|乙", "丙")
    said = [{"kind": kind, **row} for kind, row in rows.items()]
    report = office.take(office.file("all.jsonl", "\n".join(map(json.dumps, said))))
    assert (report.problems, report.files[0].ignored, office.drafts()) == ([], [], found)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "x.jsonl:1: line: is not JSON"),
        ("[1]", "x.jsonl:1: line: is not a JSON object"),
        ('{"a": 1}', "x.jsonl:1: columns: no table of FAQs"),
        ('{"question": {"a": 1}, "answer": "b"}', "x.jsonl:1: question: a dict cannot stand in one cell"),
        (
            '{"kind": "faq", "id": "a", "question": "q", "answer": "\\u0000", "sources": []}',
            "x.jsonl:1: unit: faq:a holds a NUL",
        ),
        ('{"kind": "faq", "id": "a", "question": "q"}', "x.jsonl:1: answer: is missing"),
    ],
)
def test_bad_json_lines(office: Office, line: str, problem: str) -> None:
    assert [found[: len(problem)] for found in office.problems("x.jsonl", line)] == [problem]


def test_yaml_problems_name_the_line_of_the_field(office: Office) -> None:
    text = """\
# 两个事项
- kind: item
  id: a
  name: 甲
  aspects:
    materials:
      - 身份证
      - {name: 户口簿, cuont: 1}
- kind: item
  id: b
  name: 乙
  name: 丙
- kind: nonsense
- 只是文字
"""
    assert office.problems("two.yaml", text) == [
        "two.yaml:8: aspects.materials.2.cuont: is not a field that we know",
        "two.yaml:12: name: is given twice",
        "two.yaml:13: unit: kind is 'nonsense'; it must be one of item, faq, referral, package, office, synonym",
        "two.yaml:14: line: is not a unit; a unit is a mapping with `kind` and `id`",
    ]


def test_yaml_that_is_not_well_formed(office: Office) -> None:
    assert office.problems("x.yaml", "kind: item\n  id: [a\n")[0].startswith("x.yaml:2: line: is not well-formed YAML")


@pytest.mark.parametrize("answer", ["!!timestamp x", "!!bool x", '!!int ""', '!!float ""', "!!binary 中", "!!int x"])
def test_yaml_whose_values_are_not_what_their_tags_say(office: Office, answer: str) -> None:
    found = office.problems("x.yaml", f"kind: faq\nid: a\nquestion: 甲\nanswer: {answer}\n")
    assert [problem[:37] for problem in found] == ["x.yaml:1: line: is not well-formed YA"]


def test_several_documents_in_one_yaml_file(office: Office) -> None:
    text = "kind: faq\nid: a\nquestion: 甲\nanswer: 一\n---\n- {kind: faq, id: b, question: 乙, answer: 二}\n---\n"
    assert office.problems("x.yml", text) == []
    assert sorted(office.drafts()) == ["a", "b"]


def workbook(office: Office, *sheets: tuple[str, list[list[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = office.folder / "guide.xlsx"
    book.save(path)
    return path


def test_a_workbook_as_an_office_keeps_it(office: Office) -> None:
    guides = [
        ["示例市政务服务事项清单"],
        [],
        ["序号", "事项编码", "事项名称", "申请材料", "法定办结时限", "咨询电话"],
        [1, 1001.0, "某事", "身份证\n户口簿", 20, 12345],
        [None, None, "  ", None, None, None],
        [2, 1002.0, "另一事", "身份证", "30日", None],
    ]
    questions = [["问题", "答案", "所属事项"], ["要多久？", "<p>很快。</p>", "某事"]]
    path = workbook(office, ("事项", guides), ("常见问题", questions), ("说明", [["随便写的"]]))
    report = office.take(path)
    assert report.problems == []
    assert report.files[0].ignored == ["[事项] 序号", "[说明]"]
    found = office.drafts()
    guide = found["1001"]
    assert isinstance(guide, ServiceItem) and guide.aspects.materials and guide.aspects.contact
    assert [material.name for material in guide.aspects.materials.dated[0].value] == ["身份证", "户口簿"]
    assert guide.aspects.contact.dated[0].value.phone == "12345"
    assert guide.sources[0].title == "guide.xlsx"
    [question] = [unit for unit in found.values() if isinstance(unit, Faq)]
    assert (question.answer, question.item) == ("很快。", "1001")


def test_detail_sheets_complete_a_table_and_are_checked(office: Office) -> None:
    items = [["id", "name", "materials"], ["a", "甲", "只是概括"]]
    materials = [["unit", "name", "count", "required"], ["a", "身份证", 1, False], ["nobody", "户口簿", 1, True]]
    path = workbook(office, ("表", items), ("materials", materials))
    [problem] = office.take(path, skip_bad_rows=True).problems
    assert str(problem).endswith("guide.xlsx[materials]:3: unit: the workbook has no item with the id 'nobody'")
    guide = office.drafts()["a"]
    assert isinstance(guide, ServiceItem) and guide.aspects.materials
    [material] = guide.aspects.materials.dated[0].value
    assert (material.name, material.count, material.required) == ("身份证", 1, False)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_a_broken_workbook(office: Office, content: bytes) -> None:
    [problem] = office.problems("x.xlsx", content)
    assert problem.startswith("x.xlsx:1: file: is not a readable .xlsx workbook")


@pytest.mark.parametrize("content", ["", "\n\n", "甲,乙\n1,2\n"])
def test_a_table_that_is_none_of_ours(office: Office, content: str) -> None:
    assert len(office.problems("x.csv", content)) == 1


def test_paths_that_lead_nowhere(office: Office) -> None:
    for path in (office.folder / "none.csv", office.file("old.xls", b""), office.folder):
        with pytest.raises(ContentError):
            office.take(path)


def test_a_draft_under_review_is_not_overwritten(office: Office) -> None:
    """Nor one that has passed it, and waits for its day."""
    table = office.file("faq.csv", "id,question,answer\na,甲,一\nb,乙,二\n")
    office.take(table)
    with office.database.write() as tx:
        for id, state in (("a", drafts.IN_REVIEW), ("b", drafts.APPROVED)):
            draft = drafts.draft(tx, UnitKey("faq", id))
            assert draft is not None
            drafts.move(tx, draft.key, draft.revision, state=state)
    again = office.take(table)
    assert (again.complete, again.units, again.unchanged) == (True, {}, 2), "what says the same is left as it is"
    table = office.file("faq.csv", "id,question,answer\na,甲,改\nb,乙,二\nc,丙,三\n")
    for dry in (True, False):
        refused = office.take(table, dry_run=dry)
        assert not refused.complete and refused.units == {}
        [problem] = refused.problems
        assert (problem.line, problem.field) == (2, "id")
        assert "faq:a by operator is under review" in problem.problem and "--skip-bad-rows" in problem.problem
    skipped = office.take(table, skip_bad_rows=True)
    assert (skipped.complete, skipped.units) == (True, {"faq": 1})
    with office.database.read() as tx:
        stands = {draft.key.id: (draft.state, draft.unit.answer) for draft in releases.drafts(tx)}  # type: ignore[union-attr]
    assert stands == {
        "a": (drafts.IN_REVIEW, "一"),
        "b": (drafts.APPROVED, "二"),
        "c": (drafts.DRAFT, "三"),
    }


def test_what_was_sent_to_review_while_the_files_were_read_is_not_overwritten(office: Office) -> None:
    table = office.file("faq.csv", "id,question,answer\na,甲,一\n")
    office.take(table)

    def submit(name: str, done: int) -> None:
        with office.database.write() as tx:
            draft = drafts.draft(tx, UnitKey("faq", "a"))
            assert draft is not None
            drafts.move(tx, draft.key, draft.revision, state=drafts.IN_REVIEW)

    table = office.file("faq.csv", "id,question,answer\na,甲,改\n")
    with pytest.raises(ContentError, match="faq:a: sent to review meanwhile"):
        office.take(table, on_progress=submit)
