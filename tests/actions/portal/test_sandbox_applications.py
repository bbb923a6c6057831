"""The applications that the sandbox has on file, and how they move on."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import requests
import yaml
from sandbox_helpers import NUMBER, UNKNOWN, Caller

from actions.portal.sandbox_applications import FILE, Applications
from foundation.calendar import WorkCalendar, add_natural_days
from foundation.clock import CHINA, FixedClock
from foundation.settings import ROOT
from knowledge_base.model import parse_unit


def test_the_list_has_what_it_promises(portal: Caller) -> None:
    listed = portal.applications()
    assert len(listed) >= 16 and {"number", "id_last4", "phone", "state", "item_name", "business"} == listed[0].keys()
    assert all(one["business"] == (one["id_last4"] is None) for one in listed)
    assert all(one["phone"].startswith("120") for one in listed)  # 12x is nobody's mobile
    assert any(one["id_last4"] and one["id_last4"].endswith("X") for one in listed)


def test_items_are_the_sample_citys() -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    told = [entry["told"] for entry in content["applications"]]
    for one in told:
        if "item_id" in one:
            file = ROOT / "knowledge_base" / "content" / "items" / f"{one['item_id']}.yaml"
            assert parse_unit(yaml.safe_load(file.read_text(encoding="utf-8"))).name == one["item_name"]


OVERDUE = "SLS2026-092408-0027"


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=3 * n) for n in range(140)], ids=str)
def test_on_any_day_the_dates_are_sensible(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 0, 5, tzinfo=CHINA)
    calendar = WorkCalendar()
    records = Applications(FixedClock(now.astimezone(timezone.utc)), calendar).all()
    for told in (record.told for record in records):
        events = [datetime.fromisoformat(event["at"]) for event in told["events"]]
        assert events == sorted(events) and events[-1] < now
        assert "missing" not in told or date.fromisoformat(told["correct_until"]) > day
        if "expected_on" in told:
            assert date.fromisoformat(told["expected_on"]) >= day
        if told["state"] in ("accepted", "review") and (span := told.get("promised") or told.get("legal")):
            accepted = datetime.fromisoformat(told["accepted_at"]).date()
            count = add_natural_days if span["unit"] == "natural_days" else calendar.add_working_days
            due = count(accepted, span["days"])
            assert due is None or (due < day) == (told["number"] == OVERDUE), told["number"]


def test_an_application_moves_on(portal: Caller, clock: FixedClock) -> None:
    clock.advance(minutes=1)
    assert portal.move(NUMBER, state="granted", outcome_text="同意").json()["state"] == "granted"
    told = portal.lookup().json()
    assert (told["state"], told["state_text"], told["outcome_text"]) == ("granted", "准予", "同意")
    assert datetime.fromisoformat(told["decided_at"]) == clock.now() == datetime.fromisoformat(told["events"][-1]["at"])
    portal.move(NUMBER, state="posted", text="证件已经交邮", delivery={"way": "post", "tracking_number": "SL1"})
    told = portal.lookup().json()
    assert told["events"][-1]["text"] == "证件已经交邮" and told["delivery"]["tracking_number"] == "SL1"
    assert told["outcome_text"] == "同意"


def test_what_belongs_to_a_state_goes_with_it(portal: Caller) -> None:
    portal.move(NUMBER, state="correction")
    told = portal.lookup().json()
    assert told["missing"] and date.fromisoformat(told["correct_until"]) > date(2026, 11, 23)
    portal.move(NUMBER, state="special_procedure", special_name="听证")
    told = portal.lookup().json()
    assert "missing" not in told and told["special_name"] == "听证" and told["special_from"] == "2026-11-23"
    portal.move(NUMBER, state="review")
    assert not {"special_name", "special_from", "missing", "correct_until"} & portal.lookup().json().keys()


def test_what_was_moved_stays_so_the_next_day(portal: Caller, clock: FixedClock) -> None:
    portal.move(NUMBER, state="ready")
    clock.advance(days=1)
    assert portal.lookup().json()["state"] == "ready"


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"state": "lost"},
        {"state": "ready", "weather": "fine"},
        {"state": "ready", "number": "X"},
        {"state": "ready", "correct_until": "soon-ish", "missing": "all"},
        {"state": "ready", "text": ""},
        {"state": "ready", "events": []},
    ],
)
def test_an_application_does_not_move_out_of_the_contract(portal: Caller, step: dict[str, Any]) -> None:
    answer = requests.post(f"{portal.url}/sandbox/applications/{NUMBER}", json=step, timeout=5)
    assert answer.status_code == 400
    assert portal.lookup().json()["state"] == "review"


def test_an_unknown_application_does_not_move(portal: Caller) -> None:
    assert portal.move(UNKNOWN, state="ready").status_code == 404
