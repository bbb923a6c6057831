"""Content out, and in again."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_units import faq, item, steady, units
from openpyxl import load_workbook

from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ContentError
from knowledge_base.exporting import Format, export, readable, write_csv, write_jsonl, write_xlsx, write_yaml
from knowledge_base.importing.checking import Checker
from knowledge_base.importing.pipeline import files_below, import_files, read_file
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.store import releases

WRITERS = {"yaml": write_yaml, "xlsx": write_xlsx, "jsonl": write_jsonl}
CONTENT = Path("knowledge_base/content")


def read_back(folder: Path) -> dict[UnitKey, Unit]:
    checker, found = Checker(), dict[UnitKey, Unit]()
    for path in files_below([folder]):
        report, read = read_file(path, checker, lambda name, done: None)
        checker.end_of_file(taken=True)
        assert report.problems == []
        found |= {unit.key: unit for unit in read}
    return found


def test_what_has_no_source_comes_back_from_jsonl_without_one(tmp_path: Path) -> None:
    content: list[Unit] = [faq(answer="<18岁也可以"), item(aliases=("甲",))]
    write_jsonl(content, tmp_path)
    assert read_back(tmp_path) == {unit.key: unit for unit in content}


@pytest.mark.parametrize("form", WRITERS)
@settings(steady, max_examples=30)
@given(st.lists(units(), min_size=1, max_size=4, unique_by=lambda unit: unit.key))
def test_what_is_exported_comes_back_the_same(form: str, content: list[Unit]) -> None:
    with TemporaryDirectory() as folder:
        WRITERS[form](content, Path(folder))
        assert read_back(Path(folder)) == {unit.key: unit for unit in content}


def test_yaml_reads_as_an_editor_writes() -> None:
    unit = parse_unit(
        {
            "kind": "item",
            "id": "card",
            "name": "换领",
            "verified_on": "2026-11-01",
            "aspects": {
                "process": ["申请", "领取"],
                "fee": [{"amount": "20.50"}],
                "contact": {"text": "见窗口"},
                "place": {"dated": [{"value": ["甲"]}, {"since": "2027-01-01", "value": ["乙"]}]},
            },
        }
    )
    assert yaml.safe_load(yaml.safe_dump(readable(unit))) == {
        "kind": "item",
        "id": "card",
        "name": "换领",
        "verified_on": datetime(2026, 11, 1).date(),
        "aspects": {
            "process": ["申请", "领取"],
            "fee": [{"amount": 20.5}],
            "contact": {"text": "见窗口"},
            "place": {"dated": [{"value": ["甲"]}, {"since": datetime(2027, 1, 1).date(), "value": ["乙"]}]},
        },
    }


def test_faqs_lie_in_one_file_per_item(tmp_path: Path) -> None:
    content: list[Unit] = [faq("a", item="card"), faq("b", item="card"), faq("c", category="综合/其他"), item("card")]
    names = {str(path.relative_to(tmp_path)) for path in write_yaml(content, tmp_path)}
    assert names == {"faqs/card.yaml", "faqs/%E7%BB%BC%E5%90%88%2F%E5%85%B6%E4%BB%96.yaml", "items/card.yaml"}


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    write_xlsx([faq(question="=1+1 等于几", answer="=HYPERLINK(1)")], tmp_path)
    cells = [cell for row in load_workbook(tmp_path / "knowledge.xlsx")["faqs"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_text_too_long_for_a_cell_is_refused_not_cut(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="photo: a text is too long"):
        write_xlsx([faq(answer="长" * 32_768)], tmp_path)


def test_csv_is_a_table_that_can_be_imported(tmp_path: Path) -> None:
    spans = {"legal": {"days": 60, "unit": "自然日"}, "promised": {"days": 20, "unit": "工作日"}}
    guide = item(
        aliases=("换身份证",),
        aspects={"materials": ["户口簿"], "duration": [spans], "fee": [{"amount": 0}], "online": [{"available": True}]},
        sources=[{"title": "居民身份证法"}],
    )
    write_csv([guide, faq(similar_questions=("带照片行不行", "甲|乙"), sources=[{"title": "通知"}])], tmp_path)
    assert read_back(tmp_path)[guide.key] == guide
    assert next(csv.reader((tmp_path / "faqs.csv").open(encoding="utf-8-sig")))[:2] == ["id", "question"]
    assert read_back(tmp_path)[UnitKey("faq", "photo")].questions()[1:] == ("带照片行不行", "甲|乙")


def test_csv_tells_what_holds_today(tmp_path: Path) -> None:
    fee = {"dated": [{"value": [{"amount": 20}]}, {"since": "2027-01-01", "value": [{"amount": 10}]}]}
    contact = {"dated": [{"value": {"phone": "1111"}}, {"since": "2027-01-01", "value": {"phone": "2222"}}]}
    guide = item(
        aspects={"fee": fee, "contact": contact, "place": {"dated": [{"since": "2027-01-01", "value": ["乙"]}]}}
    )
    told = []
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        [path] = write_csv([guide], tmp_path, day)
        (row,) = csv.DictReader(path.open(encoding="utf-8-sig"))
        told.append((row["fee"], row["phone"], row["place"]))
    assert told == [("20元", "1111", ""), ("10元", "2222", "乙")]


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_the_sample_city_goes_out_and_in_unchanged(
    form: Format, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    import_files(database, [CONTENT], "editor", clock.now())
    with database.write() as tx:
        release = releases.publish(tx, "editor", "", clock.now())
        assert release.added > 400
        export(tx, release.number, tmp_path / "out", form)
    report = import_files(database, [tmp_path / "out"], "editor", clock.now())
    assert (report.problems, report.units, report.unchanged) == ([], {}, release.added)


def test_an_export_goes_only_where_nothing_old_can_stay(database: Database, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").touch()
    with database.read() as tx, pytest.raises(ContentError, match="not an empty directory"):
        export(tx, 0, tmp_path)
