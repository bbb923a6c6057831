"""Files that units give to citizens, 空白表 and 样表: whether each is there, and is what it was when uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from sqlalchemy import select
from sqlalchemy.engine import Connection

from knowledge_base.editing.tables import attachments
from knowledge_base.findings import Finding, found
from knowledge_base.model import Unit

Fault = Literal["missing", "altered"]


def broken(tx: Connection, units: Iterable[Unit]) -> dict[str, Fault]:
    """The files of these units that are not there, or not what they were, by digest. Reads them, one at a time."""
    faults: dict[str, Fault] = {}
    for digest in sorted({file.digest for unit in units for file in unit.attachments}):
        content = tx.execute(select(attachments.c.content).where(attachments.c.digest == digest)).scalar()
        if content is None:
            faults[digest] = "missing"
        elif hashlib.sha256(content).hexdigest() != digest:
            faults[digest] = "altered"
    return faults


def broken_files_of(unit: Unit, faults: Mapping[str, Fault]) -> Iterator[Finding]:
    """The files of a unit that citizens cannot be given."""
    for file in unit.attachments if faults else ():
        if fault := faults.get(file.digest):
            judged = f"{file.digest} {fault}"
            yield found(f"file_{fault}", unit.key, "attachments", judged=judged, title=file.title, name=file.name)
