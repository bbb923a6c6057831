"""One conversation, and whatever a citizen, two agents and a supervisor do to it in whatever order."""

from __future__ import annotations

from datetime import timedelta

from desk_people import NOW, ask, hire
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

import desk.tables  # noqa: F401
from desk import figures, handovers, presence, speech
from desk.errors import DeskError
from desk.handovers import CLOSED, WAITING, WITH_AGENT, WRAP_UP
from desk.hours import Hours
from foundation import audit_verifying, outbox
from foundation.database import Database, metadata
from foundation.dialogue import tracker_events
from foundation.shifts import parse_shifts

AGENT = st.sampled_from(["wang", "li"])
ALWAYS = Hours(parse_shifts("00:00-24:00"), lambda day: True)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.database = Database("sqlite://", pool_size=1)
        metadata.create_all(self.database.engine)
        self.now = NOW
        with self.database.write() as tx:
            for name in ("wang", "li"):
                hire(tx, name)
            self.id = ask(tx, "web:a").id
        self.state, self.owner = WAITING, None
        self.said = 0
        self.waited, self.handled = 0, 0
        self.first_reply: int | None = None
        self.taken_before = False

    def teardown(self) -> None:
        self.database.close()

    @rule(minutes=st.integers(1, 9))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        if self.state == WAITING and not self.taken_before:
            self.waited += minutes
        if self.state in (WITH_AGENT, WRAP_UP):
            self.handled += minutes
        with self.database.write() as tx:
            for name in ("wang", "li"):
                presence.beat(tx, name, self.now)

    @rule(who=AGENT)
    def take(self, who: str) -> None:
        if self.does("take", who, allowed=self.state == WAITING):
            self.has(who)

    @rule(to=AGENT, fresh=st.booleans())
    def assign(self, to: str, fresh: bool) -> None:
        with self.database.write() as tx:
            version = handovers.get(tx, self.id).version if fresh else None
        allowed = self.state == WAITING or (fresh and self.state == WITH_AGENT)
        if self.does("assign", to, "zhao", allowed=allowed, version=version):
            self.has(to)

    @rule(who=AGENT, to=AGENT)
    def transfer(self, who: str, to: str) -> None:
        if self.does("transfer", who, allowed=self.state == WITH_AGENT and self.owner == who, to=to):
            self.has(to)

    @rule(who=AGENT)
    def pass_on(self, who: str) -> None:
        allowed = self.state == WITH_AGENT and self.owner == who
        if self.does("transfer", who, allowed=allowed, department="户政"):
            self.state, self.owner = WAITING, None

    @rule(who=AGENT)
    def say(self, who: str) -> None:
        allowed = self.state == WITH_AGENT and self.owner == who
        try:
            with self.database.write() as tx:
                speech.say(tx, handovers.get(tx, self.id), who, "您好", f"k{self.said}", self.now)
        except DeskError:
            assert not allowed
            return
        assert allowed
        self.said += 1
        if self.first_reply is None:
            self.first_reply = int((self.now - NOW).total_seconds())

    @rule()
    def hear(self) -> None:
        try:
            with self.database.write() as tx:
                speech.hear(tx, handovers.get(tx, self.id), "在吗", self.now)
        except DeskError:
            assert self.state in (WRAP_UP, CLOSED)
        else:
            assert self.state in (WAITING, WITH_AGENT)

    @rule(who=AGENT)
    def end(self, who: str) -> None:
        if self.does("end", who, allowed=self.state == WITH_AGENT and self.owner == who):
            self.state = WRAP_UP

    @rule(who=AGENT)
    def close(self, who: str) -> None:
        allowed = self.state in (WITH_AGENT, WRAP_UP) and self.owner == who
        try:
            with self.database.write() as tx:
                handovers.close(tx, self.id, who, "answered", "", self.now)
        except DeskError:
            assert not allowed
            return
        assert allowed
        self.state = CLOSED

    @rule()
    def withdraw(self) -> None:
        with self.database.write() as tx:
            handovers.withdraw(tx, self.id, self.now, "back")
        self.state = {WAITING: CLOSED, WITH_AGENT: WRAP_UP}.get(self.state, self.state)

    def does(self, what: str, *who: str, allowed: bool, **more: object) -> bool:
        """Try it; whether it was done, which it is just when it is allowed."""
        try:
            with self.database.write() as tx:
                getattr(handovers, what)(tx, self.id, *who, self.now, **more)
        except DeskError:
            assert not allowed
            return False
        assert allowed
        return True

    def has(self, who: str) -> None:
        self.state, self.owner, self.taken_before = WITH_AGENT, who, True

    @invariant()
    def everything_tells_the_same(self) -> None:
        with self.database.read() as tx:
            found, spans = handovers.get(tx, self.id), handovers.history(tx, self.id)
            events = list(tx.execute(select(tracker_events.c.type)).scalars())
            replies = outbox.after(tx, "web:a", 0)
            times = figures.times(
                found.opened_at, found.first_reply_at, [(one.state, one.since, one.until) for one in spans], ALWAYS
            )
            assert audit_verifying.verify(tx).faults == ()
            assert (handovers.current(tx, "web:a") is None) == (self.state in (WRAP_UP, CLOSED))
        assert found.state == self.state
        if self.state != CLOSED:
            assert found.assigned_to == self.owner
        assert [one.state for one in spans if one.until is None] == ([] if self.state == CLOSED else [self.state])
        assert events.count("pause") == 1 and events.count("resume") == (self.state in (WRAP_UP, CLOSED))
        assert len(replies) == events.count("bot") == self.said
        assert times.wait == (60 * self.waited if self.taken_before else None)
        assert times.first_reply == self.first_reply
        if self.taken_before and self.state in (WAITING, CLOSED):
            assert times.handling == 60 * self.handled


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
