"""An office that imports files through previews, as the console and `zhengwu kb sync` do."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.importing import matching, synchronising
from knowledge_base.importing.plan import Plan, plan
from knowledge_base.importing.reading import read_upload
from knowledge_base.importing.taking import Choices, Taken, digest_of, take
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import drafts, releases


def csv_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A table whose headings are the first row's."""
    lines = [",".join(rows[0]), *(",".join(f'"{cell}"' for cell in row.values()) for row in rows)]
    return "\n".join(lines).encode()


def xlsx_of(headings: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "Sheet") -> bytes:
    book = Workbook()
    sheet = book.create_sheet(title, 0)
    for row in (headings, *rows):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@dataclass
class ImportOffice:
    database: Database
    clock: FixedClock

    def preview(
        self,
        content: bytes,
        name: str = "table.csv",
        account: str = "lihua",
        department: str | None = None,
        source: str | None = None,
        keep: bool = False,
    ) -> Plan:
        with self.database.read() as tx:
            found = read_upload(name, content, matching.remembered(tx))
            memory = synchronising.remembered(tx, source) if source else None
            return plan(tx, found, account, department, self.clock.now(), memory, shown=20, keep=keep)

    def take(
        self,
        content: bytes,
        name: str = "table.csv",
        account: str = "lihua",
        department: str | None = None,
        source: str | None = None,
        skip_bad_rows: bool = False,
        overwrite: Collection[str] | None = (),
        remove_missing: bool = False,
    ) -> Taken:
        found = self.preview(content, name, account, department, source)
        choices = Choices(skip_bad_rows, overwrite, remove_missing)
        with self.database.write() as tx:
            memory = synchronising.remembered(tx, source) if source else None
            return take(tx, found, account, choices, self.clock.now(), memory, digest_of(content))

    def publish(self, *units: Unit) -> int:
        """Publish these, and whatever is drafted."""
        with self.database.write() as tx:
            drafts.save_drafts(tx, units, "boss", self.clock.now())
            return releases.publish(tx, "boss", "", self.clock.now()).number

    def draft(self, unit: Unit, account: str) -> int:
        with self.database.write() as tx:
            return drafts.save_draft(tx, unit, account, self.clock.now())

    def drafts(self) -> dict[str, Unit | None]:
        with self.database.read() as tx:
            return {draft.key.id: draft.unit for draft in drafts.drafts(tx)}

    def release(self) -> int:
        with self.database.read() as tx:
            return releases.current(tx)

    def published(self, key: UnitKey) -> Unit | None:
        with self.database.read() as tx:
            found = releases.find(tx, releases.current(tx), key)
            return found.unit if found else None
