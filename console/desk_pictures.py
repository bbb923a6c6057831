"""A picture that a citizen sent, before the agent who has the conversation: on demand, and audited. It is not kept."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from channels.delivery.platform import SendError
from channels.pictures import Pictures
from console.desk_conversation import may_see
from console.desk_http import DESK, Fields, Refusal, act
from console.house import house
from console.routing import route
from desk import handovers
from desk.case_confidence import transcript
from desk.sent import Sent
from foundation import audit

log = logging.getLogger(__name__)


async def show(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/picture: line. Answers with the picture as an address that holds it."""
    here, me, line = house(request), request.state.account, said.number("line")
    pictures: Pictures = request.app.state.pictures

    def look(tx: Connection) -> tuple[str, str]:
        found = handovers.get(tx, request.path_params["id"])
        if not may_see(found, me):
            raise Refusal("yours_only", 403)
        shown = [one for one in transcript(tx, found.conversation, 1, line + 1) if one.id == line]
        sent = Sent.of(shown[0].metadata) if shown else None
        if sent is None or not sent.media_id:
            raise Refusal("no_picture", 404)
        if not pictures.has(found.channel):
            raise Refusal("pictures_elsewhere", 409)
        audit.record(tx, me.name, "desk.picture", f"handover:{found.id}", {"line": line}, here.now())
        return found.channel, sent.media_id

    try:
        picture = await pictures.fetch(*await here.write(look))
    except SendError as error:
        log.info("a picture could not be had: %s", error)
        raise Refusal("picture_gone", 502) from None
    return {"picture": f"data:{picture.content_type};base64,{b64encode(picture.content).decode()}"}


ROUTES = [route("/desk/conversations/{id:int}/picture", act(show), roles=DESK, methods=("POST",))]
