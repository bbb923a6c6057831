"""Live preview: what WeChat, the web and 敬老版 will show of a unit as it stands in the form."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from console.content import shelves
from console.content.http import Sent, act
from console.content.roles import READERS
from console.content.saving import LARGEST
from console.house import House, house
from console.routing import route
from foundation.clock import CHINA, local_today
from knowledge_base.editing.faults import checked
from knowledge_base.model import ASPECTS, KINDS, UnitKey
from knowledge_base.model.unit import ID

if TYPE_CHECKING:
    from channels.rendering import Part
    from knowledge_base.answering.occasion import Occasion

RECORD = "XXXX-XXXX"
"""Stands for the number that a real answer is kept under."""
_importing = threading.Lock()


async def preview(request: Request, sent: Sent) -> dict[str, Any]:
    """POST /content/preview: kind, id, body; day, region, aspect, choices (situation → option), all four optional.

    Answers with `faults`, or with `wechat` and `elderly` (pages of parts), `web` (the reply's body), `tried` (what
    holds in the situation chosen), and `told` (the title of the other unit that answers, null: this one or none).
    """
    kind, id, body = sent.get("kind"), sent.get("id"), sent.get("body")
    if kind not in KINDS or not isinstance(id, str) or not ID.fullmatch(id) or not isinstance(body, dict):
        raise HTTPException(422)
    key = UnitKey(kind, id)
    unit = checked(key, body)
    if isinstance(unit, list):
        return {"faults": [fault._asdict() for fault in unit]}
    here, shelf = house(request), await shelves.shelf(request)
    return await here.run(lambda: _shown(here, unit, shelf, sent))


def _shown(here: House, unit: Any, shelf: Any, sent: Sent) -> dict[str, Any]:
    with _importing:  # half a second, and 50 MB, of which a console that edits nothing has no need
        from channels.rendering import Style, pages
        from foundation.outbox import Reply
        from knowledge_base.editing import previewing

    found = previewing.preview(unit, _aspect(sent), shelf, _occasion(here, sent), _region(sent), _choices(sent))
    body = previewing.body_of(replace(found.answer, record=RECORD))
    reply = Reply(1, "", "", None, 0, True, body)
    style = Style(hotline=here.settings.hotline)
    return {
        "wechat": [list(map(_part, page)) for page in pages([reply], style)],
        "elderly": [list(map(_part, page)) for page in pages([reply], replace(style, elderly=True))],
        "web": body,
        "tried": list(found.tried),
        "told": found.told.title if found.told is not None and found.told.key != unit.key else None,
    }


def _part(part: Part) -> dict[str, Any]:
    from channels.rendering import Image, Menu

    if isinstance(part, Menu):
        return {"text": part.head, "choices": [choice.title for choice in part.choices], "tail": part.tail}
    return {"image": part.url} if isinstance(part, Image) else {"text": part.text}


def _occasion(here: House, sent: Sent) -> Occasion:
    from knowledge_base.answering.occasion import occasion_at

    today = local_today(here.clock)
    day = _day(sent) or today
    return occasion_at(here.settings, day, here.now().astimezone(CHINA).time() if day == today else None)


def _day(sent: Sent) -> date | None:
    try:
        return date.fromisoformat(str(sent["day"])) if sent.get("day") else None
    except ValueError as error:
        raise HTTPException(422) from error


def _aspect(sent: Sent) -> str | None:
    aspect = sent.get("aspect")
    return aspect if aspect in ASPECTS else None


def _region(sent: Sent) -> str | None:
    region = sent.get("region")
    return region if isinstance(region, str) and region.isdigit() and len(region) <= 12 else None


def _choices(sent: Sent) -> dict[str, str]:
    choices = sent.get("choices")
    if not isinstance(choices, dict):
        return {}
    return {name: option for name, option in choices.items() if isinstance(option, str)}


ROUTES = [route("/content/preview", act(preview), roles=READERS, methods=("POST",), largest=LARGEST)]
