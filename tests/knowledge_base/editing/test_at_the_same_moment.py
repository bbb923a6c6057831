"""Two people at the same moment: whoever was quicker is told so rightly, and the other one what stands now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from editing_desk import KEY, NOW, passed, says, sourced, standing, tried, write
from sqlalchemy.engine import Connection

from foundation.database import Database
from knowledge_base.editing import orders, publishing, review
from knowledge_base.editing.errors import WrongState
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

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
