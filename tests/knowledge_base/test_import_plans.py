"""What an import would change is said before anything is saved, and then exactly that is saved, or nothing."""

from __future__ import annotations

import pytest
from import_office import ImportOffice, csv_of, xlsx_of
from knowledge_units import faq, item
from sqlalchemy import update

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.editing.differences import differences
from knowledge_base.editing.trail import SAVED, trail
from knowledge_base.importing.plan import Plan
from knowledge_base.importing.problems import reason, told
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.model import UnitKey, parse_unit
from knowledge_base.store.tables import drafts


@pytest.fixture
def office(database: Database, clock: FixedClock) -> ImportOffice:
    return ImportOffice(database, clock)


def rows(*ids: str, **fields: str) -> bytes:
    return csv_of([{"id": one, "question": f"问{one}", "answer": "答", "source": "规定", **fields} for one in ids])


def sorts(plan: Plan) -> tuple[list[str], list[str], int]:
    """New, changed, and how many are unchanged."""
    new = [one.key.id for one in plan.changes if one.is_new]
    return new, [one.key.id for one in plan.changes if not one.is_new], plan.unchanged


def test_new_changed_and_unchanged_are_told_apart(office: ImportOffice) -> None:
    office.take(rows("a", "b", "c"))
    office.publish()
    office.take(rows("b", answer="草稿"))
    found = office.preview(rows("a", "b", "c", "d", answer="答"))
    assert sorts(found) == (["d"], ["b"], 2)
    assert office.drafts().keys() == {"b"}  # a preview saves nothing
    change = found.changes[0]
    assert [(one.old, one.new) for one in differences(change.before, change.after)] == [("草稿", "答")]


def test_what_says_the_same_as_the_published_text_needs_no_draft(office: ImportOffice) -> None:
    office.take(rows("a"))
    office.publish()
    office.take(rows("a", answer="草稿"))
    assert office.take(rows("a")).drafts == 1
    assert office.drafts() == {}


def test_bad_rows_are_named_by_row_and_column(office: ImportOffice) -> None:
    content = xlsx_of(
        ["事项名称", "事项编码", "收费标准", "核对日期"],
        [["甲", "a", "免费", "2026-11-01"], ["乙", "b", "免费", "下个月"], ["丙", "c c", "", ""], ["丁", "a", "", ""]],
        "指南",
    )
    found = office.preview(content, "guide.xlsx")
    assert [told(problem, found.read.report.tables) for problem in found.problems] == [
        ("指南", 3, "D 核对日期", "“下个月”不是日期，请写成 2026-11-01"),
        ("指南", 4, "B 事项编码", "编号只能用字母、数字和 . _ : -，不超过 128 个字符"),
        ("指南", 5, "B 事项编码", "编号“a”重复，在 guide.xlsx[指南] 第 2 行已经有了"),
    ]


def test_nothing_is_half_imported(office: ImportOffice) -> None:
    content = rows("a", "b c", "d")
    with pytest.raises(ImportRefused, match="1 处问题"):
        office.take(content)
    assert office.drafts() == {}
    assert office.take(content, skip_bad_rows=True).drafts == 2
    assert office.drafts().keys() == {"a", "d"}


def test_others_drafts_are_listed_and_left_alone_unless_ticked(office: ImportOffice) -> None:
    office.draft(faq("a", "问a", "别人写的"), "wang")
    office.draft(faq("b", "问b", "别人写的"), "wang")
    office.draft(faq("c", "问c", "自己写的"), "lihua")
    found = office.preview(rows("a", "b", "c"))
    assert [(one.key.id, one.held and one.held.account) for one in found.held] == [("a", "wang"), ("b", "wang")]
    assert office.take(rows("a", "b", "c"), overwrite=[found.held[0].mark]) == (2, 0, 1, 0)
    kept = {id: unit.answer for id, unit in office.drafts().items()}  # type: ignore[union-attr]
    assert kept == {"a": "答", "b": "别人写的", "c": "答"}


def test_a_tick_holds_for_the_draft_that_was_shown_and_no_later_one(office: ImportOffice) -> None:
    office.draft(faq("a", "问a", "先写的"), "wang")
    mark = office.preview(rows("a")).held[0].mark
    office.draft(faq("a", "问a", "后写的"), "wang")
    assert office.take(rows("a"), overwrite=[mark]) == (0, 0, 1, 0)


def test_what_is_under_review_stays_as_the_reviewers_read_it(office: ImportOffice) -> None:
    office.draft(faq("a", "问a", "在审"), "lihua")
    with office.database.write() as tx:
        tx.execute(update(drafts).values(state="in_review"))
    found = office.preview(rows("a"))
    assert found.held[0].held is not None and found.held[0].held.in_review
    assert office.take(rows("a"), overwrite=None).left == 1


def test_another_departments_units_are_refused_in_whichever_way_they_are_named(office: ImportOffice) -> None:
    office.publish(faq("theirs", department="民政局"), faq("mine", department="公安局"))
    office.draft(faq("drafted", department="民政局", answer="机密"), "wang")
    content = csv_of(
        [
            {"id": one, "question": "问", "answer": "改", "source": "规定", "department": department}
            for one, department in (
                ("theirs", "公安局"), ("drafted", "公安局"), ("mine", "公安局"), ("new", "民政局"), ("free", ""),
            )
        ]
    )  # fmt: skip
    found = office.preview(content, department="公安局")
    assert [(problem.line, problem.field) for problem in found.problems] == [
        (2, "department"), (3, "department"), (5, "department"),
    ]  # fmt: skip
    assert sorts(found) == (["free"], ["mine"], 0)
    assert "机密" not in repr(found)
    with pytest.raises(ImportRefused):
        office.take(content, department="公安局")
    office.take(content, department="公安局", skip_bad_rows=True)
    assert office.drafts().keys() == {"drafted", "mine", "free"}
    assert sorts(office.preview(content))[1] == ["theirs", "drafted"]


def test_what_a_table_has_no_column_for_stays_where_that_is_wished(office: ImportOffice) -> None:
    situations = [{"id": "who", "question": "谁", "options": [{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}]}]
    aspects = {"fee": [{"amount": 40, "when": {"who": "a"}}], "overview": ["简介"], "contact": {"phone": "1"}}
    here = {"aliases": ["别名"], "verified_on": "2026-01-01", "sources": [{"title": "法"}], "situations": situations}
    office.publish(parse_unit({"kind": "item", "id": "x", "name": "旧名", "aspects": aspects, **here}))
    content = "事项编码,事项名称,别名,收费标准,咨询电话\nx,新名,,20元,2\ny,另一个,,,\n".encode()
    after = office.preview(content, keep=True).changes[0].after
    assert after is not None and "aliases" not in after  # of which the table has a column, and it is empty
    assert (after["name"], after["verified_on"], after["sources"]) == ("新名", "2026-01-01", [{"title": "法"}])
    assert after["situations"][0]["id"] == "who" and set(after["aspects"]) == {"fee", "overview", "contact"}
    assert after["aspects"]["fee"] == {"dated": [{"value": [{"amount": "20"}]}]}
    whole = office.preview(content).changes[0].after
    assert whole is not None and set(whole["aspects"]) == {"fee", "contact"} and "situations" not in whole


def test_an_faqs_item_may_be_named(office: ImportOffice) -> None:
    office.publish(item("card", "居民身份证换领"))
    found = office.preview(rows("a", item="居民身份证换领"))
    assert found.changes[0].after is not None and found.changes[0].after["item"] == "card"


def test_who_imported_it_is_known_to_the_review_and_the_audit_log(office: ImportOffice) -> None:
    office.take(rows("a", "b"))
    with office.database.read() as tx:
        assert [(one.verdict, one.account) for one in trail(tx, UnitKey("faq", "a"))] == [(SAVED, "lihua")]
        entry = audit.entries(tx)[0]
    assert (entry.account, entry.action) == ("lihua", "kb.import")
    assert entry.detail == {"files": ["table.csv"], "units": {"faq": 2}, "unchanged": 0, "left": 0}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b""),
        ("x.csv", "甲,乙\n1,2\n".encode()),
        ("x.csv", "问题,答案\n一,二,三\n".encode()),
        ("x.csv", '问题,答案\n"一"坏,二\n'.encode()),
        ("x.csv", "问题,答案,行政区划\n一,二,九九\n".encode()),
        ("x.csv", "问题,答案\n一,\n#REF!,二\n".encode()),
        ("x.csv", "事项名称,事项编码\n一,1.23E+17\n".encode()),
        ("x.csv", "事项名称,是否收费,收费标准\n一,否,40元\n".encode()),
        ("x.csv", "问题,答案,生效日期,失效日期\n一,二,2026-11-02,2026-11-01\n".encode()),
        ("x.csv", "问题,答案,生效日期\n一,二,2026-02-31\n".encode()),
        ("x.csv", b"\xd0\xcf\x11\xe0"),
        ("x.csv", b"PK\x03\x04"),
        ("x.csv", b"\xff\xfe\xfd\xfc\x81" * 9),
        ("x.xlsx", b"no workbook"),
        ("x.jsonl", b'{"a": 1\n[1]\n2\n'),
        ("x.jsonl", '{"天气": "晴"}'.encode()),
        ("x.json", b"[1,"),
        ("x.yaml", b"a: [\n"),
        ("x.yaml", b"- 1\n- {kind: king, id: x}\n- {kind: faq, kind: faq}\n"),
        ("x.yaml", b"[" * 500),
        ("x.yaml", "kind: faq\nid: a b\nquestion: 问\nanswer: 答\ncolour: red\n".encode()),
        ("x.yaml", b"kind: faq\nid: a\nquestion: ''\n"),
        ("x.yaml", "{kind: package, id: a, name: 甲, steps: []}".encode()),
        ("x.yaml", "{kind: office, id: a, name: 甲, address: 乙, hours: {mon: ['12:00-09:00']}}".encode()),
        ("x.yaml", "{kind: office, id: a, name: 甲, address: 乙, hours: {someday: []}}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, aspects: {fee: {dated: []}}}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, aspects: {fee: [{amount: 多}], validity: 1}}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, aspects: {duration: [{legal: {days: x}}]}}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, situations: [{id: a, question: 问, options: []}]}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, aspects: {hours: [{text: 乙, when: {x: y}}]}}".encode()),
        ("x.yaml", "{kind: item, id: a, name: 甲, aspects: {fee: [{amount: -1}], materials: [{count: 1}]}}".encode()),
    ],
)  # fmt: skip
def test_every_reason_is_told_in_words_that_staff_read(office: ImportOffice, name: str, content: bytes) -> None:
    found = office.preview(content, name)
    assert found.problems
    for problem in found.problems:
        assert reason(problem.problem) != problem.problem, problem
