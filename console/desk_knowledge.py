"""The knowledge base beside a conversation: looked up, and put into a message with its sources."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from console.desk_http import DESK, Fields, act
from console.house import house
from console.routing import route
from knowledge_base.answering.answer import Answer
from knowledge_base.model import UnitKey

if TYPE_CHECKING:
    from console.knowledge import Knowledge

_opening = threading.Lock()


async def search(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/knowledge: text, region. A citizen's question must not stand in an address."""
    text, region = said.text("text", 500), said.named("region", 12)
    if not text.strip():
        return {"found": []}
    return {"found": await house(request).look_up(lambda: _knowledge(request).search(text, region))}


async def on_aspect(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/knowledge/aspect: what one unit says on another aspect."""
    key, aspect = UnitKey(said.text("kind", 16), said.text("id", 128)), said.named("aspect", 16)
    return {"found": await house(request).look_up(lambda: _knowledge(request).on(key, aspect))}


async def quoted(request: Request, unit: Fields | None) -> Answer | None:
    """The official answer that a page says it has put into a message: `{kind, id, aspect}`."""
    if unit is None:
        return None
    key, aspect = UnitKey(unit.text("kind", 16), unit.text("id", 128)), unit.named("aspect", 16)
    return await house(request).look_up(lambda: _knowledge(request).official(key, aspect))


def _knowledge(request: Request) -> Knowledge:
    """The application's one, opened when somebody first looks something up: it costs two seconds and 100 MB."""
    with _opening:
        state = request.app.state
        if not hasattr(state, "knowledge"):
            from console.knowledge import Knowledge  # brings scikit-learn, without which the console starts faster

            state.knowledge = Knowledge(house(request))
        found: Knowledge = state.knowledge
        return found


ROUTES = [
    route("/desk/knowledge", act(search), roles=DESK, methods=("POST",)),
    route("/desk/knowledge/aspect", act(on_aspect), roles=DESK, methods=("POST",)),
]
