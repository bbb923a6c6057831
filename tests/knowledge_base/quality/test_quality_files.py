"""A form that citizens are offered is there, and is the one that was uploaded."""

from __future__ import annotations

from sqlalchemy import delete, update

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.editing import attachments
from knowledge_base.editing.tables import attachments as table
from knowledge_base.model import Faq
from knowledge_base.model.unit import Attachment
from knowledge_base.quality import check
from knowledge_base.quality.report import stamp
from knowledge_base.store import releases

PDF = b"%PDF-1.7\n1 0 obj\n"


def told(database: Database, clock: FixedClock) -> list[tuple[str, str, str]]:
    with database.read() as tx:
        return [(one.severity, str(one.unit), one.problem) for one in check(tx, clock.now()) if one.sort == "file"]


def test_missing_and_altered_files_are_told_with_their_unit(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    with database.write() as tx:
        stored = attachments.keep(tx, PDF, "申请表.pdf", "li", now)
        file = Attachment(title="补领申请表", digest=stored.digest, name=stored.name)
        releases.save_drafts(tx, [Faq(id="form", question="表在哪", answer="在这里。", attachments=[file])], "li", now)
    assert told(database, clock) == []
    with database.write() as tx:
        before = stamp(tx, now)
        tx.execute(update(table).values(content=PDF + b"\n"))
    [(severity, unit, problem)] = told(database, clock)
    assert (
        (severity, unit) == ("warning", "faq:form") and "“补领申请表”（申请表.pdf）" in problem and "不一样" in problem
    )
    with database.write() as tx:
        attachments.keep(tx, PDF, "又一份.pdf", "li", now)
    assert told(database, clock) == [], "uploaded anew, it is whole again"
    with database.write() as tx:
        tx.execute(delete(table))
        assert stamp(tx, now) != before, "a page works its report out anew"
    [(_, _, problem)] = told(database, clock)
    assert "不在数据库里" in problem
