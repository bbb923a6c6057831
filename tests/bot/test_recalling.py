"""Corrections beside the worker: each once, kept under a number, with a call where no message arrives."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "knowledge_base" / "recalls"))

from recall_town import answer, card, publish, sent

from actions.surroundings import Surroundings
from bot import correcting, recalling
from channels.windows import open_window
from desk import tasks
from desk.handovers import Request, open_handover
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.outbox import DELIVERED, FAILED, HELD, SENDING, after, outbox
from foundation.settings import Settings
from knowledge_base import records
from knowledge_base.model import UnitKey
from knowledge_base.recalls import drafting, progress
from knowledge_base.recalls.progress import Counts

ME = "worker-1"


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    return Surroundings.of_settings(settings, database=database, clock=clock)


def wrong(here: Surroundings, *conversations: str, **changes: Any) -> int:
    """A recall for these, who were told a wrong fee."""
    clock = here.clock
    assert isinstance(clock, FixedClock)
    with here.database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), now=clock.now())
        for conversation in conversations:
            answer(tx, conversation, clock.now(), **changes)
        clock.advance(hours=1)
        publish(tx, card(fee=[{"amount": "10"}]), now=clock.now())
        clock.advance(hours=1)
        return sent(tx, clock.now())


def counted(here: Surroundings, id: int) -> Counts:
    with here.database.read() as tx:
        return progress.counts(tx, id)


def mark(here: Surroundings, conversation: str, state: str) -> None:
    with here.database.write() as tx:
        mine = outbox.c.conversation == conversation
        tx.execute(update(outbox).where(mine).values(state=state))


def left_a_number(here: Surroundings, conversation: str) -> str:
    with here.database.write() as tx:
        token = here.secrets.hide(tx, "13812345678", conversation, here.clock.now())
        asked = Request(conversation, conversation.partition(":")[0], "asked", question="补卡", contact=token)
        open_handover(tx, asked, here.clock.now())
    return token


async def test_everybody_gets_a_correction_with_a_record_of_its_own(here: Surroundings) -> None:
    id = wrong(here, "web:1", "wechat:2")
    assert await recalling.send_some(here, ME) == 2 and await recalling.send_some(here, ME) == 0
    with here.database.read() as tx:
        (reply,) = after(tx, "web:1", 0)
        told = reply.body["custom"]["answer"]
        kept = records.read(tx, told["record"])
        old = records.told(tx, UnitKey("item", "id-card"), drafting.get(tx, id).since, conversation="web:1")[0]
    assert reply.body["text"].startswith("更正告知：您于11月23日") and "现更正为：\n10元。" in reply.body["text"]
    assert old.number in reply.body["text"] and told["corrects"] == old.number and told["record"] != old.number
    assert kept is not None and kept.text == reply.body["text"] and kept.conversation == "web:1"
    assert (kept.kind, kept.unit_id, kept.aspect, kept.release, kept.approved_by) == (
        "item",
        "id-card",
        "fee",
        2,
        "chief",
    )
    assert reply.body["custom"]["notice"]["event"] == "answer.corrected"
    assert counted(here, id).of("sent") == 2


async def test_the_numbers_are_true(here: Surroundings) -> None:
    id = wrong(here, "web:1", "wechat:2", "wechat:3")
    await recalling.send_some(here, ME)
    for conversation, state in (("web:1", DELIVERED), ("wechat:2", HELD), ("wechat:3", FAILED)):
        mark(here, conversation, state)
    await recalling.follow(here, ME)
    now = counted(here, id)
    assert [now.of(state) for state in ("reached", "waiting", "unreachable")] == [1, 1, 1]
    assert now.why == {"window": 1, "refused": 1} and now.by_phone == 0
    mark(here, "wechat:2", DELIVERED)
    await recalling.follow(here, ME)
    assert counted(here, id).of("reached") == 2
    with here.database.read() as tx:
        assert drafting.get(tx, id).state == "sent"


async def test_whom_no_message_reaches_is_called_until_they_have_it(here: Surroundings) -> None:
    id = wrong(here, "wechat:1", "wechat:2", "rest:3")
    token = left_a_number(here, "wechat:1")
    left_a_number(here, "rest:3")
    await recalling.send_some(here, ME)
    for conversation in ("wechat:1", "wechat:2"):
        mark(here, conversation, HELD)
    await recalling.follow(here, ME)
    assert counted(here, id).by_phone == 2 and counted(here, id).why == {"window": 2, "no_push": 1}
    with here.database.read() as tx:
        found = {one.conversation: one for one in tasks.listing(tx)}
        assert found.keys() == {"wechat:1", "rest:3"}
        one = found["wechat:1"]
        assert (one.kind, one.contact) == ("phone", token) and "现更正为：\n10元。" in one.detail["text"]
        assert after(tx, "rest:3", 0) == [], "nobody would ever fetch it"
    mark(here, "wechat:1", DELIVERED)  # they wrote again
    await recalling.follow(here, ME)
    with here.database.read() as tx:
        assert [one.conversation for one in tasks.listing(tx)] == ["rest:3"]


async def test_a_contact_that_is_not_kept_any_more_is_none(here: Surroundings, clock: FixedClock) -> None:
    id = wrong(here, "wechat:1")
    left_a_number(here, "wechat:1")
    await recalling.send_some(here, ME)
    mark(here, "wechat:1", HELD)
    clock.advance(days=200)
    await recalling.follow(here, ME)
    assert counted(here, id).by_phone == 0


async def test_a_platform_is_not_buried(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correcting, "MOST_UNDER_WAY", 3)
    monkeypatch.setattr(correcting, "BATCH", 2)
    id = wrong(here, *(f"wechat:{number}" for number in range(8)))
    sent = [await recalling.send_some(here, ME) for _ in range(4)]
    assert sent == [2, 2, 0, 0], "more wait until the platform has taken these"
    with here.database.read() as tx:
        written_to = list(tx.execute(select(outbox.c.conversation)).scalars())
    assert len(written_to) == 4
    mark(here, written_to[0], SENDING)
    assert await recalling.send_some(here, ME) == 0
    for conversation in written_to:
        mark(here, conversation, DELIVERED)
    await recalling.follow(here, ME)
    assert await recalling.send_some(here, ME) == 2
    assert counted(here, id).of("to_send") == 2


async def test_one_process_at_a_time(here: Surroundings, clock: FixedClock) -> None:
    wrong(here, "web:1", "web:2")
    await recalling.follow(here, "worker-2")
    assert await recalling.send_some(here, ME) == 0
    clock.advance(minutes=1)  # it has died
    assert await recalling.send_some(here, ME) == 2


async def test_what_was_stopped_is_not_sent_from_a_list_made_before(here: Surroundings) -> None:
    id = wrong(here, "web:1")
    prepared = await here.read(correcting.prepare)
    with here.database.write() as tx:
        drafting.withdraw(tx, id, "wang", here.clock.now())
        assert correcting.write(tx, here, prepared, here.clock.now()) == 0
        assert tx.execute(select(outbox.c.id)).all() == []


async def test_news_outlives_the_window(here: Surroundings, clock: FixedClock) -> None:
    """The ledger gives up what is held for two days; a correction waits for a month."""
    from channels.delivery import ledger

    wrong(here, "wechat:1")
    with here.database.write() as tx:
        open_window(tx, "wechat:1", "message", clock.now())
    await recalling.send_some(here, ME)
    mark(here, "wechat:1", HELD)
    clock.advance(days=3)
    with here.database.write() as tx:
        assert ledger.expire(tx, "wechat", clock.now()) == 0
    clock.advance(days=28)
    with here.database.write() as tx:
        assert ledger.expire(tx, "wechat", clock.now()) == 1
