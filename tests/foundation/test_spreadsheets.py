"""Tables for spreadsheets: what somebody typed stays text."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from foundation.spreadsheets import csv_file, guarded, xlsx_file

EVIL = ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1", "'0012"]


@pytest.mark.parametrize("cell", EVIL)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    written = csv_file(["列"], [[cell]])
    assert written.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))) == [["列"], [f"'{cell}"]]
    sheet = load_workbook(io.BytesIO(xlsx_file({"表": (["列"], [[cell]])})))["表"]
    found = sheet["A2"]
    assert (found.data_type, found.value, found.quotePrefix) == ("s", cell, True)


def test_numbers_stay_numbers_and_nothing_stays_empty() -> None:
    assert csv_file(["a", "b", "c"], [[-1, None, "x"]]).decode("utf-8-sig").splitlines()[1] == '"-1","","x"'
    sheet = load_workbook(io.BytesIO(xlsx_file({"t": (["a"], [[-1.5]])})))["t"]
    assert sheet["A2"].value == -1.5


def test_control_characters_do_not_break_a_workbook() -> None:
    sheet = load_workbook(io.BytesIO(xlsx_file({"t": (["a"], [["one\x00two"]])})))["t"]
    assert sheet["A2"].value == "onetwo"
