from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.interfaces import ActionExecutionRejection
from sqlalchemy.exc import OperationalError

from bot.in_process_actions import InProcessActions
from bot.trackers import RunningTurn, running_turn
from foundation.settings import ROOT

ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from sqlalchemy.exc import OperationalError

class Say(Action):
    def name(self):
        return "action_say"
    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"您说的是{tracker.latest_message['text']}", json_message={"answer": 1})
        return [SlotSet("topic_id", "passport")]

class Wait(Action):
    def name(self):
        return "action_wait"
    async def run(self, dispatcher, tracker, domain):
        return []

class Fail(Action):
    def name(self):
        return "action_fail"
    def run(self, dispatcher, tracker, domain):
        raise RuntimeError("broken")

class LookUp(Action):
    def name(self):
        return "action_look_up"
    def run(self, dispatcher, tracker, domain):
        raise OperationalError("SELECT", {}, Exception("away"))
"""


@pytest.fixture
def actions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InProcessActions:
    (tmp_path / "actions_of_a_test.py").write_text(ACTIONS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return InProcessActions("actions_of_a_test")


def call(name: str) -> dict[str, Any]:
    tracker = {
        "sender_id": "rest:a", "slots": {}, "latest_message": {"text": "护照"}, "events": [], "paused": False,
        "followup_action": None, "active_loop": {}, "latest_action_name": None,
    }  # fmt: skip
    return {"next_action": name, "sender_id": "rest:a", "tracker": tracker, "domain": {}, "version": "3.6"}


async def test_it_answers_as_the_action_server_would(actions: InProcessActions) -> None:
    answer = await actions.request(json=call("action_say"))
    assert answer is not None
    assert answer["events"] == [{"event": "slot", "timestamp": None, "name": "topic_id", "value": "passport"}]
    [response] = answer["responses"]
    assert response["text"] == "您说的是护照" and response["custom"] == {"answer": 1}


async def test_asynchronous_actions(actions: InProcessActions) -> None:
    answer = await actions.request(json=call("action_wait"), method="post", timeout=10)
    assert answer == {"events": [], "responses": []}


async def test_errors_reach_the_worker(actions: InProcessActions) -> None:
    with pytest.raises(RuntimeError):
        await actions.request(json=call("action_fail"))
    with pytest.raises(Exception) as caught:
        await actions.request(json=call("action_nobody_wrote"))
    assert not isinstance(caught.value, ActionExecutionRejection)


async def test_the_turn_is_told_when_the_database_did_not_answer(actions: InProcessActions) -> None:
    turn = RunningTurn()
    token = running_turn.set(turn)
    try:
        with pytest.raises(OperationalError):
            await actions.request(json=call("action_look_up"))
        assert isinstance(turn.failure, OperationalError)
    finally:
        running_turn.reset(token)


def test_every_action_of_the_domain_is_there() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    registered = InProcessActions()._executor.actions
    assert set(domain["actions"]) <= set(registered)
