"""An office's hours, in the ways in which people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_exporting import WRITERS, read_back

from knowledge_base.editing.faults import checked
from knowledge_base.importing.problems import reason
from knowledge_base.model import Office, UnitKey, parse_unit

HALL = {"kind": "office", "id": "hall", "name": "大厅", "address": "一号"}


def written(hours: Any) -> list[str]:
    """Monday's shifts of a hall whose hours on Mondays are written so."""
    hall = parse_unit({**HALL, "hours": {"mon": hours}})
    assert isinstance(hall, Office)
    return [f"{shift.start:%H:%M}-{shift.end:%H:%M}" for shift in hall.hours["mon"]]


@pytest.mark.parametrize(
    "shift",
    [
        *("09:00-17:00", "9:00-17:00", "09：00-17：00", "09:00–17:00", "09:00—17:00", "09:00——17:00", "09:00~17:00"),
        *(
            "09:00～17:00",
            "9-17",
            "9点-17点",
            "9点至17点",
            "09:00至17:00",
            " 9:00 - 17:00 ",
            "０９：００－１７：００",
            "09:00:00-17:00:00",
        ),
    ],
)
def test_one_shift(shift: str) -> None:
    assert written([shift]) == written(shift) == ["09:00-17:00"]


@pytest.mark.parametrize(
    "hours",
    [
        *("9:00-12:00，13:30-17:00", "9:00-12:00; 13:30至17:00", "9:00-12:00、13:30-17:00、"),
        *(["9:00-12:00", "13:30-17:00"], ["9:00-12:00，13:30-17:00"]),
    ],
)
def test_several_shifts(hours: Any) -> None:
    assert written(hours) == ["09:00-12:00", "13:30-17:00"]


@pytest.mark.parametrize("hours", [None, [], ""])
def test_closed(hours: Any) -> None:
    assert written(hours) == []


def test_until_midnight() -> None:
    assert written("00:00-24:00") == ["00:00-23:59"]


def test_announced_days_as_well() -> None:
    days = {"first": "2026-12-30", "last": "2026-12-31"}
    hall = parse_unit({**HALL, "exceptions": [{**days, "shifts": "9:00至12:00"}, {**days, "shifts": None}]})
    assert isinstance(hall, Office)
    assert [len(one.shifts) for one in hall.exceptions] == [1, 0]


@pytest.mark.parametrize("form", WRITERS)
def test_they_come_back_from_a_file(form: str, tmp_path: Path) -> None:
    hall = parse_unit({**HALL, "hours": {"mon": "0:00-24:00", "tue": None, "wed": "9:00至12:00，13:30至17:00"}})
    WRITERS[form]([hall], tmp_path)
    assert read_back(tmp_path) == {hall.key: hall}


@pytest.mark.parametrize(
    "hours",
    [
        *({"mon": [shift]} for shift in ("09:00", "25:00-26:00", "09:60-10:00", "-", "", 540, None, [])),
        *({"mon": hours} for hours in (540, 9.5, True, "上午")),
        *({"mon": ["17:00-09:00"]}, {"周一": ["09:00-12:00"]}, {True: []}, "周一至周五 9:00-17:00", []),
    ],
)
def test_what_is_not_understood_is_told_with_what_to_write(hours: Any) -> None:
    found = checked(UnitKey("office", "hall"), {**HALL, "hours": hours})
    assert isinstance(found, list)
    assert "请检查" not in found[0].text and found[0].path.startswith("hours")


def test_an_import_says_so_in_words_that_staff_read() -> None:
    for problem in ("'9点' is not a shift such as 09:00-12:00", "hours are written by weekday, as mon: [09:00-12:00]"):
        assert reason(problem) != problem
