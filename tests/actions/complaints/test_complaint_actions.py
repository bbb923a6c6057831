"""The two forms as Rasa runs them: what they take up, when they are silent, how they end, what they bring about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from complaint_talk import CONVERSATION
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sample_applications import RELEASE, city

from actions.answer_question import ActionAnswerQuestion
from actions.case_status import ActionAskCaseAnswer, ValidateCaseStatusForm
from actions.complaint import ActionAskComplaintAnswer, ValidateComplaintForm
from actions.complaints import status_state
from actions.complaints.draft import FORM, SLOT, Draft
from actions.complaints.sentences import sentence
from actions.emergency import ActionEmergency
from actions.surroundings import Surroundings
from foundation.settings import Settings
from knowledge_base.answering.understanding import Understanding

TOLD = Draft("SQ-4827-1935-55", 1795399200.0, kind="complaint", what="物业乱收费")
WHOLE = Draft("SQ-4827-1935-55", 1795399200.0, kind="complaint", what="物业乱收费", where="", when="", contact="")
SECRET = Draft("SQ-4827-1935-55", 1795399200.0, kind="report", what="村支书收钱", where="", when="", contact="")


@pytest.fixture(autouse=True)
def knowledge(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    library = SimpleNamespace(at=lambda release: city())
    for module in ("complaint", "turn"):
        monkeypatch.setattr(f"actions.{module}.open_library", lambda: library)
    monkeypatch.setattr("actions.turn.get_settings", lambda: settings)


def tracker(
    text: str, intent: str, draft: Draft | None, *, kind: str = "", spoken: bool = False, **metadata: Any
) -> Tracker:
    """A conversation whose citizen has just written this; with a draft, in the middle of the form."""
    understanding = Understanding(text, kind or intent, 1.0, None, 0.0, False, None, (), RELEASE).to_dict()
    message = {"text": text, "intent": {"name": intent}, "understanding": understanding, "metadata": metadata}
    events: list[dict[str, Any]] = [{"event": "user", "text": text, "input_channel": "web"}]
    if spoken:
        events.append({"event": "bot", "text": "答"})
    slots = draft.to_slots() if draft is not None else {}
    return Tracker(CONVERSATION, slots, message, events, False, None, {"name": FORM} if draft else {}, "action_listen")


async def run(action: Action, at: Tracker) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What is said, and the slots that are set; `active_loop` is there when the form was deactivated."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, at, {})
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    slots |= {event["event"]: event["name"] for event in events if event["event"] == "active_loop"}
    return dispatcher.messages, slots


async def test_it_begins(here: Surroundings) -> None:
    [said], slots = await run(ValidateComplaintForm(), tracker("我要投诉", "complaint", None))
    answer = said["custom"]["answer"]
    assert (answer["kind"], answer["id"], answer["release"]) == ("form", "complaint", RELEASE)
    assert len(answer["record"]) == 9 and said["custom"]["effects"] == [] and "requested_slot" not in slots
    assert Draft.of_slots(slots) is not None and slots["last_text"] == said["text"]


async def test_confirmed_it_brings_the_case_about_and_ends(here: Surroundings) -> None:
    [said], slots = await run(ValidateComplaintForm(), tracker("确认提交", "inform", WHOLE))
    [effect] = said["custom"]["effects"]
    assert (effect["do"], effect["number"], effect["what"]) == ("case", WHOLE.number, "物业乱收费")
    assert said["custom"]["answer"]["kind"] == "complaint" and WHOLE.number in said["text"]
    assert slots[SLOT] is None and slots["requested_slot"] is None


async def test_a_turn_that_is_run_again_files_the_same_number(here: Surroundings) -> None:
    runs = [await run(ValidateComplaintForm(), tracker("确认提交", "inform", WHOLE)) for _ in range(2)]
    numbers = {said[0]["custom"]["effects"][0]["number"] for said, _ in runs}
    assert numbers == {WHOLE.number}


async def test_what_belongs_to_a_report_has_no_record(here: Surroundings) -> None:
    for text, intent, draft in (("我要举报", "complaint", None), ("确认提交", "inform", SECRET)):
        [said], _ = await run(ValidateComplaintForm(), tracker(text, intent, draft))
        answer = said["custom"]["answer"]
        assert answer["record"] is None and answer["confidential"] is True


@pytest.mark.parametrize("label", ["人民路12号", ""])
async def test_a_place_from_the_map(here: Surroundings, label: str) -> None:
    place = {"latitude": 25.0, "longitude": 102.7, "label": label}
    _, slots = await run(ValidateComplaintForm(), tracker("附近的办事大厅", "inform", TOLD, location=place))
    told = Draft.of_slots(slots)
    assert told is not None and told.where == (label or "25.0, 102.7")


@pytest.mark.parametrize(("text", "kind"), [("再说一遍", "repeat"), ("？", "empty")])
async def test_once_more(here: Surroundings, text: str, kind: str) -> None:
    [said], slots = await run(ValidateComplaintForm(), tracker(text, "inform", TOLD, kind=kind))
    assert said["text"] == sentence("ask_where") and Draft.of_slots(slots) == TOLD


async def test_a_masked_number_is_no_silence(here: Surroundings) -> None:
    asked = Draft(**{**vars(WHOLE), "contact": None})
    _, slots = await run(ValidateComplaintForm(), tracker("⟦phone:7f3a⟧", "inform", asked, kind="empty"))
    told = Draft.of_slots(slots)
    assert told is not None and told.contact == "⟦phone:7f3a⟧"


@pytest.mark.parametrize("intent", ["ask", "greet", "status", "handover", "emergency"])
async def test_what_is_not_for_the_form(here: Surroundings, intent: str) -> None:
    assert await run(ValidateComplaintForm(), tracker("……", intent, TOLD)) == ([], {})


@pytest.mark.parametrize("action", [ValidateComplaintForm, ActionAskComplaintAnswer])
async def test_after_an_answer_it_is_silent(here: Surroundings, action: type[Action]) -> None:
    assert await run(action(), tracker("东湖小区", "inform", TOLD, spoken=True)) == ([], {})


async def test_an_answer_in_the_middle_says_what_is_still_awaited(here: Surroundings) -> None:
    [said], slots = await run(ActionAnswerQuestion(), tracker("要多少钱", "ask", TOLD))
    assert said["text"].endswith(sentence("waiting", kind="投诉", next=sentence("waiting_next.where")))
    assert "active_loop" not in slots
    [secret], _ = await run(ActionAnswerQuestion(), tracker("要多少钱", "ask", SECRET))
    assert "举报" not in secret["text"] and "诉求" in secret["text"]


async def test_an_emergency_ends_it_and_keeps_what_was_told(here: Surroundings) -> None:
    begun = Draft("SQ-4827-1935-55", 1795399200.0, kind="complaint")
    [said], slots = await run(ActionEmergency(), tracker("楼道里着火了快来人", "emergency", begun))
    assert said["text"].startswith("如果情况紧急") and said["text"].endswith(
        sentence("parting", kind="投诉", wish="投诉")
    )
    kept = Draft.of_slots(slots)
    assert slots["active_loop"] is None and kept is not None and kept.what == "楼道里着火了快来人"


async def test_the_form_about_a_filed_case(here: Surroundings) -> None:
    at = tracker("我的投诉办到哪了", "case_status", None)
    said, slots = await run(ValidateCaseStatusForm(), at)
    assert said == [] and "requested_slot" not in slots
    [asked], _ = await run(ActionAskCaseAnswer(), at)
    assert (asked["custom"]["answer"]["kind"], asked["custom"]["answer"]["id"]) == ("form", "status")
    at = tracker("算了", "cancel", None)
    [left], slots = await run(ValidateCaseStatusForm(), at)
    assert left["text"] == sentence("state.left")
    assert slots["requested_slot"] is None and slots[status_state.SLOT] is None
