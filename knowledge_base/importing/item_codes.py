"""Another system knows a service item by its implementing code 实施编码; here it may have an id of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.engine import Connection

from knowledge_base.model import UnitKey
from knowledge_base.store.codec import Body
from knowledge_base.store.tables import memberships, revisions


def ids_by_code(tx: Connection) -> dict[str, str]:
    """The id of the published item with a code, where just one has it."""
    code = revisions.c.body[("codes", "implementing")].as_string()
    query = select(revisions.c.unit_id, code).join(memberships, memberships.c.revision_id == revisions.c.id)
    found: dict[str, set[str]] = defaultdict(set)
    for unit_id, said in tx.execute(query.where(memberships.c.kind == "item", memberships.c.to_release.is_(None))):
        if said:
            found[said].add(unit_id)
    return {said: next(iter(ids)) for said, ids in found.items() if len(ids) == 1}


def take_known_id(body: Body, ids: Mapping[str, str], given: Collection[UnitKey]) -> None:
    """Give an item the id that it has here, in place; not one that the file gives to another."""
    known = ids.get(body.get("codes", {}).get("implementing", ""), body["id"])
    if body["kind"] == "item" and UnitKey("item", known) not in given:
        body["id"] = known
