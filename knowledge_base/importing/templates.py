"""Tables to be filled in: a workbook with headings, lists to choose from, and a sheet that explains each column."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from knowledge_base.importing.fields import Field, template, words

ROWS = 5000
"""So many rows offer what may be chosen."""
WIDE = {"question", "answer", "similar_questions", "materials", "process", "conditions", "overview", "basis"}
HEAD = PatternFill("solid", fgColor="DBE9F4")
NEEDED = PatternFill("solid", fgColor="FBE3B5")


def workbook(kind: str) -> bytes:
    """The template of a kind of table, as XLSX; `kind` is one of `columns.REQUIRED`."""
    fields = template(kind)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = words()["kinds"][kind]
    _head(sheet, fields)
    _explain(book.create_sheet(words()["explained"]["title"]), fields)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _head(sheet: Worksheet, fields: Sequence[Field]) -> None:
    for number, field in enumerate(fields, start=1):
        cell = sheet.cell(1, number, field.title)
        cell.font = Font(bold=True)
        cell.fill = NEEDED if field.required else HEAD
        cell.comment = Comment(_told(field), "", width=320, height=140)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 36 if field.name in WIDE else 16
        for row_cells in sheet.iter_rows(2, 200, number, number):
            row_cells[0].number_format = "@"  # texts stay as they are typed: no long number is rounded
        if field.choices:
            choice = DataValidation(type="list", formula1=f'"{",".join(field.choices)}"', allow_blank=True)
            choice.showErrorMessage = False  # other words may be typed all the same
            choice.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(choice)
    sheet.freeze_panes = "B2"


def _explain(sheet: Worksheet, fields: Sequence[Field]) -> None:
    """One column of the table a row. Its name stands behind its letter, so that no import takes this for a table."""
    told = words()["explained"]
    sheet.append(told["headings"])
    for number, field in enumerate(fields, start=1):
        name = told["column"].format(letter=get_column_letter(number), title=field.title)
        sheet.append([name, told["required"] if field.required else "", field.explanation, *field.examples])
    sheet.append([])
    for line in told["notes"]:
        sheet.append([line])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = HEAD
    for letter, width in zip("ABCDE", (24, 8, 64, 36, 36)):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(2, len(fields) + 1):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _told(field: Field) -> str:
    required = f"【{words()['explained']['required']}】" if field.required else ""
    examples = "\n".join(example for example in field.examples if example)
    return f"{required}{field.explanation}\n{examples}".strip()
