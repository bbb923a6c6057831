"""The published units at hand, and how they keep up."""

from __future__ import annotations

from datetime import datetime, timezone

from knowledge_units import faq, item

from foundation.database import Database
from knowledge_base.editing.shelf import Shelf, renewed
from knowledge_base.model import Package, Synonym, Unit
from knowledge_base.store import releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


def publish(database: Database, *units: Unit) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, units, "editor", NOW)
        releases.publish(tx, "chief", "", NOW)


def test_it_keeps_up_with_releases_and_knows_no_drafts(database: Database) -> None:
    publish(database, item(), faq(answer="旧"))
    with database.read() as tx:
        first = renewed(tx, Shelf())
        assert renewed(tx, first) is first
    publish(database, faq(answer="新"))
    with database.write() as tx:
        releases.save_draft(tx, faq(answer="还没发布"), "editor", NOW)
        second = renewed(tx, first)
    assert (first.release, first.get("faq", "photo")) == (1, faq(answer="旧"))
    assert (second.release, second.get("faq", "photo")) == (2, faq(answer="新"))
    with database.write() as tx:
        releases.delete_draft(tx, faq().key, "editor", NOW)
        releases.publish(tx, "chief", "", NOW)
        third = renewed(tx, second)
        assert third.units == renewed(tx, Shelf()).units and third.get("faq", "photo") is None
    publish(database, faq(answer="旧"))
    with database.read() as tx:
        fourth = renewed(tx, third)
        assert fourth.units == renewed(tx, Shelf()).units and fourth.revisions == renewed(tx, Shelf()).revisions
    assert second.get("faq", None) is second.get("faq", "nobody") is None


def test_synonyms_are_not_on_it(database: Database) -> None:
    """What looks through the units that answer (preview, figures, what is never asked) need not think of them."""
    group = Synonym(id="s", term="居住证", words=("暂住证",))
    publish(database, faq(), group)
    with database.read() as tx:
        first = renewed(tx, Shelf())
    assert set(first.units) == {faq().key}
    publish(database, group.copy(update={"words": ("居主卡",)}), faq(answer="新"))
    with database.read() as tx:
        second = renewed(tx, first)
        assert set(second.units) == {faq().key} and second.units == renewed(tx, Shelf()).units


def test_units_are_found_by_title_and_id() -> None:
    package = Package(id="shop", name="开店", steps=[{"item": "id-card"}])
    units = [item(department="公安"), item("passport", "普通护照", owner={"department": "出入境"}), package]
    held = Shelf(1, {unit.key: unit for unit in units})
    assert [unit.id for unit in held.named("item", "护照")] == ["passport"]
    assert [unit.id for unit in held.named("item", "ID-c")] == ["id-card"]
    assert list(held.named("faq", "护照")) == []
    assert held.departments == ["公安", "出入境"]
    assert held.packages == {"id-card": (package,)}


def test_a_unit_being_written_stands_in_the_place_of_the_published_one() -> None:
    held = Shelf(1, {item().key: item()})
    written = held.with_unit(item(name="换身份证"))
    assert written.get("item", "id-card") == item(name="换身份证")
    assert held.get("item", "id-card") == item()
