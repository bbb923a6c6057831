"""By when the decision comes: the portal's day, else counted, else honestly nothing."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from sample_applications import (
    ACCEPTED,
    DECIDED,
    MONDAY,
    NATURAL_10,
    WORKING_15,
    WORKING_20,
    application,
    at,
    city,
    empty,
    licence,
    tools,
)

from actions.applications.expected import Basis, Expected, document_by, expected, item_of, spans_of
from actions.portal.application import Application, Span, State
from foundation.calendar import WorkCalendar
from knowledge_base.model import ServiceItem
from knowledge_base.search.snapshot import Entry, Snapshot, build

OFFICIAL = WorkCalendar()


def due(one: Application, snapshot: Snapshot | None = None, calendar: WorkCalendar = OFFICIAL) -> Expected:
    return expected(one, snapshot or empty(), calendar)


def promised(days: int, unit: str = "working_days", **fields: object) -> Application:
    return application(State.REVIEW, promised=Span(days, unit), **fields)  # type: ignore[arg-type]


def test_what_the_portal_says_comes_first() -> None:
    found = due(application(State.REVIEW, expected_on=date(2026, 12, 1), promised=WORKING_15, accepted_at=ACCEPTED))
    assert (found.basis, found.day, found.span) == (Basis.PORTAL, date(2026, 12, 1), None)


@pytest.mark.parametrize(
    ("one", "accepted", "day"),
    [
        (promised(1), at(2026, 11, 23), date(2026, 11, 24)),  # the day of acceptance does not count
        (promised(5), at(2026, 11, 20), date(2026, 11, 27)),  # over a weekend
        (promised(5), at(2026, 11, 21), date(2026, 11, 27)),  # accepted on a Saturday
        (promised(3), at(2026, 9, 29), date(2026, 10, 9)),  # 国庆: 1 to 7 October are off
        (promised(8), at(2026, 9, 29), date(2026, 10, 15)),  # and Saturday the 10th is worked
        (promised(1), at(2026, 9, 18), date(2026, 9, 20)),  # Sunday the 20th is worked
        (promised(10, "natural_days"), at(2026, 9, 28), date(2026, 10, 8)),
        (promised(1, "natural_days"), at(2026, 12, 31), date(2027, 1, 1)),
        (promised(30, "natural_days"), at(2026, 12, 20), date(2027, 1, 19)),
        (promised(6), at(2026, 12, 23), date(2026, 12, 31)),  # the last day that is announced
    ],
)
def test_counted_from_the_day_after_acceptance(one: Application, accepted: object, day: date) -> None:
    found = due(application(State.REVIEW, promised=one.promised, accepted_at=accepted))
    assert (found.basis, found.day, found.unannounced) == (Basis.PROMISED, day, False)


def test_days_that_nobody_has_announced_yet_give_no_date() -> None:
    found = due(promised(7, accepted_at=at(2026, 12, 23)))
    assert (found.basis, found.day, found.span, found.unannounced) == (
        Basis.PROMISED,
        None,
        Span(7, "working_days"),
        True,
    )


def test_an_operators_calendar_gives_it(tmp_path: Path) -> None:
    file = tmp_path / "calendar.yml"
    file.write_text("2027:\n  holidays:\n    元旦: 2027-01-01..2027-01-03\n  workdays: []\n", encoding="utf-8")
    assert due(promised(7, accepted_at=at(2026, 12, 23)), calendar=WorkCalendar(file)).day == date(2027, 1, 4)


def test_the_day_is_the_offices_own() -> None:
    late = at(2026, 11, 23, time(23, 59))
    assert due(promised(1, accepted_at=late)).day == date(2026, 11, 24)
    early = at(2026, 11, 24, time(0, 1))
    assert due(promised(1, accepted_at=early)).day == date(2026, 11, 25)


def test_the_promise_before_the_laws_own_limit() -> None:
    both = application(State.ACCEPTED, legal=WORKING_20, promised=WORKING_15, accepted_at=ACCEPTED)
    assert (due(both).basis, due(both).day) == (Basis.PROMISED, date(2026, 12, 9))
    only = application(State.ACCEPTED, legal=WORKING_20, accepted_at=ACCEPTED)
    assert (due(only).basis, due(only).day) == (Basis.LEGAL, date(2026, 12, 16))


@pytest.mark.parametrize("days", [0, -3, 100_000, 10**12])
def test_a_span_that_is_a_slip_is_none(days: int) -> None:
    assert due(promised(days, accepted_at=ACCEPTED)).basis is Basis.UNKNOWN
    legal = application(State.REVIEW, promised=Span(days, "natural_days"), legal=NATURAL_10, accepted_at=ACCEPTED)
    assert due(legal).basis is Basis.LEGAL


def test_without_the_day_of_acceptance_there_is_the_span_only() -> None:
    found = due(promised(15))
    assert (found.basis, found.day, found.span, found.unannounced) == (Basis.PROMISED, None, WORKING_15, False)


def test_a_special_procedure_stops_the_clock() -> None:
    one = application(
        State.SPECIAL, expected_on=date(2026, 12, 1), promised=WORKING_15, accepted_at=ACCEPTED, special_from=MONDAY
    )
    assert due(one) == Expected(Basis.STOPPED)


def test_after_a_special_procedure_only_the_portal_knows() -> None:
    one = application(State.REVIEW, promised=WORKING_15, accepted_at=ACCEPTED, special_from=date(2026, 11, 19))
    assert due(one) == Expected(Basis.WAS_STOPPED)
    told = application(State.REVIEW, expected_on=date(2026, 12, 20), special_from=date(2026, 11, 19))
    assert due(told).day == date(2026, 12, 20)


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.REVIEW, State.SPECIAL}))
def test_no_date_before_acceptance_and_none_after_the_decision(state: State) -> None:
    assert due(application(state, promised=WORKING_15, accepted_at=ACCEPTED)) == Expected(Basis.NO_DECISION)
    told = due(application(state, expected_on=date(2026, 12, 1)))
    assert told.day == (date(2026, 12, 1) if state in (State.SUBMITTED, State.UNKNOWN) else None)


@pytest.mark.parametrize("nonsense", [date.min, date(1970, 1, 1), date.max])
def test_days_that_mean_none_are_none(nonsense: date) -> None:
    accepted = at(nonsense.year, nonsense.month, nonsense.day)
    assert due(application(State.REVIEW, expected_on=nonsense)).basis is Basis.UNKNOWN
    assert due(promised(5, "natural_days", accepted_at=accepted)).day is None


@pytest.mark.parametrize(("today", "passed"), [(date(2026, 12, 1), False), (date(2026, 12, 2), True)])
def test_the_last_day_is_not_too_late(today: date, passed: bool) -> None:
    assert Expected(Basis.PORTAL, date(2026, 12, 1)).passed(today) is passed
    assert not Expected(Basis.UNKNOWN).passed(today)


def test_the_knowledge_base_helps_where_the_portal_gives_no_span() -> None:
    found = due(application(State.REVIEW, accepted_at=ACCEPTED), city())
    assert (found.basis, found.day, found.span) == (Basis.PROMISED, date(2026, 11, 28), NATURAL_10)
    assert found.item is not None and found.item.id == "residence-permit-apply"
    by_name = application(State.REVIEW, item_id="0100110", item_name="居住证申领", accepted_at=ACCEPTED)
    assert due(by_name, city()).day == date(2026, 11, 28)
    assert due(application(State.REVIEW, accepted_at=ACCEPTED, legal=WORKING_20), city()).item is None


@pytest.mark.parametrize(
    "id",
    [
        "household-migration",  # a remark changes the time
        "work-injury-determination",
        "resident-id-first",  # counts from the application
        "teacher-qualification",  # counts from the end of the round
        "household-name-change",  # two situations, two times, and remarks
        "company-deregistration",  # two steps
        "marriage-registration",  # no number
    ],
)
def test_a_duration_that_depends_on_more_is_not_counted(id: str) -> None:
    item = city().get("item", id)
    assert isinstance(item, ServiceItem)
    if id == "household-name-change":
        assert spans_of(item, MONDAY) == (Basis.UNKNOWN, None)
    assert due(application(State.REVIEW, item_id=id, accepted_at=ACCEPTED), city()).day is None


def duration(*entries: object, **fields: object) -> ServiceItem:
    situations = [
        {"id": "kind", "question": "哪一种？", "options": [{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}]}
    ]
    return ServiceItem(id="one", name="某事项", situations=situations, aspects={"duration": list(entries)}, **fields)


FIVE = {"days": 5, "unit": "工作日"}
NINE = {"days": 9, "unit": "工作日"}


def test_what_all_situations_share_is_counted() -> None:
    shared = duration(
        {"promised": FIVE, "legal": NINE, "when": {"kind": "a"}},
        {"promised": FIVE, "legal": NINE, "when": {"kind": "b"}},
    )
    assert spans_of(shared, MONDAY) == (Basis.PROMISED, Span(5, "working_days"))
    by_law = duration(
        {"promised": FIVE, "legal": NINE, "when": {"kind": "a"}},
        {"promised": NINE, "legal": NINE, "when": {"kind": "b"}},
    )
    assert spans_of(by_law, MONDAY) == (Basis.LEGAL, Span(9, "working_days"))


@pytest.mark.parametrize(
    ("start", "counts"),
    [
        ("受理的第二天", True),
        ("受理之日", True),
        ("受理申请之日", True),
        ("车辆管理所受理之日", True),
        ("街道、乡镇受理之日", True),
        (None, True),
        ("受理期限终止之日", False),
        ("收到申请之日", False),
        ("完成体检之日", False),
        ("资格审核通过之日", False),
    ],
)
def test_only_what_counts_from_acceptance_is_counted_from_it(start: str | None, counts: bool) -> None:
    basis, _ = spans_of(duration({"promised": FIVE, "counts_from": start}), MONDAY)
    assert (basis is Basis.PROMISED) is counts


def test_an_item_that_does_not_hold_gives_no_span() -> None:
    assert spans_of(duration({"promised": FIVE}, effective_to=date(2026, 11, 22)), MONDAY) == (Basis.UNKNOWN, None)


def test_which_item_is_meant() -> None:
    twice = [
        ServiceItem(id="here", name="养犬登记", codes={"basic": "000123"}),
        ServiceItem(id="there", name="养犬登记", region="990100"),
    ]
    snapshot = build(1, [Entry(number, unit) for number, unit in enumerate(twice, 1)], tools())
    assert item_of(application(State.REVIEW, item_id=None, item_name="养犬登记"), snapshot) is None
    assert item_of(application(State.REVIEW, item_id="there", item_name="别的"), snapshot) == twice[1]
    assert item_of(application(State.REVIEW, item_id="000123", item_name="别的"), snapshot) == twice[0]
    assert item_of(application(State.REVIEW, item_id="9", item_name="别的"), snapshot) is None


def test_a_licence_is_delivered_within_ten_working_days() -> None:
    assert document_by(licence(State.GRANTED, decided_at=DECIDED), OFFICIAL) == date(2026, 12, 4)
    assert document_by(licence(State.GRANTED), OFFICIAL) is None
    assert document_by(licence(State.GRANTED, decided_at=at(2026, 12, 25)), OFFICIAL) is None
