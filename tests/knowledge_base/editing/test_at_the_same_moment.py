"""Two people at the same moment: whoever was quicker is told so rightly, and the other one what stands now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from editing_desk import KEY, LATER, NOW, passed, says, sourced, standing, tried, write
from sqlalchemy.engine import Connection

from foundation.database import Database
from knowledge_base.editing import orders, publishing, review, scheduling, similar, trail, working
from knowledge_base.editing.errors import Missing, Overtaken, WrongState
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts, releases

OTHER = UnitKey("faq", "other")
Deed = Callable[[Connection], object]
Begin = Callable[[Deed], "Future[object]"]


@contextmanager
def beside(database: Database) -> Iterator[tuple[Connection, Begin]]:
    """A transaction, and what begins something in another one; the block goes on when that is done, or waits."""

    def work(deed: Deed) -> object:
        with database.write() as tx:
            return deed(tx)

    def begin(deed: Deed) -> Future[object]:
        begun = pool.submit(work, deed)
        wait([begun], timeout=0.5)
        return begun

    with ThreadPoolExecutor(1) as pool, database.write() as tx:
        yield tx, begin


def ordered(database: Database) -> int:
    """A change order of two units that have passed their review."""
    with database.write() as tx:
        standing(tx, sourced(answer="旧"), sourced("other", "另一个问题", "旧"))
        id = orders.create(tx, "调整收费", {}, "", "li", NOW).id
        for unit in (sourced(answer="新"), sourced("other", "另一个问题", "新")):
            revision = write(tx, unit)
            orders.put(tx, id, [unit.key], None, "li", NOW)
            review.submit(tx, unit.key, "li", "", NOW)
            review.approve(tx, unit.key, revision, "wang", "", NOW, steps=1)
    return id


def go(tx: Connection, id: int) -> None:
    keys = publishing.order_keys(tx, id)
    publishing.publish(tx, keys, "chen", "", NOW, tried(tx, *keys), order=id)


class TestTakingBack:
    def test_an_order_is_taken_back_once(self, database: Database) -> None:
        id = ordered(database)
        with database.write() as tx:
            go(tx, id)
        with beside(database) as (tx, begin):
            first = orders.take_back(tx, id, "chen", "", NOW).number
            second = begin(lambda tx: orders.take_back(tx, id, "wang", "", NOW))
        with pytest.raises(WrongState, match="没有发布"):
            second.result(30)
        with database.read() as tx:
            assert orders.get(tx, id).withdrawn_release == first == releases.current(tx)

    def test_nothing_is_taken_back_that_is_just_being_changed(self, database: Database) -> None:
        id = ordered(database)
        with database.write() as tx:
            go(tx, id)
            passed(tx, sourced(answer="又改了"))
        with beside(database) as (tx, begin):
            publishing.publish(tx, [KEY], "chen", "", NOW, tried(tx, KEY))
            taking = begin(lambda tx: orders.take_back(tx, id, "wang", "", NOW))
        with pytest.raises(WrongState, match=str(KEY)):
            taking.result(30)
        with database.read() as tx:
            assert (says(tx), says(tx, OTHER)) == ("又改了", "新")


class TestReviewing:
    def test_what_is_withdrawn_while_it_is_published_was_published_before(self, database: Database) -> None:
        with database.write() as tx:
            passed(tx, sourced())
        with beside(database) as (tx, begin):
            found = publishing.check(tx, [KEY], "chen", NOW, tried(tx, KEY))
            withdrawing = begin(lambda tx: review.withdraw(tx, KEY, "li", NOW))
            publishing.release(tx, found, "chen", "", NOW, None, {})
        with pytest.raises(Missing, match="没有草稿"):
            withdrawing.result(30)
        with database.read() as tx:
            assert says(tx) == "可以。"
            assert trail.WITHDRAWN not in [step.verdict for step in trail.trail(tx, KEY)]

    def test_what_is_rejected_does_not_pass(self, database: Database) -> None:
        with database.write() as tx:
            revision = write(tx, sourced())
            review.submit(tx, KEY, "li", "", NOW)
        with beside(database) as (tx, begin):
            review.reject(tx, KEY, revision, "zhao", "不对", NOW)
            approving = begin(lambda tx: review.approve(tx, KEY, revision, "wang", "", NOW, steps=1))
        with pytest.raises((Overtaken, WrongState)):
            approving.result(30)
        with database.read() as tx:
            assert review.existing(tx, KEY).state == drafts.DRAFT

    def test_two_who_let_it_pass_at_once_are_two_steps(self, database: Database) -> None:
        with database.write() as tx:
            revision = write(tx, sourced())
            review.submit(tx, KEY, "li", "", NOW)
        with beside(database) as (tx, begin):
            review.approve(tx, KEY, revision, "zhao", "", NOW, steps=3)
            second = begin(lambda tx: review.approve(tx, KEY, revision, "wang", "", NOW, steps=3))
        second.result(30)
        with database.read() as tx:
            said = [step.verdict for step in trail.trail(tx, KEY)]
            assert review.existing(tx, KEY).step == said.count(trail.APPROVED) == 2

    @pytest.mark.parametrize("again", [False, True])
    def test_what_has_not_passed_any_more_is_not_released(self, database: Database, again: bool) -> None:
        with database.write() as tx:
            passed(tx, sourced("other", "另一个问题"))
            passed(tx, sourced())
            found = [review.existing(tx, key) for key in (KEY, OTHER)]
            if again:
                passed(tx, sourced(answer="又改了"))
            else:
                review.withdraw(tx, KEY, "li", NOW)
        with database.write() as tx, pytest.raises(Overtaken, match="重新试答"):
            publishing.release(tx, found, "chen", "", NOW, None, {})
        with database.read() as tx:
            assert says(tx, OTHER) is None and len(releases.drafts(tx)) == 2


class TestScheduling:
    def test_what_is_withdrawn_at_once_is_not_scheduled(self, database: Database) -> None:
        with database.write() as tx:
            passed(tx, sourced())
        with beside(database) as (tx, begin):
            review.withdraw(tx, KEY, "li", NOW)
            scheduling_it = begin(lambda tx: scheduling.schedule(tx, [KEY], "chen", LATER, NOW))
        with pytest.raises(WrongState, match="没有通过审核"):
            scheduling_it.result(30)
        with database.read() as tx:
            assert review.existing(tx, KEY).publish_at is None

    def test_what_is_withdrawn_at_once_is_not_held_up_as_well(self, database: Database) -> None:
        with database.write() as tx:
            passed(tx, sourced())
            scheduling.schedule(tx, [KEY], "chen", LATER, NOW)
            (one,) = scheduling.due(tx, LATER)
        with beside(database) as (tx, begin):
            review.withdraw(tx, KEY, "li", NOW)
            holding_up = begin(lambda tx: scheduling.unschedule(tx, one, "不行", LATER))
        assert holding_up.result(30) == []
        with database.read() as tx:
            assert trail.UNSCHEDULED not in [step.verdict for step in trail.trail(tx, KEY)]


class TestOrders:
    def test_what_is_taken_out_while_its_order_is_published_went_out_with_it(self, database: Database) -> None:
        id = ordered(database)
        with beside(database) as (tx, begin):
            keys = publishing.order_keys(tx, id)
            found = publishing.check(tx, keys, "chen", NOW, tried(tx, *keys), order=id)
            taking_out = begin(lambda tx: orders.take_out(tx, id, KEY, "li", NOW))
            publishing.release(tx, found, "chen", "", NOW, id, {})
        with pytest.raises(WrongState, match="不能再加减"):
            taking_out.result(30)

    def test_an_order_goes_out_as_it_is_by_then(self, database: Database) -> None:
        id = ordered(database)
        with database.write() as tx:
            scheduling.schedule_order(tx, id, "chen", LATER, NOW)
            (one,) = scheduling.due(tx, LATER)
            report = tried(tx, *one.keys)
            orders.take_out(tx, id, KEY, "li", NOW)
        with database.write() as tx, pytest.raises(Overtaken, match="重新试答"):
            publishing.publish(tx, one.keys, "chen", "", NOW, report, order=id)
        with database.write() as tx, pytest.raises(Overtaken, match="重新试答"):
            scheduling.publish_due(tx, one, report, LATER)
        with database.write() as tx:
            orders.drop(tx, id, "li", NOW)
        with database.write() as tx, pytest.raises(WrongState, match="不能再加减"):
            publishing.publish(tx, one.keys, "chen", "", NOW, report, order=id)

    def test_nothing_is_put_into_an_order_that_is_given_up_at_once(self, database: Database) -> None:
        with database.write() as tx:
            id = orders.create(tx, "调整收费", {}, "", "li", NOW).id
            write(tx, sourced())
        with beside(database) as (tx, begin):
            orders.drop(tx, id, "li", NOW)
            putting = begin(lambda tx: orders.put(tx, id, [KEY], None, "zhao", NOW))
        with pytest.raises(WrongState, match="不能再加减"):
            putting.result(30)
        with database.read() as tx:
            assert review.existing(tx, KEY).order is None

    def test_nor_into_two_orders_at_once(self, database: Database) -> None:
        with database.write() as tx:
            one, another = (orders.create(tx, title, {}, "", "li", NOW).id for title in ("一月", "二月"))
            write(tx, sourced())
        with beside(database) as (tx, begin):
            orders.put(tx, one, [KEY], None, "li", NOW)
            putting = begin(lambda tx: orders.put(tx, another, [KEY], None, "zhao", NOW))
        with pytest.raises((Overtaken, WrongState)):
            putting.result(30)
        with database.read() as tx:
            assert review.existing(tx, KEY).order == one

    def test_what_is_put_in_while_the_order_is_published_stays_outside(self, database: Database) -> None:
        id = ordered(database)
        late = sourced("late", "晚到的问题")
        with database.write() as tx:
            write(tx, late)
        with beside(database) as (tx, begin):
            keys = publishing.order_keys(tx, id)
            found = publishing.check(tx, keys, "chen", NOW, tried(tx, *keys), order=id)
            putting = begin(lambda tx: orders.put(tx, id, [late.key], None, "li", NOW))
            publishing.release(tx, found, "chen", "", NOW, id, {})
        with pytest.raises(WrongState, match="不能再加减"):
            putting.result(30)
        with database.read() as tx:
            assert review.existing(tx, late.key).order is None


class TestSaving:
    @pytest.mark.parametrize("new", [False, True])
    def test_whoever_saves_second_at_the_same_moment_overwrites_nothing(self, database: Database, new: bool) -> None:
        with database.write() as tx:
            if not new:
                standing(tx, sourced(answer="旧"))
            base = working.standing(tx, KEY)
        with beside(database) as (tx, begin):
            working.save(tx, KEY, "li", sourced(answer="李写的"), base, NOW)
            saving = begin(lambda tx: working.save(tx, KEY, "zhao", sourced(answer="赵写的"), base, LATER))
        with pytest.raises(Overtaken, match="“li”在 10:00 保存过"):
            saving.result(30)
        with database.read() as tx:
            assert working.begin(tx, KEY)["answer"] == "李写的"

    def test_nothing_is_saved_over_what_is_being_submitted(self, database: Database) -> None:
        with database.write() as tx:
            base = write(tx, sourced(answer="一"))
        with beside(database) as (tx, begin):
            review.submit(tx, KEY, "li", "", NOW)
            saving = begin(lambda tx: working.save(tx, KEY, "zhao", sourced(answer="二"), base, LATER))
        with pytest.raises(WrongState, match="正在审核"):
            saving.result(30)
        with database.read() as tx:
            assert review.existing(tx, KEY).state == drafts.IN_REVIEW

    def test_others_are_not_waited_for(self, database: Database) -> None:
        if database.is_sqlite:
            pytest.skip("one writer at a time")
        with beside(database) as (tx, begin):
            write(tx, sourced())
            assert begin(lambda tx: write(tx, sourced("other", "另一个问题"), "zhao")).result(30)

    def test_questions_that_two_add_at_once_are_both_kept(self, database: Database) -> None:
        with database.write() as tx:
            standing(tx, sourced())
        with beside(database) as (tx, begin):
            similar.add_questions(tx, KEY, ["能带自己的照片吗"], "li", None, NOW)
            adding = begin(lambda tx: similar.add_questions(tx, KEY, ["照片要现场拍吗"], "zhao", None, LATER))
        adding.result(30)
        with database.read() as tx:
            assert working.begin(tx, KEY)["similar_questions"] == ["能带自己的照片吗", "照片要现场拍吗"]
