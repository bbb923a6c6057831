"""办好了告诉我 and 不用提醒了, as Rasa runs them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

sys.path.insert(0, str(Path(__file__).with_name("applications")))

from watched_portal import CONVERSATION, WatchedPortal, around, looked_up, rows, watched

from actions.portal.application import State
from actions.reminders import ActionRemind, ActionStopReminding
from actions.surroundings import Surroundings, use
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.answering.understanding import Understanding


@pytest.fixture
def here(database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(WatchedPortal(), database, clock, settings)
    yield given
    use(None)
    given.executor.close()


async def said(action: Action, text: str = "办好了告诉我", **slots: Any) -> dict[str, Any]:
    """What the action says to a citizen who writes this."""
    message = {
        "text": text,
        "intent": {"name": "remind"},
        "understanding": Understanding(text, "remind", 1.0, None, 0.0, False, None, (), 12).to_dict(),
    }
    tracker = Tracker(CONVERSATION, slots, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    [reply] = dispatcher.messages
    assert {event["name"]: event["value"] for event in events}["last_text"] == reply["text"]
    assert len(reply["custom"]["answer"]["record"]) == 9 and reply["custom"]["answer"]["release"] == 12
    return dict(reply)


async def test_on_already_off_none(here: Surroundings) -> None:
    looked_up(here, watched(State.REVIEW))
    on = await said(ActionRemind())
    answer = on["custom"]["answer"]
    assert "居住证申领" in on["text"] and "不用提醒了" in on["text"]
    assert answer["kind"] == "status" and answer["title"] == "居住证申领"
    assert answer["application"] == {
        "number": "SLS2***********0087", "state": "review", "state_text": "审查中", "events": [], "expected_on": None
    }  # fmt: skip
    [row] = rows(here.database)
    assert 54 <= (row["next_at"] - here.clock.now()).total_seconds() / 60 <= 66
    assert "已经" in (await said(ActionRemind()))["text"]
    off = await said(ActionStopReminding(), "不用提醒了")
    assert "不再提醒" in off["text"] and off["custom"]["answer"]["kind"] == "smalltalk"
    assert "没有要提醒" in (await said(ActionStopReminding(), "不用提醒了"))["text"]


async def test_before_a_look_up(here: Surroundings) -> None:
    reply = await said(ActionRemind())
    assert "查办件进度" in reply["text"] and reply["custom"]["answer"]["kind"] == "smalltalk"
    assert rows(here.database) == []


async def test_what_is_over(here: Surroundings) -> None:
    looked_up(here, watched(State.DELIVERED))
    reply = await said(ActionRemind())
    assert "已经有结果" in reply["text"] and reply["custom"]["answer"]["application"]["state"] == "delivered"


@pytest.mark.parametrize("after_a_look_up", [False, True])
async def test_a_portal_that_cannot_be_asked_again(
    database: Database, clock: FixedClock, settings: Settings, after_a_look_up: bool
) -> None:
    here = around(WatchedPortal("with_last_four"), database, clock, settings)
    if after_a_look_up:
        looked_up(here, watched(State.REVIEW))
    reply = await said(ActionRemind())
    assert "现在还不能提醒" in reply["text"] and "12345" in reply["text"]
    use(None)
    here.executor.close()
