"""What was scheduled goes out when its time has come, once, by whichever worker is first; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from actions.surroundings import Surroundings
from bot import content_keeping
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.editing import review, scheduling, trail, working
from knowledge_base.model import Faq, UnitKey
from knowledge_base.model.unit import Source
from knowledge_base.store import drafts, releases

KEY = UnitKey("faq", "fee")
LATER = timedelta(hours=14)


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    return Surroundings.of_settings(settings, database=database, clock=clock)


def scheduled(here: Surroundings, **fields: str) -> None:
    """A change that has passed review, and is to go out later."""
    now = here.clock.now()
    unit = Faq(id="fee", question="收多少钱", answer="40 元。", sources=(Source(title="通知"),), **fields)
    with here.database.write() as tx:
        revision = working.save(tx, KEY, "li", unit, working.standing(tx, KEY), now)
        review.submit(tx, KEY, "li", "", now)
        review.approve(tx, KEY, revision, "wang", "", now, steps=1)
        scheduling.schedule(tx, [KEY], "chen", now + LATER, now)


def published(here: Surroundings) -> bool:
    with here.database.read() as tx:
        return releases.find(tx, releases.current(tx), KEY) is not None


async def work(*workers: Surroundings, seconds: float = 3.0) -> None:
    """Let workers keep the content until something was published, or so long."""
    tasks = [asyncio.create_task(content_keeping._run(one)) for one in workers]
    for _ in range(int(seconds * 20)):
        await asyncio.sleep(0.05)
        if await workers[0].read(lambda tx: releases.current(tx)):
            break
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_not_before_its_time_and_then_once(here: Surroundings, settings: Settings, clock: FixedClock) -> None:
    scheduled(here)
    asyncio.run(work(here, seconds=0.5))
    assert not published(here)
    clock.instant += LATER
    other = Surroundings.of_settings(settings, database=here.database, clock=clock)
    asyncio.run(work(here, other, seconds=20))
    with here.database.read() as tx:
        assert releases.current(tx) == 1
        assert releases.history(tx, KEY)[0].published_by == "chen"


def test_what_has_become_impossible_waits_and_says_why(here: Surroundings, clock: FixedClock) -> None:
    scheduled(here, successor="fee")  # a contradiction, which nobody may consent to
    clock.instant += LATER
    asyncio.run(work(here, seconds=1.5))
    assert not published(here)
    with here.database.read() as tx:
        draft = drafts.draft(tx, KEY)
        assert draft is not None and (draft.state, draft.publish_at) == (drafts.APPROVED, None)
        last = trail.trail(tx, KEY)[0]
        assert last.verdict == trail.UNSCHEDULED and "替代者是它自己" in last.comment
