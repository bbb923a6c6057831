"""Switches: set, replaced, taken back, over by themselves; each in the audit log."""

from __future__ import annotations

from datetime import timedelta

from foundation import audit, switches
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.switches import ALL, NOTICE, OFF, of_channel, of_item


def test_switches_are_on_until_they_are_over_or_taken_back(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        later = clock.now() + timedelta(hours=1)
        switches.turn_on(tx, of_item("id-card"), OFF, "", None, "chief", clock.now())
        switches.turn_on(tx, ALL, NOTICE, "系统维护。", later, "chief", clock.now())
        switches.turn_on(tx, of_channel("web"), OFF, "", None, "chief", clock.now())
        found = switches.in_force(tx, clock.now())
        assert [(one.reach, one.name, one.mode) for one in found] == [
            ("all", "", NOTICE), ("channel", "web", OFF), ("item", "id-card", OFF),
        ]  # fmt: skip
        switches.turn_on(tx, ALL, NOTICE, "好了。", later, "wang", clock.now())
        assert next(one.text for one in switches.in_force(tx, clock.now())) == "好了。"
        clock.advance(hours=1)
        assert len(switches.in_force(tx, clock.now())) == 2
        assert switches.turn_off(tx, of_channel("web"), OFF, "wang", clock.now())
        assert not switches.turn_off(tx, of_channel("web"), OFF, "wang", clock.now())
        acts = [(one.account, one.action, one.subject) for one in reversed(audit.entries(tx))]
    assert acts[0] == ("chief", "switch.on", "switch:item:id-card") and len(acts) == 5
    assert acts[-1] == ("wang", "switch.off", "switch:channel:web")
