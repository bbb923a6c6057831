"""What is left to do: opened once, taken by one, done with an outcome, or overdue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from desk_people import NOW, hire
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy.engine import Connection

from desk import changes, tasks
from desk.errors import DeskError, Malformed, NotFound, NotYours, Taken, WrongState
from desk.tasks import CALLBACK, DONE, EDITOR, OPEN, TAKEN, NewTask, Task
from foundation import audit, erasure
from foundation.database import Database, metadata


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        for name in ("wang", "li"):
            hire(tx, name)
        yield tx


def a_task(tx: Connection, source: str = "turn:1", **values: Any) -> Task:
    return tasks.open_task(tx, NewTask(**{"kind": CALLBACK, "source": source, "title": "护照", **values}), NOW)


def test_the_whole_way(tx: Connection) -> None:
    opened = a_task(tx, contact="⟦phone:7f3a⟧", detail={"question": "护照"}, due_at=NOW + timedelta(hours=1))
    assert opened.state == OPEN and a_task(tx, title="again") == opened, "one source, one task"
    taken = tasks.take(tx, opened.id, "wang", NOW)
    assert (taken.state, taken.taken_by) == (TAKEN, "wang") and tasks.take(tx, opened.id, "wang", NOW) == taken
    done = tasks.done(tx, opened.id, "wang", "reached", NOW, remark="已告知窗口地址")
    assert (done.state, done.outcome, done.remark) == (DONE, "reached", "已告知窗口地址")
    assert [entry.action for entry in audit.entries(tx)] == ["desk.task_done", "desk.task_take"]
    assert "tasks" in changes.version(tx)


def test_only_whoever_took_it_may_go_on(tx: Connection) -> None:
    one = a_task(tx)
    with pytest.raises(WrongState, match="先领取"):
        tasks.done(tx, one.id, "wang", "reached", NOW)
    tasks.take(tx, one.id, "wang", NOW)
    with pytest.raises(Taken, match="wang的名字"):
        tasks.take(tx, one.id, "li", NOW)
    with pytest.raises(NotYours, match="wang的名字"):
        tasks.done(tx, one.id, "li", "reached", NOW)
    with pytest.raises(Malformed, match="处理结果"):
        tasks.done(tx, one.id, "wang", "  ", NOW)
    tasks.release(tx, one.id, "wang", NOW)
    assert tasks.take(tx, one.id, "li", NOW).taken_by == "li"
    with pytest.raises(Taken, match="li的名字"):
        tasks.assign(tx, one.id, "wang", "zhao", NOW)
    assert tasks.assign(tx, one.id, "wang", "zhao", NOW, had="li").taken_by == "wang"
    tasks.done(tx, one.id, "wang", "reached", NOW)
    with pytest.raises(WrongState, match="wang的名字办结"):
        tasks.take(tx, one.id, "li", NOW)
    with pytest.raises(NotFound):
        tasks.get(tx, 99)


def test_what_is_due_first_comes_first_and_what_is_late_is_named(tx: Connection) -> None:
    later, soon, whenever = (
        a_task(tx, name, due_at=due)
        for name, due in (("later", NOW + timedelta(hours=2)), ("soon", NOW + timedelta(hours=1)), ("whenever", None))
    )
    assert tasks.listing(tx) == [soon, later, whenever]
    at = NOW + timedelta(minutes=90)
    assert tasks.overdue(tx, NOW) == [] and tasks.overdue(tx, at) == [soon]
    assert soon.overdue(at) and not later.overdue(at) and not whenever.overdue(at)
    tasks.take(tx, soon.id, "wang", NOW)
    tasks.done(tx, soon.id, "wang", "reached", at)
    assert tasks.overdue(tx, at) == []


def test_lists_by_kind_department_and_person(tx: Connection) -> None:
    mine = a_task(tx, "a", department="户政")
    other = a_task(tx, "b", department="社保")
    edit = a_task(tx, "c", kind=EDITOR)
    assert tasks.listing(tx, departments=["户政"]) == [mine, edit]
    assert tasks.listing(tx, kinds=[EDITOR]) == [edit]
    tasks.take(tx, other.id, "wang", NOW)
    assert [one.id for one in tasks.listing(tx, account="wang")] == [other.id]
    for one in (mine, edit):
        tasks.take(tx, one.id, "wang", NOW)
        tasks.done(tx, one.id, "wang", "ok", NOW)
    done = tasks.listing(tx, states=[DONE])
    assert [one.id for one in done] == [edit.id, mine.id]
    assert tasks.listing(tx, states=[DONE], before=edit.id) == done[1:]


def test_what_became_needless_is_settled_unless_somebody_is_at_it(tx: Connection) -> None:
    a_task(tx, "rating:1")
    assert tasks.settle(tx, "rating:1", "changed", NOW) and not tasks.settle(tx, "rating:1", "changed", NOW)
    tasks.take(tx, a_task(tx, "rating:2").id, "wang", NOW)
    assert not tasks.settle(tx, "rating:2", "changed", NOW)


def test_a_title_is_cut_and_a_citizens_tasks_are_erased(tx: Connection) -> None:
    assert len(a_task(tx, title="长" * 500, conversation="web:a").title) == 200
    a_task(tx, "other", conversation="web:b")
    assert erasure.erase_everything(tx, "web:a")["tasks"] == 1
    assert len(tasks.listing(tx)) == 1


class Life(RuleBasedStateMachine):
    """One task, and whatever two agents do to it in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://", pool_size=1)
        metadata.create_all(self.database.engine)
        with self.database.write() as tx:
            self.id = a_task(tx).id
        self.owner: str | None = None
        self.is_done = False

    def teardown(self) -> None:
        self.database.close()

    @rule(who=st.sampled_from(["wang", "li"]), what=st.sampled_from(["take", "release", "done", "settle"]))
    def act(self, who: str, what: str) -> None:
        allowed = (
            not self.is_done
            and {
                "take": self.owner in (None, who),
                "release": self.owner == who,
                "done": self.owner == who,
                "settle": self.owner is None,
            }[what]
        )
        try:
            with self.database.write() as tx:
                if what == "done":
                    tasks.done(tx, self.id, who, "ok", NOW)
                elif what == "settle":
                    assert tasks.settle(tx, "turn:1", "needless", NOW) == allowed
                else:
                    getattr(tasks, what)(tx, self.id, who, NOW)
        except DeskError:
            assert not allowed
            return
        if allowed:
            self.owner = who if what == "take" else None if what == "release" else self.owner
            self.is_done = what in ("done", "settle")
        else:
            assert what == "settle"

    @invariant()
    def it_is_as_expected(self) -> None:
        with self.database.read() as tx:
            found = tasks.get(tx, self.id)
        assert found.state == (DONE if self.is_done else TAKEN if self.owner else OPEN)
        assert found.taken_by == self.owner


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
