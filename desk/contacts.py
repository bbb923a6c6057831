"""How a citizen can be reached where no message arrives: the contact that they left last."""

from __future__ import annotations

from sqlalchemy import select, union_all
from sqlalchemy.engine import Connection

from desk.tables import handovers, tasks


def latest(tx: Connection, conversation: str) -> str | None:
    """The token, in the vault, of the phone number or address left last in a conversation; None where there is none."""
    left = union_all(
        *(
            select(table.c.contact, table.c.opened_at).where(
                table.c.conversation == conversation, table.c.contact.is_not(None)
            )
            for table in (handovers, tasks)
        )
    ).subquery()
    found: str | None = tx.execute(select(left.c.contact).order_by(left.c.opened_at.desc()).limit(1)).scalar()
    return found
