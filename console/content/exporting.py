"""Taking the published content out as a file, all of it or a department's or a kind's."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.roles import PART, READERS
from console.content.telling import WORDS, trouble
from console.house import house
from console.pages import render
from console.routing import route
from foundation.errors import ContentError
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.listing import departments
from knowledge_base.editing.scope import department_of
from knowledge_base.exporting import Format, packed
from knowledge_base.model import GOVERNED, Unit
from knowledge_base.store import releases

HERE = f"{PART}/export"
FORMS: dict[str, Format] = {"xlsx": "xlsx", "yaml": "yaml", "csv": "csv", "jsonl": "jsonl"}


async def page(request: Request) -> Response:
    """GET /content/export"""
    known, release = await house(request).read(lambda tx: (departments(tx), releases.current(tx)))
    kinds = {kind: kind_name(kind) for kind in GOVERNED}
    return render(request, "content_export.html", kinds=kinds, departments=known, release=release)


async def download(request: Request) -> Response:
    """GET /content/export/file?form=xlsx&kind=&department="""
    form = FORMS.get(request.query_params.get("form", ""))
    kind = request.query_params.get("kind", "")
    department = request.query_params.get("department", "").strip()
    if form is None:
        return await page(request)

    def wanted(unit: Unit) -> bool:
        return kind in ("", unit.kind) and department in ("", department_of(unit))

    def read(tx: Connection) -> tuple[int, str, bytes]:
        release = releases.current(tx)
        return release, *packed(tx, release, form, wanted)

    try:
        release, ending, content = await house(request).read(read)
    except ContentError:
        return trouble(request, WORDS.say("trouble.no_cell"), 409)
    name = f"attachment; filename=zhengwu-{release}-{form}{ending}"
    return Response(content, media_type="application/octet-stream", headers={"content-disposition": name})


ROUTES = [
    route(HERE, page, roles=READERS, nav="导出", under=PART),
    route(f"{HERE}/file", download, roles=READERS),
]
