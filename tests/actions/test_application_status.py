"""The form about an application, as Rasa runs it: what it takes up, when it is silent, how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

sys.path.insert(0, str(Path(__file__).with_name("applications")))

from guarded_portal import NUMBER, GuardedPortal, around
from sample_applications import RELEASE, city

from actions.answer_question import ActionAnswerQuestion
from actions.application_status import (
    ActionAskApplicationNumber,
    ActionAskApplicationProof,
    ValidateApplicationStatusForm,
)
from actions.applications.sentences import sentence
from actions.applications.state import FORM, State
from actions.handover import ActionHandover
from actions.surroundings import Surroundings, use
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.answering.understanding import Understanding

CONVERSATION = "web:a"


@pytest.fixture
def here(
    database: Database, clock: FixedClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Surroundings]:
    given = around(GuardedPortal(), database, clock, settings)
    library = SimpleNamespace(at=lambda release: city())
    for module in ("application_status", "turn"):
        monkeypatch.setattr(f"actions.{module}.open_library", lambda: library)
    monkeypatch.setattr("actions.turn.get_settings", lambda: settings)
    yield given
    use(None)
    given.executor.close()


def tracker(here: Surroundings, text: str, intent: str, state: State | None, *, spoken: bool = False) -> Tracker:
    """A conversation whose citizen has just written this; with a state, in the middle of the form."""
    with here.database.write() as tx:
        masked = here.secrets.hide(tx, text, CONVERSATION, here.clock.now())
    understanding = Understanding(masked, intent, 1.0, None, 0.0, False, None, (), RELEASE).to_dict()
    message = {"text": masked, "intent": {"name": intent}, "understanding": understanding, "metadata": {}}
    events: list[dict[str, Any]] = [{"event": "user", "text": masked, "input_channel": "web"}]
    if spoken:
        events.append({"event": "bot", "text": "答"})
    loop = {"name": FORM} if state is not None else {}
    slots = (state or State()).to_slots()
    return Tracker(CONVERSATION, slots, message, events, False, None, loop, "action_listen")


async def run(action: Action, at: Tracker) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What is said, and the slots that are set; `active_loop` is there when the form was deactivated."""
    dispatcher = CollectingDispatcher()
    found = action.run(dispatcher, at, {})
    events = await found if hasattr(found, "__await__") else found
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    slots |= {event["event"]: event["name"] for event in events if event["event"] == "active_loop"}
    return dispatcher.messages, slots


async def test_it_begins_by_asking(here: Surroundings) -> None:
    at = tracker(here, "查办件进度", "status", State())
    said, slots = await run(ValidateApplicationStatusForm(), at)
    assert said == [] and "requested_slot" not in slots
    [asked], slots = await run(ActionAskApplicationNumber(), at)
    assert asked["text"] == sentence("ask_number") == slots["last_text"]
    answer = asked["custom"]["answer"]
    assert (answer["kind"], answer["id"], answer["release"]) == ("form", "status", RELEASE)
    assert len(answer["record"]) == 9


async def test_it_ends_with_the_state_and_forgets(here: Surroundings) -> None:
    at = tracker(here, "123X", "inform", State(number=NUMBER))
    [told], slots = await run(ValidateApplicationStatusForm(), at)
    assert told["custom"]["answer"]["kind"] == "status"
    assert told["custom"]["answer"]["application"]["state"] == "review"
    assert slots["requested_slot"] is None
    assert all(slots[name] is None for name in State().to_slots())
    assert (slots["topic_kind"], slots["topic_id"]) == ("item", "residence-permit-apply")


async def test_without_a_gateway_that_masks(here: Surroundings) -> None:
    at = tracker(here, "", "inform", State(number=NUMBER))
    at.latest_message["text"] = "123X"
    [told], _ = await run(ValidateApplicationStatusForm(), at)
    assert told["custom"]["answer"]["kind"] == "status"


async def test_a_wrong_proof_goes_on(here: Surroundings) -> None:
    at = tracker(here, "0000", "inform", State(number=NUMBER))
    [said], slots = await run(ValidateApplicationStatusForm(), at)
    assert said["custom"]["answer"]["kind"] == "form" and slots["application_failures"] == 1
    assert slots["application_number"] == NUMBER and "requested_slot" not in slots


@pytest.mark.parametrize("intent", ["ask", "greet", "complaint", "remind"])
async def test_a_question_is_not_for_the_form(here: Surroundings, intent: str) -> None:
    said, slots = await run(ValidateApplicationStatusForm(), tracker(here, "要多少钱", intent, State(number=NUMBER)))
    assert (said, slots) == ([], {})


@pytest.mark.parametrize("action", [ActionAskApplicationNumber, ActionAskApplicationProof])
async def test_after_an_answer_it_is_silent(here: Surroundings, action: type[Action]) -> None:
    at = tracker(here, "要多少钱", "ask", State(number=NUMBER), spoken=True)
    assert await run(ValidateApplicationStatusForm(), at) == ([], {})
    assert await run(action(), at) == ([], {})


async def test_an_answer_in_the_middle_says_what_is_still_awaited(here: Surroundings) -> None:
    [said], slots = await run(ActionAnswerQuestion(), tracker(here, "要多少钱", "ask", State(number=NUMBER)))
    assert said["text"].endswith(f"\n\n{sentence('waiting_proof')}")
    assert said["custom"]["answer"]["kind"] == "fallback" and "active_loop" not in slots
    [alone], _ = await run(ActionAnswerQuestion(), tracker(here, "要多少钱", "ask", None))
    assert sentence("waiting_proof") not in alone["text"]


@pytest.mark.parametrize(("asides", "leaves"), [(2, False), (3, True)])
async def test_who_has_gone_over_to_other_things_is_not_reminded_for_ever(
    here: Surroundings, asides: int, leaves: bool
) -> None:
    at = tracker(here, "要多少钱", "ask", State(number=NUMBER))
    said_before = [
        {"event": "bot", "data": {"custom": {"answer": {"kind": kind}}}} for kind in ["form", *["item"] * asides]
    ]
    at.events = [*said_before, *at.events]
    [said], slots = await run(ActionAnswerQuestion(), at)
    assert (sentence("waiting_proof") not in said["text"]) == leaves == ("active_loop" in slots)


async def test_the_wish_for_a_person_ends_the_form(here: Surroundings) -> None:
    [said], slots = await run(ActionHandover(), tracker(here, "转人工", "handover", State(number=NUMBER)))
    assert sentence("waiting_proof") not in said["text"]
    assert slots["active_loop"] is None and slots["requested_slot"] is None and slots["application_number"] is None


async def test_no_proof_is_ever_in_a_slot(here: Surroundings) -> None:
    _, slots = await run(ValidateApplicationStatusForm(), tracker(here, "后四位是123X", "inform", State()))
    assert slots["application_proof"].startswith("⟦tail:") and "123X" not in repr(slots)
