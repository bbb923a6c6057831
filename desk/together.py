"""One answer to many who ask the same: each is taken, answered, recorded and closed apart, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import presence
from desk.errors import DeskError, Malformed, NotFound, Unskilled
from desk.handover import WAITING, get
from desk.handovers import close
from desk.queue import may_take
from desk.speech import Said, say, sent
from desk.tables import handovers
from desk.taking import give


@dataclass(frozen=True)
class Answered:
    """Who was answered, by handover; and who was not, because another has them by now or they left, and why."""

    said: dict[int, Said]
    refused: dict[int, str]


def say_to_all(
    tx: Connection,
    ids: Collection[int],
    account: str,
    text: str,
    key: str,
    now: datetime,
    outcome: str,
    topic: str,
    records: Mapping[int, str] | None = None,
    answer: Mapping[str, Any] | None = None,
) -> Answered:
    """Answer those who wait, or whom this agent has, and close them; one works as well as forty.

    Args:
        key: the page's own name of this act: under a known one, who was answered is not answered again.
        records: numbers of answer records by handover, which the caller writes for those who were answered now.
        answer: payload of an answer from the knowledge base that is sent as it is.

    Raises:
        Malformed: no text or no outcome.
    """
    if not text.strip():
        raise Malformed("handover.empty")
    if not outcome.strip():
        raise Malformed("handover.no_outcome")
    mine, there = presence.agent(tx, account, now), presence.available(tx, now)
    query = select(handovers.c.id).where(handovers.c.id.in_(ids)).order_by(handovers.c.conversation, handovers.c.id)
    done: dict[int, Said] = {}
    refused: dict[int, str] = {}
    locked = [get(tx, id, lock=True) for id in tx.execute(query).scalars().all()]
    for found in locked:
        try:
            if (known := sent(tx, found.id, key)) is not None:
                done[found.id] = known
                continue
            if found.state == WAITING:
                if not may_take(mine, found.department, there):
                    raise Unskilled("handover.unskilled", department=found.department)
                found = give(tx, found, account, account, now, "take")
            done[found.id] = say(tx, found, account, text, key, now, (records or {}).get(found.id), answer)
            close(tx, found.id, account, outcome, topic, now)
        except DeskError as error:  # raised before anything was written
            refused[found.id] = str(error)
    refused |= {id: str(NotFound("not_found.handover")) for id in ids if id not in done and id not in refused}
    return Answered(done, refused)
