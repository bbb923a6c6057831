"""What is remembered of a conversation between its messages: what 更多 continues with, buttons, 敬老版."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection

from channels.rendering.replies import PERSON
from channels.tables import preferences, put, remainders
from foundation.outbox import Reply, outbox

Body = dict[str, Any]
"""A reply as the outbox holds it: text, buttons, image, custom, by, laid_out."""

CONTINUES = "continues"
"""In a body: which page of a remainder it is, so that storing it takes the page away, once."""
MENU_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,4})")
LINKS = 10


def keep_rest(
    tx: Connection, conversation: str, given: Sequence[Reply], rest: Sequence[Sequence[Body]], now: datetime
) -> None:
    """After `given`, `rest` is left for 更多: pages of bodies. What was left of an earlier answer lapses, unless
    `given` was part of it, or news: those come while it is being read."""
    pages = [list(page) for page in rest]
    if all(map(_is_news, given)):
        if not pages:
            return
        pages += _pages(tx, conversation)
    elif any(CONTINUES in reply.body for reply in given):
        pages += _pages(tx, conversation)
    if pages:
        put(tx, remainders, conversation, {"key": token_hex(6), "pages": pages, "stored_at": now})
    else:
        tx.execute(delete(remainders).where(remainders.c.conversation == conversation))


def next_page(tx: Connection, conversation: str) -> list[Body] | None:
    """What 更多 continues with; it stays there until `taken` is told that it was stored as a reply."""
    query = select(remainders).where(remainders.c.conversation == conversation)
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    mark = f"{row['key']}-{len(row['pages'])}"
    return [{**body, CONTINUES: mark} for body in row["pages"][0]]


def taken(tx: Connection, conversation: str, bodies: Sequence[Body], now: datetime) -> None:
    """These bodies were stored as replies: a page among them is not left any more."""
    marks = {body[CONTINUES] for body in bodies if CONTINUES in body}
    if not marks:
        return
    query = select(remainders).where(remainders.c.conversation == conversation).with_for_update()
    row = tx.execute(query).mappings().first()
    if row is None or f"{row['key']}-{len(row['pages'])}" not in marks:
        return
    if len(row["pages"]) > 1:
        mine = remainders.c.conversation == conversation
        tx.execute(update(remainders).where(mine).values(pages=row["pages"][1:]))
    else:
        tx.execute(delete(remainders).where(remainders.c.conversation == conversation))


def payload(tx: Connection, conversation: str, menu_id: str) -> str | None:
    """What the clicked button `<reply id>-<n>` says; None where this conversation has no such button."""
    for _ in range(LINKS):
        found = MENU_ID.fullmatch(menu_id)
        if found is None:
            return None
        mine = (outbox.c.id == int(found[1])) & (outbox.c.conversation == conversation)
        body = tx.execute(select(outbox.c.body).where(mine)).scalar_one_or_none()
        buttons = (body or {}).get("buttons") or []
        if int(found[2]) >= len(buttons):
            return None
        said = str(buttons[int(found[2])].get("payload") or buttons[int(found[2])].get("title") or "")
        if MENU_ID.fullmatch(said) is None:
            return said or None
        menu_id = said  # a page that followed later refers to the button of the first
    return None


def prefer(tx: Connection, conversation: str, elderly: bool, now: datetime) -> None:
    put(tx, preferences, conversation, {"elderly": elderly, "updated_at": now})


def elderly(tx: Connection, conversation: str) -> bool:
    """Whether the citizen has chosen 敬老版."""
    query = select(preferences.c.elderly).where(preferences.c.conversation == conversation)
    return bool(tx.execute(query).scalar_one_or_none())


def _is_news(reply: Reply) -> bool:
    """Whether nobody asked for it, and it is not what a person says who has the conversation."""
    told = (reply.body.get("custom") or {}).get("notice")
    return reply.inbox_id is None and bool(told or reply.body.get("by") != PERSON)


def _pages(tx: Connection, conversation: str) -> list[list[Body]]:
    query = select(remainders.c.pages).where(remainders.c.conversation == conversation)
    return list(tx.execute(query).scalar_one_or_none() or [])
