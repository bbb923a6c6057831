"""The sample city's content: complete, sourced, and nothing that could be taken for a real address or phone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from bot.training import sample_units
from knowledge_base.model import Faq, Office, Package, Referral, ServiceItem, Unit
from knowledge_base.model.item import ASPECTS

PHONE = re.compile(r"(?<![\d-])0\d{2,3}-\d{7,8}(?!\d)")
ITEM_ASPECTS = (
    "overview",
    "conditions",
    "materials",
    "process",
    "duration",
    "fee",
    "place",
    "online",
    "contact",
    "proxy",
)


@pytest.fixture(scope="module")
def units() -> list[Unit]:
    return sample_units()


def of_kind(units: list[Unit], kind: type[Unit]) -> list[Unit]:
    return [unit for unit in units if isinstance(unit, kind)]


def test_the_city_offers_enough(units: list[Unit]) -> None:
    counts = {kind: len(of_kind(units, kind)) for kind in (ServiceItem, Faq, Referral, Package, Office)}
    assert counts[ServiceItem] >= 70
    assert counts[Faq] >= 300
    assert counts[Referral] >= 40
    assert counts[Package] >= 8
    assert counts[Office] >= 10


def test_ids_are_unique_per_kind(units: list[Unit]) -> None:
    assert [key for key, count in Counter(unit.key for unit in units).items() if count > 1] == []


def test_every_unit_says_where_it_comes_from_and_when_it_was_checked(units: list[Unit]) -> None:
    for unit in units:
        if isinstance(unit, Office):
            continue
        assert unit.sources, unit.key
        assert unit.verified_on and unit.verified_on <= date(2026, 11, 30), unit.key
        assert unit.review_by and unit.review_by > unit.verified_on, unit.key


def test_every_item_has_the_aspects_that_citizens_ask_for(units: list[Unit]) -> None:
    missing = [
        (unit.id, aspect)
        for unit in units
        if isinstance(unit, ServiceItem)
        for aspect in ITEM_ASPECTS
        if not unit.has(aspect)
    ]
    assert missing == []
    assert set(ITEM_ASPECTS) <= set(ASPECTS)


def test_what_is_referred_to_exists(units: list[Unit]) -> None:
    items = {unit.id for unit in of_kind(units, ServiceItem)}
    offices = {unit.id for unit in of_kind(units, Office)}
    for unit in units:
        if isinstance(unit, Faq) and unit.item:
            assert unit.item in items, unit.key
        if isinstance(unit, Package):
            assert {step.item for step in unit.steps} <= items, unit.key
        if isinstance(unit, ServiceItem) and unit.aspects.place:
            named = {line.office for change in unit.aspects.place.dated for line in change.value if line.office}
            assert named <= offices, unit.key


def test_local_phones_cannot_be_real(units: list[Unit]) -> None:
    for unit in units:
        for phone in PHONE.findall(unit.json(ensure_ascii=False)):
            assert phone.startswith("0000-"), (unit.key, phone)


def test_every_faq_can_be_asked_in_several_ways(units: list[Unit]) -> None:
    assert [unit.id for unit in of_kind(units, Faq) if len(unit.questions()) < 4] == []
