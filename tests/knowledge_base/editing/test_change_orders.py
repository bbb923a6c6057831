"""Change orders: what one notice changes goes out together and comes back together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from editing_desk import KEY, LATER, NOW, passed, publish, says, sourced, standing, tried, write

from foundation.database import Database
from knowledge_base.editing import orders, publishing, review, scheduling
from knowledge_base.editing.errors import Forbidden, Missing, WrongState
from knowledge_base.model import Unit, UnitKey
from knowledge_base.model.unit import Owner
from knowledge_base.store import drafts, releases

OTHER, NEW = UnitKey("faq", "other"), UnitKey("faq", "new")
NOTICE = {"title": "关于调整收费的通知", "number": "示财〔2026〕12号"}


def six(database: Database) -> int:
    """An order of a change, another change and a new unit, all of which have passed review."""
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题", "旧"))
        order = orders.create(tx, "十二月一日起调整收费", NOTICE, "", "li", NOW)
        for unit in (sourced(answer="新"), sourced("other", "另一个问题", "新"), sourced("new", "新的问题", "新")):
            write(tx, unit)
            orders.put(tx, order.id, [unit.key], None, "li", NOW)
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
        orders.put(tx, id, [changed.key], None, "li", NOW)
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
            orders.put(tx, id, [UnitKey("faq", "late")], None, "li", NOW)
        with pytest.raises(Missing):
            orders.get(tx, 99)
        empty = orders.create(tx, "空的", {}, "民政局", "li", NOW)
        with pytest.raises(WrongState, match="还没有内容"):
            publishing.order_keys(tx, empty.id)
        assert [one.id for one in orders.listing(tx, "公安局")] == [id]
        orders.put(tx, empty.id, [UnitKey("faq", "late")], None, "li", NOW)
        orders.drop(tx, empty.id, "li", NOW)
        assert review.existing(tx, UnitKey("faq", "late")).order is None


def test_a_department_puts_its_own_into_its_own_orders(database: Database) -> None:
    police, civil = (Owner(department=name) for name in ("公安局", "民政局"))
    with database.write() as tx:
        order = orders.create(tx, "调整收费", {}, "公安局", "zhao", NOW)
        write(tx, sourced(owner=police))
        write(tx, sourced("other", "另一个问题", owner=civil))
        with pytest.raises(Missing, match="没有这个变更单"):
            orders.put(tx, order.id, [OTHER], "民政局", "li", NOW)
        with pytest.raises(Forbidden, match="归“公安局”"):
            orders.put(tx, order.id, [KEY, OTHER], None, "chen", NOW)
    with database.write() as tx:
        orders.put(tx, order.id, [KEY], "公安局", "zhao", NOW)
        joint = orders.create(tx, "两家一起改", {}, "", "chen", NOW)
        orders.put(tx, joint.id, [OTHER], None, "chen", NOW)
        with pytest.raises(Missing):
            orders.put(tx, joint.id, [KEY], "公安局", "zhao", NOW)


def test_only_what_is_yet_to_be_submitted_is_put_into_an_order(database: Database) -> None:
    with database.write() as tx:
        order, another = (orders.create(tx, title, {}, "", "li", NOW).id for title in ("一月", "二月"))
        write(tx, sourced())
        review.submit(tx, KEY, "li", "", NOW)
        with pytest.raises(WrongState, match="正在审核"):
            orders.put(tx, order, [KEY], None, "li", NOW)
        review.approve(tx, KEY, review.existing(tx, KEY).revision, "wang", "", NOW, steps=1)
        scheduling.schedule(tx, [KEY], "chen", LATER + timedelta(days=9), NOW)
        with pytest.raises(WrongState, match="已经通过审核"):
            orders.put(tx, order, [KEY], None, "li", NOW)
        review.withdraw(tx, KEY, "li", NOW)
        orders.put(tx, order, [KEY], None, "li", NOW)
        with pytest.raises(WrongState, match="“一月”"):
            orders.put(tx, another, [KEY], None, "li", NOW)


def test_a_unit_that_was_scheduled_alone_is_not_scheduled_with_an_order(database: Database) -> None:
    id = six(database)
    late = sourced("late", "晚到的问题")
    with database.write() as tx:
        scheduling.schedule_order(tx, id, "chen", LATER, NOW)
        revision = passed(tx, late)
        scheduling.schedule(tx, [late.key], "chen", LATER + timedelta(days=9), NOW)
        drafts.move(tx, late.key, revision, order_id=id)
        assert scheduling.due(tx, LATER) == []
        assert scheduling.waits_for(tx, orders.drafts_of(tx, id)) == {late.key: scheduling.CHANGED}


def test_what_a_scheduled_order_waits_for(database: Database) -> None:
    id = six(database)
    with database.write() as tx:
        scheduling.schedule_order(tx, id, "chen", LATER, NOW)
        assert scheduling.waits_for(tx, orders.drafts_of(tx, id)) == {}
        revision = write(tx, sourced(answer="再改"))
        assert scheduling.waits_for(tx, orders.drafts_of(tx, id)) == {KEY: scheduling.UNREVIEWED}
        review.submit(tx, KEY, "li", "", NOW)
        review.approve(tx, KEY, revision, "wang", "", NOW, steps=1)
        assert scheduling.waits_for(tx, orders.drafts_of(tx, id)) == {KEY: scheduling.CHANGED}
