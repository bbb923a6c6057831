"""The knowledge base beside a conversation: looked up, and put into a message with its sources; and whether that still
holds when it is sent, as an answer that waits must when it is confirmed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.desk_http import DESK, Fields, Refusal, act
from console.house import house
from console.routing import route
from desk import approvals
from desk.approvals import Approval
from desk.errors import WrongState
from foundation import switches
from foundation.clock import CHINA
from foundation.switches import ALL, OFF, of_channel, of_item
from knowledge_base.answering.answer import Answer
from knowledge_base.model import KINDS, Faq, Package, ServiceItem, Unit, UnitKey
from knowledge_base.store import releases
from knowledge_base.store.holdings import held_by
from knowledge_base.store.status import changed_since

if TYPE_CHECKING:
    from console.knowledge import Knowledge

AT_AN_OFFICE = ("place", "hours")
"""Aspects on which an item says what its offices say."""

_opening = threading.Lock()

Told = Collection[tuple[UnitKey, str | None]]
"""Units, each with the aspect on which something was told of it."""


@dataclass(frozen=True)
class Quoted:
    """An official answer that a page says it has put into a message, and the release that it was copied from.

    `answer` is what the unit says now; None: there is no such unit any more.
    """

    key: UnitKey
    aspect: str | None
    release: int
    answer: Answer | None


async def search(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/knowledge: text, region. A citizen's question must not stand in an address."""
    text, region = said.text("text", 500), said.named("region", 12)
    if not text.strip():
        return {"found": []}
    release = await _release(request)
    found = await house(request).look_up(lambda: _knowledge(request).search(text, region))
    return {"found": [{**one, "release": release} for one in found]}


async def on_aspect(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/knowledge/aspect: what one unit says on another aspect."""
    key, aspect = UnitKey(said.text("kind", 16), said.text("id", 128)), said.named("aspect", 16)
    release = await _release(request)
    found = await house(request).look_up(lambda: _knowledge(request).on(key, aspect))
    return {"found": found and {**found, "release": release}}


async def _release(request: Request) -> int:
    """The release from which something is looked up next. It is asked for first: should a newer one come in between,
    what has changed in that one is taken to have changed since, and not for what was found."""
    return await house(request).read(releases.current)


async def quoted(request: Request, unit: Fields | None) -> Quoted | None:
    """What a page says it has put into a message: `{kind, id, aspect, release}`.

    Pages and drafts from before an upgrade name no release: what holds now counts for them.
    """
    if unit is None:
        return None
    key, aspect = UnitKey(unit.text("kind", 16), unit.text("id", 128)), unit.named("aspect", 16)
    release = unit.number_or_none("release")
    answer = await house(request).look_up(lambda: _knowledge(request).official(key, aspect))
    if answer is None:
        return None if release is None else Quoted(key, aspect, release, None)
    return Quoted(key, answer.aspect, answer.release if release is None else release, answer)


def outdated(tx: Connection, found: Quoted | None) -> WrongState | None:
    """What to tell an agent whose quotation says something else by now than when it was copied; None: it holds.

    Sent under the newest release, no recall would find who was told it; and whoever sends it wants to know.

    Raises:
        Refusal: there is no such release.
    """
    if found is None:
        return None
    newest = releases.current(tx)
    if not 0 < found.release <= newest:
        raise Refusal("unreadable", 422)
    if held_by(tx, newest, found.key) is None:
        return WrongState("knowledge.removed")
    told = [(found.key, found.aspect)]
    return WrongState("knowledge.changed") if _changed(tx, told, found.release) else None


def doubt(tx: Connection, found: Approval, now: datetime) -> str | None:
    """Why an answer that waits cannot be sent as it was worded, as `approvals.confirm` takes it; None: it still holds.

    A recall looks back from the day on which it is drafted: whoever got the old answer after that would not be told.
    """
    answer: Mapping[str, Any] = (found.body.get("custom") or {}).get("answer") or {}
    told = list(_told(answer))
    units = {key: _published(tx, key) for key, _ in told}
    if _silenced(tx, found.channel, answer, units, now):
        return approvals.SILENCED
    if None in units.values():
        return approvals.REMOVED
    then, today = (moment.astimezone(CHINA).date() for moment in (found.opened_at, now))
    there = [unit for unit in units.values() if unit is not None]
    if any(unit.in_force(then) and not unit.in_force(today) for unit in there):
        return approvals.EXPIRED
    there += [unit for key in _drawn_on(tx, told) if (unit := _published(tx, key)) is not None]
    release = int(answer.get("release") or 0)
    changed = (release and _changed(tx, told, release)) or any(_differs(unit, then, today) for unit in there)
    return approvals.CHANGED if changed else None


def _changed(tx: Connection, told: Told, release: int) -> bool:
    """Whether units, or those whose words their answers use, say something else by now than in a release."""
    drawn_on = [key for key in _drawn_on(tx, told) if held_by(tx, release, key) is not None]
    return bool(changed_since(tx, [(key, release) for key in (*(key for key, _ in told), *drawn_on)]))


def _told(answer: Mapping[str, Any]) -> Iterator[tuple[UnitKey, str | None]]:
    """The units that an answer tells of, and on what: its own, and that of a second question of the same message."""
    for one in (answer, *(one for one in answer.get("also") or () if "aspect" in one)):
        if one.get("kind") in KINDS and one.get("id"):
            yield UnitKey(one["kind"], one["id"]), one.get("aspect")


def _drawn_on(tx: Connection, told: Told) -> set[UnitKey]:
    """The other units whose words answers use."""
    return {other for key, aspect in told if (unit := _published(tx, key)) for other in _draws_on(unit, aspect)}


def _draws_on(unit: Unit, aspect: str | None) -> Iterator[UnitKey]:
    if unit.successor:
        yield UnitKey(unit.kind, unit.successor)
    if isinstance(unit, Package):
        yield from (UnitKey("item", step.item) for step in unit.steps)
    if isinstance(unit, ServiceItem) and aspect in AT_AN_OFFICE and unit.aspects.place:
        lines = (line for change in unit.aspects.place.dated for line in change.value)
        yield from (UnitKey("office", line.office) for line in lines if line.office)


def _silenced(
    tx: Connection, channel: str, answer: Mapping[str, Any], units: Mapping[UnitKey, Unit | None], now: datetime
) -> bool:
    """Whether the robot would be silent on this today: altogether, on that channel, on an item that is told of."""
    items = {key.id for key in units if key.kind == "item"} | {answer.get("item_id")}
    for unit in units.values():
        items |= {unit.item} if isinstance(unit, Faq) else set()
        items |= {step.item for step in unit.steps} if isinstance(unit, Package) else set()
    scopes = {ALL, of_channel(channel), *(of_item(id) for id in items if id)}
    return any(one.mode == OFF and one.scope in scopes for one in switches.in_force(tx, now))


def _differs(unit: Unit, then: date, today: date) -> bool:
    """Whether a unit, as it stands, says something else on one day than on another."""
    dated = [value for _, value in unit.aspects if value is not None] if isinstance(unit, ServiceItem) else []
    return unit.in_force(then) != unit.in_force(today) or any(one.on(then) != one.on(today) for one in dated)


def _published(tx: Connection, key: UnitKey) -> Unit | None:
    found = releases.find(tx, releases.current(tx), key)
    return None if found is None else found.unit


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
