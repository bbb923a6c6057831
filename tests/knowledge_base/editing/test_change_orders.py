"""Change orders: what one notice changes goes out together and comes back together."""

from __future__ import annotations

import pytest
from editing_desk import KEY, LATER, NOW, passed, publish, says, sourced, standing, tried, write

from foundation.database import Database
from knowledge_base.editing import orders, publishing, review, scheduling
from knowledge_base.editing.errors import Missing, WrongState
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases

OTHER, NEW = UnitKey("faq", "other"), UnitKey("faq", "new")
NOTICE = {"title": "关于调整收费的通知", "number": "示财〔2026〕12号"}


def six(database: Database) -> int:
    """An order of a change, another change and a new unit, all of which have passed review."""
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题", "旧"))
        order = orders.create(tx, "十二月一日起调整收费", NOTICE, "", "li", NOW)
        for unit in (sourced(answer="新"), sourced("other", "另一个问题", "新"), sourced("new", "新的问题", "新")):
            write(tx, unit)
            orders.put(tx, order.id, [unit.key], "li", NOW)
            review.submit(tx, unit.key, "li", "", NOW)
            review.approve(tx, unit.key, review.existing(tx, unit.key).revision, "wang", "", NOW, steps=1)
    return order.id


def go(database: Database, id: int) -> releases.Release:
    with database.write() as tx:
        keys = publishing.order_keys(tx, id)
        return publishing.publish(tx, keys, "chen", "", NOW, tried(tx, *keys), order=id)


def test_an_order_goes_out_as_one_release_and_comes_back_as_one(database: Database) -> None:
    id = six(database)
    release = go(database, id)
    assert (release.added, release.changed) == (1, 2)
    with database.write() as tx:
        assert orders.get(tx, id).release == release.number
        back = orders.take_back(tx, id, "chen", "通知作废", NOW)
        assert (back.changed, back.removed) == (2, 1)
        assert (says(tx), says(tx, OTHER), says(tx, NEW)) == ("旧", "旧", None)
        with pytest.raises(WrongState, match="没有发布"):
            orders.take_back(tx, id, "chen", "", NOW)


def test_what_was_changed_since_holds_taking_back_up_and_is_named(database: Database) -> None:
    id = six(database)
    go(database, id)
    with database.write() as tx:
        passed(tx, sourced(answer="又改了"))
        publish(tx, KEY)
        with pytest.raises(WrongState, match=str(KEY)):
            orders.take_back(tx, id, "chen", "", NOW)
        assert says(tx, OTHER) == "新"


def test_units_of_an_order_do_not_go_out_alone_nor_an_order_in_part(database: Database) -> None:
    id = six(database)
    with database.write() as tx:
        with pytest.raises(WrongState, match="变更单"):
            publish(tx, KEY)
        with pytest.raises(WrongState, match="变更单"):
            scheduling.schedule(tx, [KEY], "chen", LATER, NOW)
        write(tx, sourced(answer="再改"))
        assert review.existing(tx, KEY).order == id
        with pytest.raises(WrongState, match=str(KEY)):
            publishing.order_keys(tx, id)
        orders.take_out(tx, id, KEY, "li", NOW)
        assert publishing.order_keys(tx, id) == [NEW, OTHER]


def test_an_order_goes_out_on_its_day(database: Database) -> None:
    id = six(database)
    with database.write() as tx:
        scheduling.schedule_order(tx, id, "chen", LATER, NOW)
        assert scheduling.due(tx, NOW) == []
        (one,) = scheduling.due(tx, LATER)
        release = scheduling.publish_due(tx, one, tried(tx, *one.keys), LATER)
        assert (release.added, release.changed, orders.get(tx, id).state) == (1, 2, orders.PUBLISHED)
        assert scheduling.due(tx, LATER) == []


@pytest.mark.parametrize("changed", [sourced(answer="排定以后又改"), sourced("late", "晚到的问题")])
def test_what_was_written_or_added_after_an_order_was_scheduled_holds_it_up(database: Database, changed: Unit) -> None:
    id = six(database)
    with database.write() as tx:
        scheduling.schedule_order(tx, id, "chen", LATER, NOW)
        assert len(scheduling.due(tx, LATER)) == 1
        write(tx, changed)
        orders.put(tx, id, [changed.key], "li", NOW)
        review.submit(tx, changed.key, "li", "", NOW)
        review.approve(tx, changed.key, review.existing(tx, changed.key).revision, "wang", "", NOW, steps=1)
        assert scheduling.due(tx, LATER) == []
        scheduling.schedule_order(tx, id, "chen", LATER, NOW)
        (one,) = scheduling.due(tx, LATER)
        scheduling.publish_due(tx, one, tried(tx, *one.keys), LATER)
        assert orders.get(tx, id).state == orders.PUBLISHED


def test_an_order_that_is_done_with_takes_nothing_more(database: Database) -> None:
    id = six(database)
    go(database, id)
    with database.write() as tx:
        write(tx, sourced("late", "晚到的问题"))
        with pytest.raises(WrongState, match="不能再加减"):
            orders.put(tx, id, [UnitKey("faq", "late")], "li", NOW)
        with pytest.raises(Missing):
            orders.get(tx, 99)
        empty = orders.create(tx, "空的", {}, "民政局", "li", NOW)
        with pytest.raises(WrongState, match="还没有内容"):
            publishing.order_keys(tx, empty.id)
        assert [one.id for one in orders.listing(tx, "公安局")] == [id]
        orders.put(tx, empty.id, [UnitKey("faq", "late")], "li", NOW)
        orders.drop(tx, empty.id, "li", NOW)
        assert review.existing(tx, UnitKey("faq", "late")).order is None
