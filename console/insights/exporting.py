"""A table of a page as a file, the same numbers with what they are about in the first rows and in its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.workbook.child import INVALID_TITLE_REGEX
from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.insights.asked import Asked
from console.insights.lists import LISTS
from console.insights.naming import word
from console.insights.narrowing import described
from console.insights.pages import VIEWS, wanted_by
from console.insights.roles import PART, READERS
from console.insights.tables import Table
from console.routing import route
from foundation import audit
from foundation.clock import CHINA
from foundation.spreadsheets import guarded
from knowledge_base.exporting import text_cell

PERCENT = "0.0%"
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def file(request: Request) -> Response:
    """GET /insights/file?page=overview&table=by_day&form=csv|xlsx and the scope; page=questions and which"""
    given = request.query_params
    name, form = given.get("page", ""), given.get("form", "")
    if form not in FORMS:
        raise HTTPException(404)
    here, wanted = house(request), wanted_by(request)
    if name in LISTS:
        table = await LISTS[name](request, wanted)
        await here.write(lambda tx: _noted(tx, request, wanted, table))
    elif name in VIEWS:
        table = await _of_page(request, name, wanted)
    else:
        raise HTTPException(404)
    made = here.now().astimezone(CHINA)
    head = [[table.title], [described(wanted)], [word("file.made", at=f"{made:%Y-%m-%d %H:%M}")], []]
    write = as_csv if form == "csv" else as_xlsx
    content = await here.run(lambda: write(head, table))
    return Response(content, media_type=FORMS[form], headers={"content-disposition": _named(table, wanted, form)})


async def _of_page(request: Request, name: str, wanted: Asked) -> Table:
    tables = (await VIEWS[name](request, wanted)).tables
    table = next((one for one in tables if one.name == request.query_params.get("table")), None)
    if table is None:
        raise HTTPException(404)
    return table


def _noted(tx: Connection, request: Request, wanted: Asked, table: Table) -> None:
    """What citizens wrote has left the house, if masked: who took it is kept."""
    me, detail = request.state.account, {"scope": described(wanted), "lines": len(table.rows)}
    audit.record(tx, me.name, "insights.export", table.title, detail, house(request).now())


def as_csv(head: Sequence[Sequence[str]], table: Table) -> bytes:
    """With the mark that lets Excel read it; no cell is taken for a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    for row in (*head, *rows(table)):
        writer.writerow([guarded(_said(value)) for value, _ in map(_pair, row)])
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(head: Sequence[Sequence[str]], table: Table) -> bytes:
    """Numbers as numbers, shares as percent, texts as texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(INVALID_TITLE_REGEX.sub(" ", table.title)[:31])
    sheet.column_dimensions["A"].width = 40
    for row in (*head, *rows(table)):
        sheet.append([_cell(sheet, *_pair(value)) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class Share(float):
    """A part of something."""


def rows(table: Table) -> Iterator[list[Any]]:
    """The heading, and all rows; a share has a column of its own behind that of its figure."""
    heads: list[str] = []
    for column in table.columns:
        unit = word(f"units.{column.form}") if column.form in ("seconds", "milliseconds") else ""
        heads.append(f"{column.title}{unit}")
        heads += [word("file.share", column=column.title)] if column.shared else []
    yield heads
    for row in table.rows:
        cells: list[Any] = []
        for column, cell in zip(table.columns, row, strict=True):
            cells.append(_exact(cell.value))
            if column.shared:
                cells.append(None if cell.share is None else Share(round(cell.share, 6)))
        yield cells


def _exact(value: Any) -> Any:
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", value)
    return round(value, 3) if isinstance(value, float) else value


def _pair(value: Any) -> tuple[Any, str]:
    """A value, and how a workbook shows it."""
    return (float(value), PERCENT) if isinstance(value, Share) else (value, "")


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def _cell(sheet: Any, value: Any, form: str) -> Any:
    if isinstance(value, str):
        return text_cell(sheet, value)
    cell = WriteOnlyCell(sheet, value)
    if form:
        cell.number_format = form
    return cell


def _named(table: Table, wanted: Asked, form: str) -> str:
    """The header that names the file: its table and scope."""
    scope = wanted.scope
    plain = f"zhengwu-{table.name}-{scope.since:%Y%m%d}-{scope.until:%Y%m%d}.{form}"
    full = quote(f"{table.title}-{described(wanted)}.{form}".replace("/", "-"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


ROUTES = [route(f"{PART}/file", file, roles=READERS)]
