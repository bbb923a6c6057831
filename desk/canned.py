"""常用语: what an agent sends with one click. Everybody's, a department's, or an agent's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import Malformed, NotFound
from desk.tables import canned_replies
from foundation import audit
from foundation.text import squash


@dataclass(frozen=True)
class Canned:
    id: int
    department: str
    owner: str | None
    title: str
    text: str
    updated_by: str
    updated_at: datetime


def put(
    tx: Connection,
    title: str,
    text: str,
    by: str,
    now: datetime,
    id: int | None = None,
    department: str = "",
    owner: str | None = None,
) -> Canned:
    """Add a reply, or change the one with this id. Who may change whose is the caller's to say.

    Raises:
        Malformed: no title or no text.
        NotFound: there is none with this id.
    """
    if not title.strip() or not text.strip():
        raise Malformed("form.title")
    values: dict[str, object] = {
        "title": title.strip()[:80],
        "text": text.strip(),
        "department": department,
        "owner": owner,
    }
    values |= {"updated_by": by, "updated_at": now}
    if id is None:
        id = tx.execute(insert(canned_replies).values(values)).inserted_primary_key[0]
    elif not tx.execute(update(canned_replies).where(canned_replies.c.id == id).values(values)).rowcount:
        raise NotFound("not_found.canned")
    audit.record(tx, by, "desk.canned", f"canned:{id}", {"title": values["title"]}, now)
    changes.touch(tx, changes.CANNED)
    return get(tx, id)


def remove(tx: Connection, id: int, by: str, now: datetime) -> None:
    """Raises NotFound."""
    if not tx.execute(delete(canned_replies).where(canned_replies.c.id == id)).rowcount:
        raise NotFound("not_found.canned")
    audit.record(tx, by, "desk.canned_remove", f"canned:{id}", {}, now)
    changes.touch(tx, changes.CANNED)


def get(tx: Connection, id: int) -> Canned:
    """Raises NotFound."""
    row = tx.execute(select(canned_replies).where(canned_replies.c.id == id)).mappings().first()
    if row is None:
        raise NotFound("not_found.canned")
    return Canned(**row)


def listing(tx: Connection, account: str, departments: Sequence[str], words: str = "") -> list[Canned]:
    """What an agent may send, their own first; with words, what has them in title or text."""
    theirs = or_(
        canned_replies.c.owner == account,
        canned_replies.c.owner.is_(None) & canned_replies.c.department.in_(("", *departments)),
    )
    order = (canned_replies.c.owner.is_(None), canned_replies.c.department == "", canned_replies.c.title)
    found = [Canned(**row) for row in tx.execute(select(canned_replies).where(theirs).order_by(*order)).mappings()]
    wanted = squash(words)
    return [one for one in found if wanted in squash(one.title + one.text)] if wanted else found
