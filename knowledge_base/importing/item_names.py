"""Tables often name an FAQ's item by its name; its id is put there, where just one item is called so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from foundation.text import squash
from knowledge_base.importing.packed import Packed
from knowledge_base.model import Faq, Unit
from knowledge_base.store.codec import Body


def item_ids(units: Packed, published: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The ids of the items that FAQs name: among those imported with them, and those published (name, id)."""
    plain = {name: squash(name) for name in units.wanted}
    ids: dict[str, set[str]] = {}
    for name, unit_id in (*published, *units.names):
        ids.setdefault(squash(name), set()).add(unit_id)
    return {name: next(iter(found)) for name, key in plain.items() if len(found := ids.get(key, set())) == 1}


def with_item_id(unit: Unit, ids: Mapping[str, str]) -> Unit:
    """The unit, with the id of its item where it had the name."""
    if isinstance(unit, Faq) and unit.item and unit.item in ids:
        return unit.copy(update={"item": ids[unit.item]})
    return unit


def name_for_id(body: Body, ids: Mapping[str, str]) -> None:
    """The same of a unit as plain JSON, in place."""
    if body.get("kind") == "faq" and body.get("item") in ids:
        body["item"] = ids[body["item"]]
