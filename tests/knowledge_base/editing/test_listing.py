"""The list of units: every unit once, as one may see it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from editing_desk import KEY, NOW, passed, sourced, standing, write
from knowledge_units import faq, item
from sqlalchemy.engine import Connection

from foundation.database import Database
from knowledge_base import records
from knowledge_base.editing import review
from knowledge_base.editing.listing import Wanted, departments, listing
from knowledge_base.model import UnitKey
from knowledge_base.model.unit import Owner, Source
from knowledge_base.records import Record
from knowledge_base.store import drafts, releases

TODAY = date(2026, 11, 23)
POLICE, CIVIL = Owner(department="公安局", person="王芳"), Owner(department="民政局")


def ids(tx: Connection, **wanted: object) -> list[str]:
    rows, total = listing(tx, Wanted(**wanted), NOW)  # type: ignore[arg-type]
    assert total == len(rows)
    return [row.key.id for row in rows]


def test_each_unit_once_as_its_draft_has_it(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题"))
        write(tx, sourced(question="照片怎么带"))
        write(tx, sourced("new", "新的问题"))
        rows, total = listing(tx, Wanted(), NOW)
        seen = [(row.key.id, row.title, row.state, row.published) for row in rows]
        assert total == 3 and seen == [
            ("new", "新的问题", "draft", False),
            ("other", "另一个问题", "published", True),
            ("photo", "照片怎么带", "draft", True),
        ]


def test_each_row_names_the_text_that_it_shows(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题"))
        stand = drafts.published(tx, [KEY, UnitKey("faq", "other")])
        written = write(tx, sourced(answer="新"))
        seen = {row.key.id: row.revision for row in listing(tx, Wanted(), NOW)[0]}
        assert seen == {"photo": written, "other": stand[UnitKey("faq", "other")]}
        releases.delete_draft(tx, KEY, "li", NOW)
        (row,) = listing(tx, Wanted(state="removal"), NOW)[0]
        assert row.revision is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "published"}, ["other"]),
        ({"state": "in_review"}, ["in"]),
        ({"state": "approved"}, ["ok"]),
        ({"state": "removal"}, ["gone"]),
        ({"state": "draft"}, ["gone", "photo"]),
    ],
)
def test_by_state(database: Database, wanted: dict[str, str], found: list[str]) -> None:
    with database.write() as tx:
        standing(tx, sourced("other", "甲"), sourced("gone", "乙"))
        write(tx, sourced())
        write(tx, sourced("in", "丙"))
        review.submit(tx, UnitKey("faq", "in"), "li", "", NOW)
        passed(tx, sourced("ok", "丁"))
        releases.delete_draft(tx, UnitKey("faq", "gone"), "li", NOW)
        assert ids(tx, **wanted) == found


def test_by_words_in_title_number_aliases_and_questions(database: Database) -> None:
    with database.write() as tx:
        standing(tx, item(aliases=("补身份证",)), faq(similar_questions=("100%自拍行吗",)), faq("a_b", "别的"))
        assert ids(tx, words="补身份") == ["id-card"]
        assert ids(tx, words="身份证 换领") == ["id-card"]
        assert ids(tx, words="100%") == ["photo"]
        assert ids(tx, words="a_b") == ["a_b"] and ids(tx, words="axb") == []
        assert ids(tx, words="ID-CARD") == ["id-card"]


def test_by_what_is_due(database: Database) -> None:
    with database.write() as tx:
        file = Source(title="导入.xlsx", verified=False)
        standing(
            tx,
            sourced("expired", "甲", effective_to=TODAY - timedelta(days=1)),
            sourced("expiring", "乙", effective_to=TODAY),
            sourced("later", "丙", effective_to=TODAY + timedelta(days=31)),
            sourced("overdue", "丁", review_by=TODAY - timedelta(days=1)),
            faq("file", "戊", sources=(file,)),
        )
        records.write(tx, Record("K7M2-4Q9D", "web:a", NOW, "faq", "……", unit_id="later", release=1))
        for due in ("expired", "expiring", "overdue"):
            assert ids(tx, due=due) == [due]
        assert ids(tx, due="unverified") == ["file"]
        assert ids(tx, due="never") == ["expired", "expiring", "file", "overdue"]


def test_drafts_of_another_department_are_not_seen(database: Database) -> None:
    with database.write() as tx:
        standing(tx, sourced("police", "旧题", owner=POLICE), sourced("civil", "民政的", owner=CIVIL))
        write(tx, sourced("police", "新题", owner=POLICE))
        write(tx, sourced("secret", "还没公布", owner=POLICE))
        rows, _ = listing(tx, Wanted(within="民政局"), NOW)
        assert [(row.key.id, row.title, row.state) for row in rows] == [
            ("civil", "民政的", "published"),
            ("police", "旧题", "published"),
        ]
        assert ids(tx, within="公安局") == ["civil", "police", "secret"]
        assert ids(tx, department="公安局") == ["police", "secret"] and ids(tx, owner="王芳") == ["police", "secret"]
        assert departments(tx) == ["公安局", "民政局"]


def test_page_by_page_and_only_these(database: Database) -> None:
    with database.write() as tx:
        standing(tx, *(sourced(f"q{n}", f"问题{n}") for n in range(5)))
        rows, total = listing(tx, Wanted(), NOW, limit=2, offset=2)
        assert (total, [row.key.id for row in rows]) == (5, ["q2", "q3"])
        assert ids(tx, only=[UnitKey("faq", "q4")]) == ["q4"] and ids(tx, only=[]) == []
        assert KEY.id not in ids(tx)
