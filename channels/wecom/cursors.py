"""How far the messages of each 微信客服 account have been read, and who is reading them: one process at a time."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Protocol

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from channels.storage import Storage
from channels.tables import kf_cursors
from foundation import leases
from foundation.clock import Clock
from foundation.leases import Lease

SPAN = timedelta(seconds=10)
"""A reader that was killed keeps others out for so long."""


@dataclass(frozen=True)
class Place:
    """Where to read on. An account that was never read has no cursor, and `since` is when it was first met."""

    cursor: str
    since: datetime


class Cursors(Protocol):
    async def enter(self, open_kfid: str) -> Lease | None:
        """The right to read an account, or to go on reading it, for SPAN; None while another process reads."""

    async def leave(self, lease: Lease) -> None:
        """Let others read."""

    async def place(self, open_kfid: str) -> Place:
        """Where to read on."""

    async def reached(self, lease: Lease, open_kfid: str, cursor: str) -> None:
        """All before `cursor` has been dealt with.

        Raises:
            LeaseLost: another process reads meanwhile.
        """

    async def unread(self, before: datetime) -> list[str]:
        """The accounts that nobody has looked into since."""


class StoredCursors:
    """In the table kf_cursors, for all processes of an installation."""

    def __init__(self, storage: Storage, clock: Clock, holder: str | None = None) -> None:
        self._storage, self._clock = storage, clock
        self._holder = holder or f"{socket.gethostname()}/{os.getpid()}/{token_hex(4)}"

    async def enter(self, open_kfid: str) -> Lease | None:
        now = self._clock.now()
        return await self._storage.write(lambda tx: leases.acquire(tx, f"kf:{open_kfid}", self._holder, now, SPAN))

    async def leave(self, lease: Lease) -> None:
        now = self._clock.now()
        await self._storage.write(lambda tx: leases.release(tx, lease, now))

    async def place(self, open_kfid: str) -> Place:
        now = self._clock.now()

        def find(tx: Connection) -> Place:
            query = select(kf_cursors).where(kf_cursors.c.open_kfid == open_kfid)
            row = tx.execute(query).mappings().first()
            if row is not None:
                return Place(row["cursor"], row["updated_at"])
            try:
                with tx.begin_nested():
                    tx.execute(insert(kf_cursors).values(open_kfid=open_kfid, cursor="", updated_at=now))
            except IntegrityError:  # another process met it at the same moment
                pass
            return Place("", now)

        return await self._storage.write(find)

    async def reached(self, lease: Lease, open_kfid: str, cursor: str) -> None:
        now = self._clock.now()

        def store(tx: Connection) -> None:
            leases.require(tx, lease)
            mine = kf_cursors.c.open_kfid == open_kfid
            tx.execute(update(kf_cursors).where(mine).values(cursor=cursor, updated_at=now))

        await self._storage.write(store)

    async def unread(self, before: datetime) -> list[str]:
        old = or_(kf_cursors.c.updated_at < before, kf_cursors.c.cursor == "")
        query = select(kf_cursors.c.open_kfid).where(old).order_by(kf_cursors.c.open_kfid)
        return await self._storage.read(lambda tx: list(tx.execute(query).scalars()))


class RememberedCursors:
    """In this process's memory, under `rasa run`: after a restart reading begins with what is new."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: dict[str, Place] = {}

    async def enter(self, open_kfid: str) -> Lease | None:
        return Lease(f"kf:{open_kfid}", "this process", 1)

    async def leave(self, lease: Lease) -> None:
        pass

    async def place(self, open_kfid: str) -> Place:
        return self._places.setdefault(open_kfid, Place("", self._clock.now()))

    async def reached(self, lease: Lease, open_kfid: str, cursor: str) -> None:
        self._places[open_kfid] = Place(cursor, self._clock.now())

    async def unread(self, before: datetime) -> list[str]:
        return [kf for kf, place in self._places.items() if place.since < before or not place.cursor]
