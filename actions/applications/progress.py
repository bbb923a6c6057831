"""What is said of an application in each state: what happened, what comes next and by when, what to do now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from actions.applications.expected import Basis, Expected, document_by, local_day, sensible
from actions.applications.quoting import LONGEST_LEGAL, named, quoted, tracking
from actions.applications.sentences import in_words, sentence
from actions.portal.application import Application, Delivery, Missing, State
from knowledge_base.model import ServiceItem

LICENCE = "行政许可"
MOST_MISSING = 8
"""Documents that are listed; of more, the rest stands in the notice."""


@dataclass(frozen=True)
class Case:
    """An application on a day, and what else is known of it."""

    application: Application
    item: ServiceItem | None
    expected: Expected
    today: date

    @property
    def licence(self) -> bool:
        """Whether 行政许可法 is known to hold for it."""
        return self.item is not None and self.item.nature == LICENCE

    @cached_property
    def outcome(self) -> str | None:
        return self.quoted(self.application.outcome_text)

    def quoted(self, text: str | None) -> str | None:
        return quoted(text, self.application.number)

    def named(self, text: str | None) -> str | None:
        return named(text, self.application.number)

    def on(self, day: date) -> str:
        return in_words(day, self.today)

    def when(self, day: date | None) -> str:
        """已在11月20日, or 已经."""
        return sentence("on_day", day=self.on(day)) if day else sentence("already")

    def dated(self, day: date | None) -> str:
        """（11月20日）, or nothing."""
        return sentence("dated", day=self.on(day)) if day else ""


class Said(NamedTuple):
    """A line, and the provisions that it rests on (by their names in sentences.yml)."""

    text: str
    laws: tuple[str, ...] = ()


Part = Callable[[Case], Iterator[Said]]


def progress(case: Case) -> list[Said]:
    """The lines for the state that the application is in."""
    return [said for part in PARTS[case.application.state] for said in part(case)]


def submitted(case: Case) -> Iterator[Said]:
    yield Said(sentence("happened.submitted", when=case.when(local_day(case.application.submitted_at))))
    if case.licence:
        yield Said(sentence("by_when.heard"), ("correction", "working_days"))


def accepted(case: Case) -> Iterator[Said]:
    yield Said(sentence("happened.accepted", when=case.when(local_day(case.application.accepted_at))))


def review(case: Case) -> Iterator[Said]:
    day = local_day(case.application.accepted_at)
    yield Said(sentence("happened.review_accepted" if day else "happened.review", when=case.when(day)))


def special(case: Case) -> Iterator[Said]:
    name, since = case.named(case.application.special_name), sensible(case.application.special_from)
    if name is None:
        yield Said(sentence("happened.special_procedure"))
    elif since is None:
        yield Said(sentence("happened.special_named", name=name))
    else:
        yield Said(sentence("happened.special_named_since", name=name, day=case.on(since)))


def unknown(case: Case) -> Iterator[Said]:
    text = case.named(case.application.state_text)
    yield Said(sentence("happened.unknown", text=text) if text else sentence("happened.unknown_wordless"))
    told = [(local_day(event.at), case.quoted(event.text)) for event in case.application.events]
    for day, text in [(day, text) for day, text in told if day and text][-1:]:
        yield Said(sentence("last_event", day=case.on(day), text=text))


def by_when(case: Case) -> Iterator[Said]:
    """By when the decision comes, or why nobody can say."""
    due = case.expected
    if due.basis is Basis.NO_DECISION:
        return
    span = sentence(f"span.{due.span.unit}", days=due.span.days) if due.span else ""
    if due.day is not None:
        name = f"{due.basis.value}_passed" if due.passed(case.today) else due.basis.value
        laws = () if due.basis is Basis.PORTAL else ("counting",)
        yield Said(sentence(f"by_when.{name}", day=case.on(due.day), span=span), laws)
    elif due.span is not None:
        why = "unannounced" if due.unannounced else "undated"
        yield Said(sentence(f"by_when.{due.basis.value}_{why}", span=span), ("counting",) if due.unannounced else ())
    else:
        stopped = due.basis in (Basis.STOPPED, Basis.WAS_STOPPED)
        yield Said(sentence(f"by_when.{due.basis.value}"), ("special",) if stopped and case.licence else ())


def correction(case: Case) -> Iterator[Said]:
    yield Said(sentence("happened.correction"))
    materials = [name for name in (material(case, one) for one in case.application.missing) if name]
    until = sensible(case.application.correct_until)
    if not materials:
        yield Said(sentence("correct.unlisted" if until else "correct.unlisted_undated"))
    elif len(materials) == 1:
        yield Said(sentence("correct.one", material=materials[0]))
    else:
        yield Said(sentence("correct.several"))
        for number, one in enumerate(materials[:MOST_MISSING], 1):
            yield Said(sentence("correct.line", number=number, material=one))
        if len(materials) > MOST_MISSING:
            yield Said(sentence("correct.more", count=len(materials)))
    if until is not None:
        yield Said(sentence("correct.until" if case.today <= until else "correct.passed", day=case.on(until)))
    elif materials:
        yield Said(sentence("correct.undated"))


def material(case: Case, one: Missing) -> str | None:
    name, note = case.named(one.name), case.quoted(one.note)
    return sentence("correct.noted", name=name, note=note) if name and note else name or note


def not_accepted(case: Case) -> Iterator[Said]:
    yield Said(sentence("happened.not_accepted", dated=case.dated(local_day(case.application.decided_at))))


def decision(case: Case) -> Iterator[Said]:
    """The outcome in its own words, where it has some."""
    if case.outcome:
        dated = case.dated(local_day(case.application.decided_at))
        yield Said(sentence("happened.decided", dated=dated, outcome=case.outcome))


def granted(case: Case) -> Iterator[Said]:
    yield from decision(case)
    if not case.outcome:
        yield Said(sentence("happened.granted", when=case.when(local_day(case.application.decided_at))))


def refused(case: Case) -> Iterator[Said]:
    yield from decision(case)
    if not case.outcome:
        yield Said(sentence("happened.refused", dated=case.dated(local_day(case.application.decided_at))))


def reason(case: Case) -> Iterator[Said]:
    text = case.quoted(case.application.reason)
    yield Said(sentence("reason", reason=text) if text else sentence("reason_unknown"))


def told_remedies(case: Case) -> Iterator[Said]:
    """What can be done against the decision, as it says itself."""
    text = quoted(case.application.remedies, case.application.number, LONGEST_LEGAL)
    if text:
        yield Said(sentence("remedies", remedies=text))


def remedies(case: Case) -> Iterator[Said]:
    """The decision's own words; else the law's, where it is known to hold; else whom to ask."""
    told = list(told_remedies(case))
    if told:
        yield from told
    elif case.licence:
        yield Said(sentence("remedies_licence"), ("reconsideration", "lawsuit"))
    else:
        yield Said(sentence("remedies_unknown"))


def document(case: Case) -> Iterator[Said]:
    """By when the law has a granted licence delivered."""
    if not case.licence:
        return
    day = document_by(case.application)
    name = "document_undated" if day is None else "document_passed" if day < case.today else "document"
    yield Said(sentence(f"by_when.{name}", day=case.on(day) if day else ""), ("document", "working_days"))


def later(case: Case) -> Iterator[Said]:
    """How the result will come, as far as it is told."""
    delivery = case.application.delivery
    place = case.quoted(delivery.place) if delivery else None
    if delivery is None:
        yield Said(sentence("fetch.later" if case.application.state is State.PRODUCING else "fetch.then"))
    elif delivery.way == "post":
        yield Said(sentence("fetch.later_post"))
    else:
        yield Said(sentence("fetch.later_at", place=place) if place else sentence("fetch.later_window"))


def fetch(case: Case) -> Iterator[Said]:
    delivery = case.application.delivery
    place = case.quoted(delivery.place) if delivery else None
    if delivery is None:
        yield Said(sentence("fetch.somehow"))
    elif delivery.way == "post":
        yield Said(sentence("fetch.post"))
    else:
        yield Said(sentence("fetch.at", place=place) if place else sentence("fetch.window"))


def parcel(case: Case) -> Iterator[Said]:
    delivery = case.application.delivery or Delivery("post")
    carrier, number = case.named(delivery.carrier), tracking(delivery.tracking_number)
    name = "tracked_by" if carrier and number else "tracked" if number else "carried" if carrier else "untracked"
    yield Said(sentence(f"fetch.{name}", carrier=carrier, tracking=number))


def plainly(name: str) -> Part:
    """A sentence that needs nothing."""

    def part(case: Case) -> Iterator[Said]:
        yield Said(sentence(name))

    return part


PARTS: dict[State, tuple[Part, ...]] = {
    State.SUBMITTED: (submitted, by_when),
    State.CORRECTION: (correction,),
    State.ACCEPTED: (accepted, by_when),
    State.NOT_ACCEPTED: (not_accepted, reason, remedies),
    State.REVIEW: (review, by_when),
    State.SPECIAL: (special, by_when),
    State.GRANTED: (granted, later, document),
    State.REFUSED: (refused, reason, remedies),
    State.PRODUCING: (granted, plainly("happened.producing"), later, document),
    State.READY: (decision, plainly("happened.ready"), fetch),
    State.POSTED: (decision, plainly("happened.posted"), parcel),
    State.DELIVERED: (decision, plainly("happened.delivered"), told_remedies, plainly("not_received")),
    State.WITHDRAWN: (plainly("happened.withdrawn"), plainly("apply_again")),
    State.RETURNED: (plainly("happened.returned"), reason, plainly("returned_again")),
    State.UNKNOWN: (unknown, by_when),
}
