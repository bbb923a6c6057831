"""What one has begun to write and not saved as a draft: also new units, which are listed nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from console.content import forms
from console.content.editor import TITLED
from console.content.roles import EDITORS, PART
from console.house import house
from console.pages import render
from console.routing import route
from knowledge_base.editing import working
from knowledge_base.editing.working import Working


async def listing(request: Request) -> Response:
    """GET /content/unfinished: one's own, the latest first."""
    me = request.state.account
    found = await house(request).read(lambda tx: working.mine(tx, me.name))
    return render(request, "content_unfinished.html", found=[_row(one) for one in found])


def _row(one: Working) -> dict[str, Any]:
    return {
        "kind": forms.title(one.key.kind),
        "title": str(one.body.get(TITLED.get(one.key.kind, "name")) or one.key.id),
        "path": f"{PART}/units/{one.key.kind}/{quote(one.key.id, safe='')}",
        "new": one.base is None,
        "at": one.updated_at,
    }


ROUTES = [route(f"{PART}/unfinished", listing, roles=EDITORS, nav="在编", under=PART)]
