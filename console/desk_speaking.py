"""An agent speaks: to one citizen, or to many who ask the same. Each answer is recorded, and stored once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from channels import windows
from channels.rendering.footer import OFFICIAL
from channels.rendering.pages import LONGEST
from channels.windows import Rest
from console import desk_telling
from console.desk_http import DESK, Fields, Refusal, act, look
from console.desk_knowledge import Quoted, outdated, quoted
from console.desk_rows import desk_windows, handover_row
from console.desk_words import channel_name, named, word
from console.house import house
from console.routing import route
from desk import handovers, speech, together, undelivered
from desk.alike import alike
from desk.errors import WrongState
from desk.handovers import Handover
from desk.hours import desk_hours
from desk.tables import handovers as table
from desk.tasks import PHONE, SUBSCRIPTION, NewTask, open_task
from foundation.accounts import Account
from knowledge_base import records
from knowledge_base.records import Record, new_number

ON_A_PAGE_OF_OURS = ("web", "rest")
LONGEST_OF_OURS = 2000
"""Characters of a message where no platform sets a limit."""
STATEMENT = 60
"""Characters from which what a person writes of their own is taken for a statement of the office, and no mere talk."""
SAID_BY_A_PERSON = "handover"
"""Kind of an answer that rests on no unit."""


def longest(channel: str) -> int:
    """Characters of one message: on a platform, as many as citizens get without asking for 更多."""
    return LONGEST_OF_OURS if channel in ON_A_PAGE_OF_OURS else LONGEST


async def say(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/say: text, key, and from: the unit whose answer was put in, of which release."""
    here, me = house(request), request.state.account
    text, key = said.text("text").strip(), said.key()
    rests_on = await quoted(request, said.part("from"))

    def write(tx: Connection) -> speech.Said:
        now = here.now()
        found = handovers.get(tx, request.path_params["id"])
        if (known := speech.sent(tx, found.id, key)) is not None:
            return known
        check(found, text, windows.may_be_said(tx, [found.conversation], now).get(found.conversation), now)
        if (why := outdated(tx, rests_on)) is not None:
            raise why
        number, payload = new_number(), payload_of(rests_on, text)
        done = speech.say(tx, found, me.name, text, key, now, number, payload)
        if not done.duplicate:
            records.write(tx, record_of(number, found.conversation, me, text, rests_on, payload, now))
        return done

    done = await here.write(write)
    return {"outbox": done.outbox_id, "record": done.record, "duplicate": done.duplicate}


async def groups(request: Request) -> dict[str, Any]:
    """GET /desk/alike: those who wait and ask the same, as far as one may take them."""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> dict[str, Any]:
        now = here.now()
        waiting = table.c.state == handovers.WAITING
        left = windows.may_be_said(tx, table.select().with_only_columns(table.c.conversation).where(waiting), now)
        mine = handovers.waiting(tx, now, desk_windows(left, now), me.name)
        return {
            "now": now.isoformat(),
            "groups": [
                {"title": group.title, "rows": [handover_row(one, left, {}, now) for one in group.handovers]}
                for group in alike(mine)
            ],
        }

    return await here.read(read)


async def answer_all(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/together: one answer to one or many, each of whom is taken, answered, recorded and closed."""
    here, me = house(request), request.state.account
    text, key, ids = said.text("text").strip(), said.key(), said.numbers("ids")
    outcome, topic = said.text("outcome", 40), said.text("topic", 200)
    rests_on = await quoted(request, said.part("from"))

    def write(tx: Connection) -> tuple[together.Answered, dict[int, str]]:
        now = here.now()
        found = {one.id: one for one in several(tx, ids)}
        left = windows.may_be_said(tx, [one.conversation for one in found.values()], now)
        refused: dict[int, str] = {}
        why = outdated(tx, rests_on)
        for one in found.values():
            try:
                if speech.sent(tx, one.id, key) is None:  # or they were answered while it still held
                    check(one, text, left.get(one.conversation), now)
                    if why is not None:
                        raise why
            except (Refusal, WrongState) as error:
                refused[one.id] = str(error)
        numbers = {id: new_number() for id in ids if id not in refused}
        payload = payload_of(rests_on, text)
        done = together.say_to_all(tx, list(numbers), me.name, text, key, now, outcome, topic, numbers, payload)
        fresh = [found[id] for id, one in done.said.items() if not one.duplicate]
        for one in sorted(fresh, key=lambda one: one.conversation):
            records.write(tx, record_of(numbers[one.id], one.conversation, me, text, rests_on, payload, now))
            desk_telling.ended(tx, one, now)
        return done, refused

    done, refused = await here.write(write)
    return {"said": sorted(done.said), "refused": {**{str(id): why for id, why in {**done.refused, **refused}.items()}}}


async def by_phone(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/by-phone: what cannot be sent becomes a task, by phone or by subscribed notice.

    `key`: of the message, where it was written already; it makes one task however often it is asked for.
    """
    here, me = house(request), request.state.account
    text, key = said.text("text", 2000).strip(), said.key()

    def write(tx: Connection) -> dict[str, Any]:
        now = here.now()
        found = handovers.get(tx, request.path_params["id"])
        kind = PHONE if found.contact else SUBSCRIPTION
        due = desk_hours(tx, here.settings).after(now, here.settings.desk_callback_minutes)
        new = NewTask(
            kind=kind,
            source=undelivered.source(found.id, key),
            title=found.topic_title or found.question or named("kinds", kind),
            department=found.department,
            due_at=due,
            conversation=found.conversation,
            channel=found.channel,
            handover=found.id,
            contact=found.contact,
            detail={"question": found.question, "text": here.vault.hide(tx, text, found.conversation, now)},
        )
        task = open_task(tx, new, now, me.name)
        return {"task": task.id, "kind_name": named("kinds", kind)}

    return await here.write(write)


def several(tx: Connection, ids: list[int]) -> list[Handover]:
    query = table.select().where(table.c.id.in_(ids))
    return [Handover(**row) for row in tx.execute(query).mappings()]


def check(found: Handover, text: str, rest: Rest | None, now: datetime) -> None:
    """Refuse what the channel would not take: at once and in words, not later and silently."""
    limit = longest(found.channel)
    if len(text) > limit:
        raise Refusal("long", 422, count=len(text), limit=limit, channel=channel_name(found.channel))
    if rest is not None and rest.messages <= 0:
        why = word("refused.window_over" if rest.until <= now else "refused.window_used")
        raise Refusal("window", why=why)


def payload_of(rests_on: Quoted | None, text: str) -> dict[str, Any] | None:
    """The payload of an official answer, sources and all, where the text has it word for word; of talk, that it is."""
    if rests_on is None:
        return None if len(text) >= STATEMENT else {OFFICIAL: False}
    if rests_on.answer is None or rests_on.answer.text.strip() not in text:
        return None
    payload = {**rests_on.answer.payload(), "release": rests_on.release}
    return {name: value for name, value in payload.items() if name not in ("record", "confidence")}


def record_of(
    number: str,
    conversation: str,
    me: Account,
    text: str,
    rests_on: Quoted | None,
    payload: dict[str, Any] | None,
    now: datetime,
) -> Record:
    """What a person answered. It names the unit it was drawn from, changed or not, and the release that said it: a
    recall must reach it."""
    return Record(
        number=number,
        conversation=conversation,
        at=now,
        kind=rests_on.key.kind if rests_on else SAID_BY_A_PERSON,
        text=text,
        unit_id=rests_on.key.id if rests_on else None,
        aspect=rests_on.aspect if rests_on else None,
        release=rests_on.release if rests_on else None,
        payload={**(payload or {}), "record": number},
        said_by=me.name,
    )


ROUTES = [
    route("/desk/conversations/{id:int}/say", act(say), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/by-phone", act(by_phone), roles=DESK, methods=("POST",)),
    route("/desk/alike", look(groups), roles=DESK),
    route("/desk/together", act(answer_all), roles=DESK, methods=("POST",)),
]
