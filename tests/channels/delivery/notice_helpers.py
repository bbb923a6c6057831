"""An account that has templates, and a platform that takes notices, or refuses them as a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from delivery_helpers import WECHAT
from pydantic import parse_obj_as
from sqlalchemy import select, update

from channels.delivery.notices import Notices
from channels.delivery.platform import Action, SendError
from channels.gateway import Gateway
from channels.tables import reply_windows
from channels.wechat.notifications import Notifications
from channels.wechat.templates import Table
from foundation import outbox
from foundation.clock import Clock, SystemClock
from foundation.database import Database

DECIDED: dict[str, Any] = {
    "event": "application.decided",
    "values": {"title": "居住证办理", "number": "SLS2****0087", "state": "准予"},
}
TABLE = {
    "application.decided": {WECHAT: {"template": "DECIDED", "data": {"thing1": "{title}", "phrase2": "{state}"}}},
    "reply.waiting": {WECHAT: {"template": "WAITING", "data": {"thing1": "{office}"}}},
}
Outcome = int | Action | None
"""An errcode, what the client makes of a broken call, or taken."""


class FakeApi:
    """Keeps the bodies that it was to post; `script` says for each what comes of it."""

    def __init__(self, script: Callable[[dict[str, Any]], Outcome] = lambda body: None) -> None:
        self.script = script
        self.bodies: list[dict[str, Any]] = []

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(body)
        outcome = self.script(body)
        if isinstance(outcome, Action):
            raise SendError(0, outcome, "broken")
        if outcome is not None:
            raise SendError(outcome, Action.DROP, "refused")
        return {"errcode": 0, "msgid": f"n{len(self.bodies)}"}

    @property
    def templates(self) -> list[str]:
        return [body["template_id"] for body in self.bodies]


def in_turn(*outcomes: Outcome) -> Callable[[dict[str, Any]], Outcome]:
    left: Iterator[Outcome] = iter(outcomes)
    return lambda body: next(left, None)


def notices_by(
    gateway: Gateway, api: FakeApi, table: dict[str, Any] | None = None, clock: Clock | None = None
) -> Notices:
    clock = clock or SystemClock()
    parsed = parse_obj_as(Table, TABLE if table is None else table)
    return Notices(gateway.storage, WECHAT, Notifications(parsed, {WECHAT: api}, clock, {"office": "中心"}), clock)


def close_windows(database: Database) -> None:
    """Nobody may be sent anything from now on."""
    with database.write() as tx:
        tx.execute(update(reply_windows).values(message_left=0, action_left=0))


def book(database: Database) -> list[tuple[str, str | None, int]]:
    """State, way and open calls of every reply."""
    table = outbox.outbox.c
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(select(table.state, table.via, table.attempts).order_by(table.id))]
