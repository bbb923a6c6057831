"""One citizen's data, wherever it is: each package registers how to erase and to export what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, delete, select
from sqlalchemy.engine import Connection

from foundation.inbox import inbox
from foundation.outbox import outbox
from foundation.vault import vault

Erase = Callable[[Connection, str], int]
Export = Callable[[Connection, str], "list[dict[str, Any]]"]


class Keeper(NamedTuple):
    erase: Erase
    """Deletes what is kept of a conversation; returns how many rows."""
    export: Export
    """What is kept of a conversation, as plain JSON."""


_keepers: dict[str, Keeper] = {}
_beforehand: dict[str, Callable[[Connection, str], None]] = {}


def register(name: str, erase: Erase, export: Export) -> None:
    """Add a place where data of conversations is kept; a name registered again replaces the former."""
    _keepers[name] = Keeper(erase, export)


def beforehand(name: str, step: Callable[[Connection, str], None]) -> None:
    """Do this before anything of a conversation is erased, as locking what others lock first."""
    _beforehand[name] = step


def register_table(table: Table, *columns: str) -> None:
    """Register a table with a `conversation` column: all of its rows are erased, these columns are exported."""

    def erase(tx: Connection, conversation: str) -> int:
        return int(tx.execute(delete(table).where(table.c.conversation == conversation)).rowcount)

    def export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
        query = select(*(table.c[name] for name in columns)).where(table.c.conversation == conversation)
        rows = tx.execute(query.order_by(*table.primary_key.columns)).mappings()
        return [{key: v.isoformat() if isinstance(v, datetime) else v for key, v in row.items()} for row in rows]

    register(table.name, erase, export)


def erase_everything(tx: Connection, conversation: str) -> dict[str, int]:
    """Erase all that is kept of a conversation; returns the number of rows by place.

    What was registered last goes first: later tables may refer to earlier ones.
    """
    for step in _beforehand.values():
        step(tx, conversation)
    return {name: keeper.erase(tx, conversation) for name, keeper in reversed(_keepers.items())}


def export_everything(tx: Connection, conversation: str) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a conversation, by place. What is encrypted is named, not shown."""
    return {name: keeper.export(tx, conversation) for name, keeper in _keepers.items()}


register_table(vault, "kind", "created_at", "expires_at")
register_table(inbox, "id", "channel", "state", "received_at", "done_at")
register_table(outbox, "id", "channel", "body", "state", "created_at", "delivered_at")
