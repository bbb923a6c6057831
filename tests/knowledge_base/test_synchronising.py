"""A provincial export read again and again: what changed there becomes drafts, and what only we know survives."""

from __future__ import annotations

from typing import Any

import pytest
from import_office import ImportOffice, csv_of
from knowledge_units import item
from sqlalchemy import select

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.importing import synchronising
from knowledge_base.importing.merging import merged
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.uploads import synchronised
from knowledge_base.model import ServiceItem, UnitKey
from knowledge_base.store import codec
from knowledge_base.store.drafts import discard_draft

SOURCE = "省政务服务平台"


@pytest.fixture
def office(database: Database, clock: FixedClock) -> ImportOffice:
    return ImportOffice(database, clock)


def export(changed: dict[int, dict[str, str]] | None = None, count: int = 20, without: tuple[int, ...] = ()) -> bytes:
    rows = []
    for number in range(count):
        row = {"事项编码": f"p-{number}", "事项名称": f"事项{number}", "申请材料": "身份证|户口簿", "收费标准": "40元"}
        if number not in without:
            rows.append({**row, **(changed or {}).get(number, {})})
    return csv_of(rows)


SIX = {number: {"收费标准": "20元"} for number in (1, 3, 5, 7, 11, 13)}


@pytest.fixture
def synchronised_office(office: ImportOffice) -> ImportOffice:
    """Everything of the export published."""
    assert office.take(export(), source=SOURCE).drafts == 20
    office.publish()
    return office


def curate(office: ImportOffice, id: str, **fields: Any) -> ServiceItem:
    unit = office.published(UnitKey("item", id))
    assert isinstance(unit, ServiceItem)
    curated = ServiceItem(**{**unit.dict(), **fields})
    office.publish(curated)
    return curated


def test_six_changed_items_make_six_drafts_and_no_release(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    release = office.release()
    assert office.take(export(SIX), source=SOURCE) == (6, 0, 0, 14)
    assert office.drafts().keys() == {f"p-{number}" for number in SIX}
    assert office.release() == release
    assert office.take(export(SIX), source=SOURCE) == (0, 0, 0, 20)
    office.publish()
    assert office.take(export(SIX), source=SOURCE) == (0, 0, 0, 20)
    with office.database.read() as tx:
        runs = synchronising.runs(tx, 10)
        assert [entry.action for entry in audit.entries(tx, action="kb.sync")] == ["kb.sync"] * 4
    assert [run.counts["changed"] for run in runs] == [0, 0, 6, 0]
    assert runs[2].source == SOURCE and runs[2].account == "lihua"


def test_the_file_may_be_called_otherwise_every_time(synchronised_office: ImportOffice) -> None:
    assert synchronised_office.take(export(), name="导出20261201.csv", source=SOURCE).drafts == 0
    unit = synchronised_office.published(UnitKey("item", "p-1"))
    assert unit is not None and [source.title for source in unit.sources] == [SOURCE]


def test_what_only_we_know_survives(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    situations = [
        {
            "id": "who",
            "question": "谁办？",
            "options": [{"id": "self", "title": "本人"}, {"id": "agent", "title": "代办"}],
        }
    ]
    curate(
        office,
        "p-1",
        aliases=("办证",),
        similar_questions=("咋办证",),
        situations=situations,
        sources=[{"title": "居民身份证法", "article": "第十一条"}],
        aspects={
            "materials": [
                {"name": "身份证", "form": "原件", "deferrable": True},
                {"name": "户口簿", "when": {"who": ["self"]}},
                {"name": "户口簿", "form": "复印件", "when": {"who": ["agent"]}},
            ],
            "overview": ["我们自己写的"],
            "fee": {"dated": [{"value": [{"name": "工本费", "amount": 40, "basis": "通知"}]},
                              {"since": "2027-01-01", "value": [{"amount": 10}]}]},
        },
    )  # fmt: skip
    news = {1: {"收费标准": "20元", "申请材料": "身份证|户口簿|照片"}}
    assert office.take(export(news), source=SOURCE).drafts == 1
    unit = office.drafts()["p-1"]
    assert isinstance(unit, ServiceItem)
    assert (unit.aliases, unit.similar_questions) == (("办证",), ("咋办证",))
    assert unit.situations[0].id == "who" and unit.sources[0].article == "第十一条"
    aspects = codec.dump(unit)["aspects"]
    assert aspects["overview"] == {"dated": [{"value": [{"text": "我们自己写的"}]}]}
    assert aspects["materials"] == {
        "dated": [
            {
                "value": [
                    {"name": "身份证", "form": "原件", "deferrable": True},
                    {"when": {"who": ["self"]}, "name": "户口簿"},
                    {"when": {"who": ["agent"]}, "name": "户口簿", "form": "复印件"},
                    {"name": "照片"},
                ]
            }
        ]
    }  # fmt: skip
    assert aspects["fee"]["dated"] == [
        {"value": [{"name": "工本费", "amount": "20", "basis": "通知"}]},
        {"since": "2027-01-01", "value": [{"amount": "10"}]},
    ]


def test_what_we_worded_otherwise_stays_until_the_source_says_something_new(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    curate(office, "p-2", name="我们的叫法", aspects={"materials": ["身份证"], "fee": [{"text": "按标准"}]})
    assert office.take(export(SIX), source=SOURCE).drafts == 6
    assert "p-2" not in office.drafts()
    office.take(export(SIX | {2: {"收费标准": "30元"}}), source=SOURCE)
    unit = office.drafts()["p-2"]
    assert isinstance(unit, ServiceItem)
    assert unit.name == "我们的叫法"
    aspects = codec.dump(unit)["aspects"]
    assert aspects["materials"]["dated"][0]["value"] == [{"name": "身份证"}]
    assert aspects["fee"]["dated"][0]["value"] == [{"amount": "30"}]


def test_an_empty_cell_takes_nothing_away(synchronised_office: ImportOffice) -> None:
    assert synchronised_office.take(export({1: {"收费标准": ""}}), source=SOURCE).drafts == 0


def test_what_is_gone_is_reported_and_removed_only_when_told(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    office.publish(item("own", "我们自己的事项"))
    found = office.preview(export(without=(4, 9)), source=SOURCE)
    assert [change.key.id for change in found.missing] == ["p-4", "p-9"]
    assert office.take(export(without=(4, 9)), source=SOURCE) == (0, 0, 0, 18)
    assert office.drafts() == {}
    assert len(office.preview(export(without=(4, 9)), source=SOURCE).missing) == 2
    assert office.take(export(without=(4, 9)), source=SOURCE, remove_missing=True).removals == 2
    assert office.drafts() == {"p-4": None, "p-9": None}
    assert office.preview(export(without=(4, 9)), source=SOURCE).missing == []
    office.publish()
    assert office.preview(export(), source=SOURCE).counts()["added"] == 2  # there again


def test_a_file_with_bad_rows_says_nothing_of_what_is_gone(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    content = export({4: {"事项编码": "p 4"}})
    assert office.preview(content, source=SOURCE).missing == []
    with pytest.raises(ImportRefused):
        office.take(content, source=SOURCE)
    assert office.take(content, source=SOURCE, skip_bad_rows=True, remove_missing=True) == (0, 0, 0, 19)


def test_what_was_left_alone_is_proposed_again(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    unit = office.published(UnitKey("item", "p-1"))
    assert unit is not None
    office.draft(unit.copy(update={"aliases": ("别名",)}), "wang")
    assert office.take(export(SIX), source=SOURCE) == (5, 0, 1, 14)
    assert office.take(export(SIX), source=SOURCE) == (0, 0, 1, 19)
    assert office.take(export(SIX), source=SOURCE, overwrite=None) == (1, 0, 0, 19)
    drafted = office.drafts()["p-1"]
    assert isinstance(drafted, ServiceItem) and drafted.aliases == ("别名",)


def test_a_refused_draft_is_not_proposed_again(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    office.take(export(SIX), source=SOURCE)
    with office.database.write() as tx:
        discard_draft(tx, UnitKey("item", "p-1"), "boss", office.clock.now())
    assert office.take(export(SIX), source=SOURCE).drafts == 0


def test_sources_do_not_know_of_each_other(synchronised_office: ImportOffice) -> None:
    office = synchronised_office
    assert office.preview(export(count=3), source="市平台").missing == []
    with office.database.read() as tx:
        assert set(tx.execute(select(synchronised.c.source)).scalars()) == {SOURCE}
    for name in ("", "  ", "x" * 101, "a\x00b"):
        with office.database.read() as tx, pytest.raises(ImportRefused, match="来源名称"):
            synchronising.remembered(tx, name)


def test_an_item_is_known_by_its_implementing_code(office: ImportOffice) -> None:
    office.publish(item("our-own-id", "居民身份证换领", codes={"implementing": "11990100X"}))
    content = csv_of([{"实施编码": "11990100X", "事项名称": "居民身份证换领", "收费标准": "20元"}])
    assert office.take(content, source=SOURCE).drafts == 1
    assert office.drafts().keys() == {"our-own-id"}


def dated(*entries: Any) -> dict[str, Any]:
    return {"dated": [{"value": list(entries)}]}


@pytest.mark.parametrize(
    ("aspect", "here", "now", "wanted"),
    [
        (
            "online",
            {"available": True, "text": "在网站办"},
            {"available": True},
            {"available": True, "text": "在网站办"},
        ),
        ("online", {"available": True, "text": "在网站办"}, {"available": False}, {"available": False}),
        ("fee", {"text": "按标准", "basis": "通知"}, {"amount": "20"}, {"amount": "20", "basis": "通知"}),
        ("fee", {"amount": "40"}, {"text": "按标准"}, {"text": "按标准"}),
        (
            "duration",
            {"promised": {"days": 5, "unit": "工作日"}, "counts_from": "受理之日"},
            {"promised": {"days": 3, "unit": "工作日"}},
            {"promised": {"days": 3, "unit": "工作日"}, "counts_from": "受理之日"},
        ),
        ("duration", {"promised": {"days": 5, "unit": "工作日"}}, {"text": "当场办结"}, {"text": "当场办结"}),
        ("place", {"text": "一楼", "office": "hall"}, {"text": "一楼"}, {"text": "一楼", "office": "hall"}),
        ("place", {"text": "一楼", "office": "hall"}, {"text": "二楼"}, {"text": "二楼"}),
    ],
)
def test_within_an_entry_what_the_source_has_no_words_for_stays(aspect: str, here: Any, now: Any, wanted: Any) -> None:
    base = {"kind": "item", "id": "x", "name": "甲"}
    found = merged(
        {**base, "aspects": {aspect: dated(here)}}, {**base, "aspects": {aspect: dated(now)}}, None, "2026-11-01"
    )
    assert found["aspects"][aspect] == dated(wanted)
