"""Files for units: uploaded in the editor, and looked at by the staff before anything is published."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.content.http import page
from console.content.roles import EDITORS, READERS
from console.house import house
from console.routing import route
from knowledge_base.editing import attachments
from knowledge_base.editing.attachments import DIGEST, LARGEST
from knowledge_base.editing.errors import EditingError

LONGEST_NAME = 300


async def upload(request: Request) -> Response:
    """POST /content/attachments?name=…: the file itself is the body. Answers with `{"digest", "name", "size"}`."""
    here, me = house(request), request.state.account
    name, content = request.query_params.get("name", "")[-LONGEST_NAME:], await request.body()
    try:
        kept = await here.write(lambda tx: attachments.keep(tx, content, name, me.name, here.now()))
    except EditingError as error:
        return JSONResponse({"error": str(error), "reason": error.key}, 422)
    return JSONResponse({"digest": kept.digest, "name": kept.name, "size": kept.size})


async def look(request: Request) -> Response:
    """GET /content/attachments/{digest}: whoever knows the hash of a file's content has seen a text that names it."""
    digest = request.path_params["digest"]
    found = (
        await house(request).read(lambda tx: attachments.content_of(tx, digest)) if DIGEST.fullmatch(digest) else None
    )
    if found is None:
        raise HTTPException(404)
    stored, content = found
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}"}
    return Response(content, media_type=stored.media_type, headers=headers)


ROUTES = [
    route("/content/attachments", upload, roles=EDITORS, methods=("POST",), largest=LARGEST),
    route("/content/attachments/{digest}", page(look), roles=READERS),
]
