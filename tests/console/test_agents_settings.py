"""What supervisors set for single agents, and what holds for all others."""

from __future__ import annotations

from typing import Any

from console_people import Office
from desk_console import Agent

from foundation import accounts


def on_the_floor(boss: Agent, name: str) -> dict[str, Any]:
    return next(one for one in boss.get("/desk-floor/now")["agents"] if one["account"] == name)


def test_what_was_not_set_for_an_agent_alone_goes_on_following(desk: Office) -> None:
    """The form is saved as it came: the account's department counts, and not for ever the one of that day."""
    Agent(desk, "wang", department="户籍")
    boss = Agent(desk, "boss", "supervisor")
    before = on_the_floor(boss, "wang")
    assert (before["departments"], before["own"]) == (["户籍"], {"capacity": None, "departments": None})
    boss.post("/desk-floor/agent", {"account": "wang", **before["own"], "capacity": 3})
    with desk.database.write() as tx:
        accounts.describe(tx, "wang", "wang同志", "出入境")
    after = on_the_floor(boss, "wang")
    assert (after["capacity"], after["departments"]) == (3, ["出入境"])
    boss.post("/desk-floor/agent", {"account": "wang", "capacity": None, "departments": ["户籍", "社保"]})
    assert on_the_floor(boss, "wang")["own"] == {"capacity": None, "departments": ["户籍", "社保"]}
