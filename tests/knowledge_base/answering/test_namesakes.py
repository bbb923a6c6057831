"""Services of one name are offered with what theirs alone has."""

from __future__ import annotations

from datetime import date

from knowledge_base.answering.namesakes import told_apart
from knowledge_base.model import ServiceItem

DAY = date(2026, 11, 27)


def registration(id: str, *materials: str, **fields: object) -> ServiceItem:
    return ServiceItem(id=id, name="预报到", aspects={"materials": list(materials)}, **fields)


def titles(*units: ServiceItem) -> list[str]:
    return [option.title for option in told_apart(units, DAY)]


def test_by_the_document_that_only_one_asks_for() -> None:
    plain, student = registration("a", "退役证", "照片"), registration("b", "退役证", "复学证明", "照片")
    assert titles(plain, student) == ["预报到（一般情况）", "预报到（要交复学证明）"]


def test_by_department_first() -> None:
    one, other = registration("a", "照片", department="民政局"), registration("b", "照片", department="公安局")
    assert titles(one, other) == ["预报到（民政局）", "预报到（公安局）"]


def test_names_of_their_own_stay_as_they_are() -> None:
    one, other = registration("a", "照片"), ServiceItem(id="b", name="报到")
    assert titles(one, other) == ["预报到", "报到"]


def test_a_long_text_is_cut() -> None:
    said = ("很长的办理条件" * 9, "短")
    one, other = (ServiceItem(id=str(len(text)), name="预报到", aspects={"conditions": [text]}) for text in said)
    assert all(len(title) < 40 for title in titles(one, other))
