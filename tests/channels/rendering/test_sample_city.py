"""The sample city's answers, laid out for everybody and for the elderly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest
from rendering_helpers import laid_out, read, shown

from bot.training import sample_units
from channels.rendering import Menu, Text
from foundation.calendar import work_calendar
from knowledge_base.answering.situations import ALL
from knowledge_base.answering.wording import Occasion, word
from knowledge_base.model import Package, ServiceItem, Unit
from knowledge_base.model.item import ASPECTS
from knowledge_base.search.snapshot import Snapshot

OCCASION = Occasion(date(2026, 11, 23), work_calendar().is_workday, "12345", "示例市政务服务中心", "工作日 9:00–12:00")
RECORD = "K7M2-4Q9D"
FACT = re.compile(r"[^。；，：（）【】“”\n]+")
NUMBER = re.compile(r"^\d+\. ")
SAID_BY_THE_MENU = "回复数字就可以"


class Published:
    """As much of a snapshot as the wording asks for."""

    release = 1

    def __init__(self, units: list[Unit]) -> None:
        self.units = {unit.key: unit for unit in units}
        self.packages: dict[str, tuple[Package, ...]] = {}
        self._by_id = {(unit.kind, unit.id): unit for unit in units}

    def get(self, kind: str, id: str) -> Unit | None:
        return self._by_id.get((kind, id))


@pytest.fixture(scope="module", params=[5, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
def bodies(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The distinct answers of all packages and of every fifth other unit; in the long form of all."""
    return list({body["text"]: body for body in answers(sample_units(), request.param)}.values())


def answers(units: list[Unit], every: int) -> Iterator[dict[str, Any]]:
    snapshot = cast(Snapshot, Published(units))
    for unit in (unit for n, unit in enumerate(units) if n % every == 0 or isinstance(unit, Package)):
        for aspect in ASPECTS if isinstance(unit, ServiceItem | Package) else (None,):
            for choices in ({}, {ALL: ALL}) if isinstance(unit, ServiceItem) else ({},):
                answer = word(unit, aspect, 1.0, snapshot, OCCASION, choices).with_record(RECORD)
                buttons = [{"title": option.title, "payload": option.title} for option in answer.options]
                yield {"text": answer.text, "buttons": buttons, "custom": {"answer": answer.payload()}}


def letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@pytest.mark.slow
@pytest.mark.parametrize("elderly", [False, True])
@pytest.mark.parametrize("menu", [False, True])
def test_every_answer_is_whole_and_vouched_for(bodies: list[dict[str, Any]], elderly: bool, menu: bool) -> None:
    for body in bodies:
        book = laid_out(body, elderly=elderly, menu=menu)
        answer = body["custom"]["answer"]
        assert all(len(page) == 1 for page in book), answer
        for (part,) in book:
            assert isinstance(part, Menu) or len(part.text.encode()) <= 2048
            assert "**" not in shown(part)
        everything = letters(read(book))
        facts = {fact for line in body["text"].split("\n") for fact in FACT.findall(NUMBER.sub("", line))}
        missing = [one for one in facts if letters(one) not in everything and one != SAID_BY_THE_MENU]
        assert not missing, (answer["title"], missing)
        first = shown(book[0][0])
        if answer["kind"] != "options":
            assert RECORD in first and "2026年" in first and "以受理部门依法作出的决定为准" in first
            assert answer["sources"][0]["title"] in read(book)
        if not elderly:
            content = first.partition("\n\n依据：")[0]
            assert len(content) <= 720


@pytest.mark.slow
def test_most_answers_are_one_page_and_the_elderly_never_read_much_at_once(bodies: list[dict[str, Any]]) -> None:
    single = [len(laid_out(body)) == 1 for body in bodies]
    assert sum(single) > 0.99 * len(single)
    for body in bodies:
        for (part,) in laid_out(body, elderly=True):
            text = part.text if isinstance(part, Text) else ""
            assert len(re.sub(r"依据：.*", "", text)) <= 260, text
