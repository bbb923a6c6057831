"""What was scheduled goes out when its time has come, once, by whichever worker is first; on both databases.

What forbids it by then holds it up, and nothing else, and is told to those who can mend it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Connection
from trained_language import trained

from actions.surroundings import Surroundings
from bot import content_keeping
from bot.content_keeping import ContentKeeper
from desk import tasks
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.answering.models import LanguageModels
from knowledge_base.editing import orders, publishing, review, scheduling, trail, working
from knowledge_base.editing.publishing import Consent
from knowledge_base.library import Library
from knowledge_base.model import Faq, Unit, UnitKey, parse_unit
from knowledge_base.model.unit import Source
from knowledge_base.regions import NOWHERE
from knowledge_base.store import drafts, releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.answerer import Answerer
from knowledge_base.trials.content_tests import Wanted
from knowledge_base.trials.expectations import Expectation
from knowledge_base.trials.trying import tried

KEY, OTHER, ITEM = UnitKey("faq", "fee"), UnitKey("faq", "hours"), UnitKey("item", "card")
LATER = timedelta(hours=14)
LAW = (Source(title="通知"),)
FEE = "身份证工本费收多少钱"


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    return Surroundings.of_settings(settings, database=database, clock=clock)


@pytest.fixture
def answerer(database: Database, settings: Settings) -> Iterator[Answerer]:
    library = Library(database, settings.var_dir / "vectors", "none", settings.model_dir)
    yield Answerer(library, LanguageModels.load(trained()), settings, NOWHERE)
    library.close()


def fee(answer: str = "工本费20元。", **fields: object) -> Faq:
    return Faq(id="fee", question=FEE, answer=answer, sources=LAW, **fields)


def hours(answer: str = "九点。") -> Faq:
    return Faq(id="hours", question="政务大厅几点开门", answer=answer, sources=LAW)


def card(amount: str) -> Unit:
    aspects = {"fee": [{"name": "工本费", "amount": amount}]}
    return parse_unit(
        {"kind": "item", "id": "card", "name": "身份证补领", "aspects": aspects, "sources": [{"title": "通知"}]}
    )


def published(here: Surroundings, *units: Unit) -> None:
    """Publish units as if they had long been there."""
    now = here.clock.now()
    with here.database.write() as tx:
        releases.save_drafts(tx, units, "old", now)
        releases.publish(tx, "old", "", now, only=[unit.key for unit in units])


def passed(tx: Connection, here: Surroundings, *units: Unit, order: int | None = None) -> None:
    now = here.clock.now()
    for unit in units:
        revision = working.save(tx, unit.key, "li", unit, working.standing(tx, unit.key), now)
        if order is not None:
            orders.put(tx, order, [unit.key], None, "li", now)
        review.submit(tx, unit.key, "li", "", now)
        review.approve(tx, unit.key, revision, "wang", "", now, steps=1)


def scheduled(here: Surroundings, *units: Unit, after: timedelta = LATER) -> None:
    """Changes that have passed review, and are to go out together later."""
    with here.database.write() as tx:
        passed(tx, here, *units)
        now = here.clock.now()
        scheduling.schedule(tx, [unit.key for unit in units], "chen", now + after, now)


def says(here: Surroundings, key: UnitKey = KEY) -> str | None:
    with here.database.read() as tx:
        stored = releases.find(tx, releases.current(tx), key)
    return None if stored is None else getattr(stored.unit, "answer", "")


def held_up(here: Surroundings) -> list[tasks.Task]:
    with here.database.read() as tx:
        return tasks.listing(tx, kinds=[tasks.HELD_UP])


def never() -> Answerer:
    raise AssertionError("there are no tests: nothing is opened")


def look(here: Surroundings, answerer: Answerer | None = None, name: str = "one") -> None:
    """A worker looks once."""
    keeper = ContentKeeper(here, name, (lambda: answerer) if answerer is not None else never)
    asyncio.run(keeper.look())
    keeper.close()


def carried(here: Surroundings, *contains: str, key: UnitKey = KEY, question: str = FEE) -> int:
    """A test that a unit carries and somebody has approved."""
    with here.database.write() as tx:
        wanted = Wanted((question,), Expectation(key.kind, key.id, contains=contains), key)
        number = content_tests.add(tx, wanted, "li", here.clock.now())
        content_tests.approve(tx, number, content_tests.get(tx, number).version, "wang", here.clock.now())
    return number


def test_not_before_its_time_and_then_once(here: Surroundings, settings: Settings, clock: FixedClock) -> None:
    scheduled(here, fee())
    look(here)
    assert says(here) is None
    clock.instant += LATER
    other = Surroundings.of_settings(settings, database=here.database, clock=clock)

    async def both() -> None:
        keepers = [ContentKeeper(here, "one", never), ContentKeeper(other, "two", never)]
        await asyncio.gather(*(keeper.look() for keeper in keepers))

    asyncio.run(both())
    with here.database.read() as tx:
        assert releases.current(tx) == 1
        assert releases.history(tx, KEY)[0].published_by == "chen"


def test_beside_the_worker_it_looks_by_itself(here: Surroundings, clock: FixedClock) -> None:
    scheduled(here, fee())
    clock.instant += LATER

    async def until_published() -> None:
        async with content_keeping.content_keeping(here, "one", never):
            while await here.read(releases.current) == 0:
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(until_published(), 60))


def test_what_has_become_impossible_waits_and_says_why(here: Surroundings, clock: FixedClock) -> None:
    scheduled(here, fee(successor="fee"))  # a contradiction, which nobody may consent to
    clock.instant += LATER
    look(here)
    assert says(here) is None
    with here.database.read() as tx:
        draft = drafts.draft(tx, KEY)
        assert draft is not None and (draft.state, draft.publish_at) == (drafts.APPROVED, None)
        last = trail.trail(tx, KEY)[0]
        assert last.verdict == trail.UNSCHEDULED and "替代者是它自己" in last.comment
    [task] = held_up(here)
    assert (task.title, task.detail["kind"], task.detail["id"]) == (FEE, "faq", "fee")
    assert "替代者是它自己" in task.detail["why"]
    look(here)
    assert len(held_up(here)) == 1


def test_a_contradiction_that_has_come_up_since_holds_up_its_unit_alone(here: Surroundings, clock: FixedClock) -> None:
    published(
        here, card("20"), fee("工本费20元。", item="card", owner={"person": "李四", "department": "公安局"}), hours()
    )
    scheduled(
        here, fee("工本费现在是20元。", item="card", owner={"person": "李四", "department": "公安局"}), hours("八点。")
    )
    published(here, card("10"))  # by somebody else, before midnight
    clock.instant += LATER
    look(here)
    assert (says(here), says(here, OTHER)) == ("工本费20元。", "八点。")
    [task] = held_up(here)
    assert (task.department, task.detail["owner"]) == ("公安局", "李四")
    assert "item:card 填的是10元" in task.detail["why"]


def test_what_was_answered_for_when_it_was_scheduled_is_not_asked_again(here: Surroundings, clock: FixedClock) -> None:
    published(here, card("10"))
    with here.database.write() as tx:
        passed(tx, here, fee("工本费20元。", item="card"))
        now, moves = here.clock.now(), releases.pending_moves(tx)
        warnings = frozenset(one.digest for one in publishing.findings_of(tx, moves, now))
        report = tried(tx, moves, now, never)
        publishing.check(tx, [KEY], "chen", now, report, Consent(warnings, reason="两种证件"))
        scheduling.schedule(tx, [KEY], "chen", now + LATER, now)
    clock.instant += LATER
    look(here)
    assert says(here) == "工本费20元。" and held_up(here) == []


def test_an_item_and_its_faq_that_change_together_do_not_contradict_each_other(
    here: Surroundings, clock: FixedClock
) -> None:
    published(here, card("10"), fee("工本费10元。", item="card"))
    scheduled(here, card("20"), fee("工本费20元。", item="card"))
    clock.instant += LATER
    look(here)
    assert says(here) == "工本费20元。" and held_up(here) == []


def test_a_test_that_fails_by_now_holds_up_its_unit_alone(
    here: Surroundings, clock: FixedClock, answerer: Answerer
) -> None:
    published(here, fee("工本费20元。"), hours())
    scheduled(here, fee("工本费三十元整。"), hours("八点。"))
    number = carried(here, "20元")
    clock.instant += LATER
    look(here, answerer)
    assert (says(here), says(here, OTHER)) == ("工本费20元。", "八点。")
    [task] = held_up(here)
    assert f"内容测试 {number}“{FEE}”没有通过：回答里应当有“20元”" in task.detail["why"]
    with here.database.read() as tx:
        assert scheduling.due(tx, here.clock.now()) == []


def test_whose_fault_it_is_shows_when_each_goes_alone(
    here: Surroundings, clock: FixedClock, answerer: Answerer
) -> None:
    """A question that nobody has an answer to must not be answered by one of the two."""
    asked = "身份证工本费是多少"
    published(here, fee("工本费20元。"))
    other = Faq(id="hours", question="大厅几点开门", answer="八点。", sources=LAW)
    thief = Faq(id="thief", question=asked, answer="不收。", sources=LAW)
    scheduled(here, other, thief)
    with here.database.write() as tx:
        wanted = Wanted((asked,), Expectation(lacks=("不收",)))  # of the regression set: no unit is named
        number = content_tests.add(tx, wanted, "li", here.clock.now())
        content_tests.approve(tx, number, content_tests.get(tx, number).version, "wang", here.clock.now())
    clock.instant += LATER
    look(here, answerer)
    assert says(here, OTHER) == "八点。" and says(here, thief.key) is None
    assert [task.detail["id"] for task in held_up(here)] == ["thief"]


def test_a_test_that_was_overridden_when_it_was_scheduled_is_not_asked_again(
    here: Surroundings, clock: FixedClock, answerer: Answerer
) -> None:
    published(here, fee("工本费20元。"), hours())
    number = carried(here, "20元")
    with here.database.write() as tx:
        passed(tx, here, fee("工本费30元。"))
    with here.database.read() as tx:
        report = tried(tx, releases.pending_moves(tx), here.clock.now(), lambda: answerer)
    with here.database.write() as tx:
        now = here.clock.now()
        publishing.check(tx, [KEY], "chen", now, report, Consent(tests=True, reason="新通知"))
        scheduling.schedule(tx, [KEY], "chen", now + LATER, now)
    published(here, hours("八点。"))  # another release meanwhile changes nothing about that
    clock.instant += LATER
    look(here, answerer)
    assert says(here) == "工本费30元。" and held_up(here) == []
    with here.database.write() as tx:
        passed(tx, here, fee("工本费三十元整。"))
        scheduling.schedule(tx, [KEY], "chen", here.clock.now() + LATER, here.clock.now())
    clock.instant += LATER
    look(here, answerer)
    assert [f"内容测试 {number}" in task.detail["why"] for task in held_up(here)] == [True], "another text, asked anew"


def test_what_was_published_while_tests_ran_is_looked_at_before_it_goes_out(
    here: Surroundings, clock: FixedClock, answerer: Answerer
) -> None:
    published(here, fee("工本费20元。"), hours())
    carried(here, key=OTHER, question="政务大厅几点开门")
    scheduled(here, fee("工本费30元。"))
    clock.instant += LATER
    meanwhile = iter([lambda: published(here, hours("八点。"))])

    def opening() -> Answerer:
        next(meanwhile, lambda: None)()
        return answerer

    keeper = ContentKeeper(here, "one", opening)
    with here.database.read() as tx:
        before = tried(tx, releases.pending_moves(tx), here.clock.now(), lambda: answerer)
        [one] = scheduling.due(tx, here.clock.now())
    published(here, hours("八点半。"))
    with here.database.write() as tx, pytest.raises(scheduling.Overtaken):
        scheduling.publish_due(tx, one, before, here.clock.now())
    for _ in range(2):
        asyncio.run(keeper.look())
    keeper.close()
    assert says(here) == "工本费30元。" and held_up(here) == []


def test_a_change_order_goes_out_whole_or_not_at_all(here: Surroundings, clock: FixedClock) -> None:
    published(here, card("20"), fee("工本费20元。", item="card"), hours())
    with here.database.write() as tx:
        now = here.clock.now()
        order = orders.create(tx, "关于收费的通知", {}, "公安局", "li", now).id
        passed(tx, here, fee("工本费现在是20元。", item="card"), hours("八点。"), order=order)
        scheduling.schedule_order(tx, order, "chen", now + LATER, now)
        # Beside it, at the same time, something else.
        passed(tx, here, Faq(id="photo", question="照片要什么底色", answer="白色。", sources=LAW))
        scheduling.schedule(tx, [UnitKey("faq", "photo")], "chen", now + LATER, now)
    published(here, card("10"))
    clock.instant += LATER
    look(here)
    assert (says(here), says(here, OTHER), says(here, UnitKey("faq", "photo"))) == ("工本费20元。", "九点。", "白色。")
    [task] = held_up(here)
    assert (task.title, task.department, task.detail["order"]) == ("关于收费的通知", "公安局", order)
    with here.database.read() as tx:
        assert orders.get(tx, order).publish_at is None and orders.get(tx, order).state == orders.OPEN


def test_while_another_worker_is_at_it_none_else_begins(here: Surroundings, clock: FixedClock) -> None:
    scheduled(here, fee())
    clock.instant += LATER
    with here.database.write() as tx:
        content_keeping.leases.acquire(tx, content_keeping.LEASE, "two", clock.now(), timedelta(seconds=30))
    look(here)
    assert says(here) is None
    clock.instant += timedelta(seconds=31)
    look(here)
    assert says(here) == "工本费20元。"


def test_one_that_cannot_even_be_tried_does_not_keep_the_others_back(
    here: Surroundings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(here, fee())
    scheduled(here, hours("八点。"), after=LATER + timedelta(minutes=1))
    publish = scheduling.publish_due

    def broken(tx: Connection, one: scheduling.Due, *rest: Any) -> Any:
        if one.keys == (KEY,):
            raise RuntimeError("whatever")
        return publish(tx, one, *rest)

    monkeypatch.setattr(scheduling, "publish_due", broken)
    clock.instant += LATER + timedelta(minutes=1)
    look(here)
    assert (says(here), says(here, OTHER)) == (None, "八点。")
