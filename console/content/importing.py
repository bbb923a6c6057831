"""Bringing a file in: uploaded, looked at, its columns matched by hand, confirmed. Nothing is changed before that."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from console.content.roles import EDITORS, PART, department_of
from console.content.telling import Form, back, posted, told, trouble
from console.house import house
from console.pages import render, see_other
from console.routing import route
from foundation import audit
from knowledge_base.editing.differences import differences
from knowledge_base.editing.fields import kind_name
from knowledge_base.importing import matching, synchronising, uploads
from knowledge_base.importing.columns import REQUIRED, fields_of
from knowledge_base.importing.fields import title
from knowledge_base.importing.plan import Plan, plan
from knowledge_base.importing.problems import told as in_words
from knowledge_base.importing.reading import Read, read_upload
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.synchronising import Memory
from knowledge_base.importing.taking import Choices, Taken, digest_of, take
from knowledge_base.importing.templates import workbook
from knowledge_base.importing.uploads import Upload
from knowledge_base.store import releases

HERE = f"{PART}/import"
FRAME = 64 * 1024
"""Bytes of a form around the file."""
DIFFERENCES, PROBLEMS, HELD = 20, 1000, 500
"""So many are shown."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def page(request: Request) -> Response:
    """GET /content/import"""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> dict[str, Any]:
        return {
            "imports": [one for one in audit.entries(tx, account=me.name, action="kb.import", limit=10) if _shown(one)],
            "runs": synchronising.runs(tx, 10),
            "sources": synchronising.sources(tx),
        }

    found = await here.read(read)
    largest = uploads.LARGEST >> 20
    accept = ",".join(uploads.SUFFIXES)
    return render(request, "content_import.html", told=told(request), largest=largest, accept=accept, **found)


def _shown(entry: audit.Entry) -> bool:
    """Whether an entry has what the page shows: not one that somebody has tampered with."""
    return {"files", "units", "unchanged"} <= entry.detail.keys()


async def upload(request: Request, form: Form) -> Response:
    """POST /content/import: file, source (the name of the system whose export it is, or empty)"""
    here, me = house(request), request.state.account
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise ImportRefused("no_file")
    content, name = await sent.read(), sent.filename
    source = form.get("source", "").strip()

    def write(tx: Connection) -> int:
        if source:
            synchronising.remembered(tx, source)
        return uploads.keep(tx, me.name, name, content, here.now())

    return see_other(_address(await here.write(write), source))


async def preview(request: Request) -> Response:
    """GET /content/import/{id}?source=&whole="""
    here, me = house(request), request.state.account
    source, whole = request.query_params.get("source", "").strip(), "whole" in request.query_params
    try:
        kept, read = await _read(request)
        found = await here.read(lambda tx: _plan(tx, request, read, source, whole)[0])
    except ImportRefused as error:
        return trouble(request, str(error), 404)
    tables = [(table, matching.proposed(table)) for table in read.report.tables]
    return render(
        request,
        "content_import_preview.html",
        told=told(request),
        upload=kept,
        source=source,
        whole=whole,
        found=found,
        counts=found.counts(),
        problems=[in_words(problem, read.report.tables) for problem in found.problems[:PROBLEMS]],
        changed=[(one, differences(one.before, one.after)) for one in found.changes if one.before],
        new=[one for one in found.changes if one.is_new][:DIFFERENCES],
        held=[one for one in found.held if one.held][:HELD],
        missing=found.missing[:HELD],
        tables=tables,
        kinds={kind: [(name, title(name, kind)) for name in fields_of(kind)] for kind in REQUIRED},
        kind_name=kind_name,
        department=department_of(me),
    )


async def columns(request: Request, form: Form) -> Response:
    """POST /content/import/{id}/columns: table (its number), kind, column-0, column-1 …, source"""
    here, me = house(request), request.state.account
    _, read = await _read(request)
    tables = dict(enumerate(read.report.tables))
    number = form.get("table", "")
    table = tables.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 4 else None
    if table is None:
        raise ImportRefused("columns_none")
    kind = form.get("kind", "")
    chosen = [form.get(f"column-{column}", "") for column in range(len(table.headings))]
    fields = [choice.removeprefix(f"{kind}.") or None for choice in chosen]
    await here.write(lambda tx: matching.remember(tx, table.headings, kind, fields, me.name, here.now()))
    return see_other(_address(request.path_params["id"], form.get("source", ""), "columns"))


async def confirm(request: Request, form: Form) -> Response:
    """POST /content/import/{id}/confirm: skip_bad_rows, overwrite (several), remove_missing, source, whole"""
    here, me = house(request), request.state.account
    kept, read = await _read(request)
    choices = Choices("skip_bad_rows" in form, request.state.many.get("overwrite", ()), "remove_missing" in form)

    def write(tx: Connection) -> Taken:
        synchronising.alone(tx)
        releases.lock(tx)  # what is planned for stands still until it is taken
        if not uploads.discard(tx, kept.id, me.name):
            raise ImportRefused("gone")
        found, memory = _plan(tx, request, read, form.get("source", ""), "whole" in form)
        return take(tx, found, me.name, choices, here.now(), memory, digest_of(kept.content))

    taken = await here.write(write)
    return back(HERE, "imported", **taken._asdict())


async def discard(request: Request, form: Form) -> Response:
    """POST /content/import/{id}/discard"""
    number, me = request.path_params["id"], request.state.account
    await house(request).write(lambda tx: uploads.discard(tx, number, me.name))
    return back(HERE, "import_dropped")


async def template(request: Request) -> Response:
    """GET /content/import/template/{kind}"""
    kind = request.path_params["kind"]
    if kind not in REQUIRED:
        return trouble(request, str(ImportRefused("columns_kind")), 404)
    content = await house(request).run(lambda: workbook(kind))
    name = f"attachment; filename=zhengwu-{kind}.xlsx"
    return Response(content, media_type=XLSX, headers={"content-disposition": name})


async def _read(request: Request) -> tuple[Upload, Read]:
    """The file that the address names, if it is this account's, and what it holds."""
    here, me = house(request), request.state.account
    number = request.path_params["id"]
    kept, matches = await here.read(lambda tx: (uploads.find(tx, number, me.name, here.now()), matching.remembered(tx)))
    return kept, await here.run(lambda: read_upload(kept.name, kept.content, matches, uploads.MOST_UNITS))


def _plan(tx: Connection, request: Request, read: Read, source: str, whole: bool) -> tuple[Plan, Memory | None]:
    """What would change; `whole`: a table's rows replace units whole, also where it has no column."""
    me, now = request.state.account, house(request).now()
    memory = synchronising.remembered(tx, source) if source else None
    return plan(tx, read, me.name, department_of(me), now, memory, DIFFERENCES, keep=not whole), memory


def _address(number: int, source: str, told: str = "") -> str:
    asked = {name: text for name, text in (("source", source), ("told", told)) if text}
    return f"{HERE}/{number}" + (f"?{urlencode(asked)}" if asked else "")


ROUTES = [
    route(HERE, page, roles=EDITORS, nav="导入", under=PART),
    route(HERE, posted(upload), roles=EDITORS, methods=("POST",), largest=uploads.LARGEST + FRAME),
    route(f"{HERE}/template/{{kind}}", template, roles=EDITORS),
    route(f"{HERE}/{{id:int}}", preview, roles=EDITORS),
    route(f"{HERE}/{{id:int}}/columns", posted(columns), roles=EDITORS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}/confirm", posted(confirm), roles=EDITORS, methods=("POST",)),
    route(f"{HERE}/{{id:int}}/discard", posted(discard), roles=EDITORS, methods=("POST",)),
]
