"""The sandbox's applications: made-up ones from sandbox.yml, dated by today, and what was changed since.

An application is told as the contract says, a JSON object; how it came to its state is a series of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from foundation.calendar import WorkCalendar, add_natural_days
from foundation.clock import CHINA, Clock

FILE = Path(__file__).with_name("sandbox.yml")
STAMPS = {
    "submitted": "submitted_at",
    "accepted": "accepted_at",
    "not_accepted": "decided_at",
    "granted": "decided_at",
    "refused": "decided_at",
}
"""The states whose time the contract has a field for."""
PASSING = ("missing", "correct_until", "special_name", "special_from", "reason", "remedies")
"""What is told of one state only."""


@lru_cache(maxsize=1)
def content() -> Any:
    """sandbox.yml; not to be changed."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Record:
    """An application, whose it is, and the events so far."""

    number: str
    state: str = ""
    id_last4: str | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    business: bool = False
    subject: str | None = None
    """The person at the identity service."""
    expects: bool = False
    """Whether the portal itself tells by when it will be decided."""
    told: dict[str, Any] = field(default_factory=dict)
    """As in the contract, without the watch token."""


class Applications:
    """Everything that the sandbox's portal has on file; the same at any time of a day, unless it is moved on."""

    def __init__(self, clock: Clock, calendar: WorkCalendar) -> None:
        self._clock = clock
        self._calendar = calendar
        self._content = content()
        self._moved: dict[str, Record] = {}
        self._seeded_on: date | None = None
        self._seeded: dict[str, Record] = {}

    def all(self) -> list[Record]:
        """In the order of the file."""
        today = self._today()
        if self._seeded_on != today:
            records = [self._seed(entry, today) for entry in self._content["applications"]]
            self._seeded = {record.number: record for record in records}
            self._seeded_on = today
        return [self._moved.get(number, record) for number, record in self._seeded.items()]

    def find(self, number: str) -> Record | None:
        """By its number, in upper or lower case."""
        wanted = number.upper()
        return next((record for record in self.all() if record.number.upper() == wanted), None)

    def of(self, subject: str) -> list[Record]:
        """A person's, the latest first."""
        mine = [record for record in self.all() if record.subject == subject]
        return sorted(mine, key=lambda record: str(record.told.get("submitted_at")), reverse=True)

    def knows(self, subject: str) -> bool:
        return any(record.subject == subject for record in self.all())

    def move(self, number: str, step: dict[str, Any]) -> Record | None:
        """Have something happen to an application now; None for an unknown number.

        Args:
            step: `state`, and fields of the contract that are to be told instead of the state's usual ones; `text` is
                the event's.
        """
        record = self.find(number)
        if record is None:
            return None
        moved = self._step(record, step, self._clock.now().astimezone(CHINA).replace(microsecond=0))
        self._moved[record.number] = moved
        return moved

    def _today(self) -> date:
        return self._clock.now().astimezone(CHINA).date()

    def _seed(self, entry: dict[str, Any], today: date) -> Record:
        record = Record(
            number=entry["number"],
            expects=entry.get("expects", False),
            told=dict(entry["told"]),
            **self._content["applicants"][entry["of"]],
        )
        for step in entry["steps"]:
            day = self._workday(today, -step["ago"])
            at = datetime.combine(day, time.fromisoformat(step["at"]), CHINA)
            record = self._step(record, {key: step[key] for key in step if key not in ("ago", "at")}, at)
        return record

    def _step(self, record: Record, step: dict[str, Any], at: datetime) -> Record:
        state = step["state"]
        usual = self._content["states"][state]
        told = {key: value for key, value in record.told.items() if key not in PASSING}
        told |= {"number": record.number, "state": state, "state_text": usual["state_text"], **usual.get("told", {})}
        if state in STAMPS:
            told[STAMPS[state]] = at.isoformat()
        if state == "special_procedure":
            told["special_from"] = at.date().isoformat()
            told.pop("expected_on", None)
        if state == "accepted" and record.expects and (day := self._expected(at.date(), told)):
            told["expected_on"] = day.isoformat()
        if within := step.get("correct_in", usual.get("correct_in")):
            told["correct_until"] = self._workday(self._today(), within).isoformat()
        told["events"] = [*told.get("events", []), {"at": at.isoformat(), "text": step.get("text", usual["event"])}]
        told |= {key: value for key, value in step.items() if key not in ("text", "correct_in")}
        return replace(record, state=state, told=told)

    def _expected(self, accepted: date, told: dict[str, Any]) -> date | None:
        span = told.get("promised") or told.get("legal")
        if span is None:
            return None
        count = add_natural_days if span["unit"] == "natural_days" else self._calendar.add_working_days
        return count(accepted, span["days"])

    def _workday(self, start: date, n: int) -> date:
        """The n-th working day after `start`, or before it; weeks are taken as usual where holidays are not known."""
        day, step = start, 1 if n > 0 else -1
        while n:
            day += timedelta(days=step)
            works = self._calendar.is_workday(day)
            n -= step * (day.weekday() < 5 if works is None else works)
        return day
