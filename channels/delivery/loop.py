"""One delivery loop per account, whoever runs it: the process that holds the account's lease.

It looks for conversations that have something to be told and gives each to the courier, in parallel, each conversation
to one task at a time. A process that dies is followed by another when its lease has run out.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import socket
import time
from datetime import timedelta
from secrets import token_hex
from typing import Any

from channels import metrics
from channels.delivery import ledger
from channels.delivery.breaker import Breaker
from channels.delivery.courier import Courier
from channels.delivery.notices import Notices
from channels.delivery.planner import Planner
from channels.delivery.platform import Platform
from channels.delivery.typing import Shown, slow_turns
from channels.refused import Refused
from channels.storage import Storage
from foundation import leases
from foundation.clock import Clock
from foundation.commits import Commits
from foundation.deadlines import Steadiness
from foundation.errors import LeaseLost
from foundation.leases import Lease

log = logging.getLogger(__name__)

SPAN, RENEW, STANDBY = timedelta(seconds=4), 1.0, 0.5
"""How long the lease lasts; seconds between renewals, and between looks whether another's has run out."""
QUICK, SLOW, ALWAYS = 0.03, 0.06, 0.25
"""Seconds between looks whether anybody wrote, on SQLite and on PostgreSQL; between looks whatever that says."""
CONVERSATIONS = 64
"""Served at once."""
TYPING, NOTICES, SWEEP = 0.5, 1.0, 30.0
"""Seconds between looks for turns that take long, for held replies that a notice can tell of, and for replies that
nobody will get any more."""
FEW = 4
"""Shown typing at once: answers need the platform more."""
TROUBLE, FAULT = 1.0, 30.0
"""Seconds for which a conversation is left alone after the database refused, and after an error of ours."""
FINISH = 2.5
"""Seconds that calls under way get when the process is to stop."""


class DeliveryLoop:
    """The delivery loop of one account in this process; `notices` tells citizens outside their windows."""

    def __init__(self, storage: Storage, platform: Platform, clock: Clock, notices: Notices | None = None) -> None:
        self._storage = storage
        self._platform = platform
        self._clock = clock
        self._notices = notices
        self._holder = f"{socket.gethostname()}/{os.getpid()}-{token_hex(4)}"
        self._commits = Commits(storage.database)
        self._breaker = Breaker()
        self._shown = Shown()
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._left_alone: dict[str, float] = {}
        self._again = False
        self._lease: Lease | None = None
        self._courier: Courier | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._telling: list[asyncio.Task[bool]] = []

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(work)
            for work in (self._hold(), self._deliver(), self._tell(), self._type(), self._sweep())
        ]

    async def stop(self) -> None:
        """Finish what is being sent, begin nothing, and leave the account to another process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        under_way: list[asyncio.Task[Any]] = [*self._serving.values(), *self._telling]
        if under_way:
            await asyncio.wait(under_way, timeout=FINISH)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        if (lease := self._lease) is not None:
            release = self._storage.write(lambda tx: leases.release(tx, lease, self._clock.now()))
            await asyncio.gather(release, return_exceptions=True)
        self._commits.close()
        await self._platform.close()

    async def _hold(self) -> None:
        """Get the lease and keep it."""
        name, channel = f"delivery:{self._platform.channel}", self._platform.channel
        while True:
            try:
                lease = await self._storage.write(
                    lambda tx: leases.acquire(tx, name, self._holder, self._clock.now(), SPAN)
                )
            except Refused:
                lease = self._lease  # whoever cannot write, sends nothing either
            if lease != self._lease:
                self._lease = lease
                self._courier = None
                if lease is not None:
                    log.info("%s: this process delivers", channel)
                    planner = Planner(self._storage, self._platform, self._clock, lease)
                    self._courier = Courier(self._storage, self._platform, self._clock, planner, self._breaker)
            await asyncio.sleep(STANDBY if lease is None else RENEW)

    async def _deliver(self) -> None:
        looked_at = 0.0
        while True:
            await asyncio.sleep(QUICK if self._storage.database.is_sqlite else SLOW)
            if self._courier is None or self._breaker.open:
                continue
            try:
                if self._commits.changed() or self._again or time.monotonic() - looked_at > ALWAYS:
                    self._again, looked_at = False, time.monotonic()
                    await self._hand_out(self._courier)
            except Refused:
                await asyncio.sleep(TROUBLE)

    async def _hand_out(self, courier: Courier) -> None:
        now = time.monotonic()
        self._left_alone = {name: until for name, until in self._left_alone.items() if until > now}
        room = (1 if self._breaker.tripped else CONVERSATIONS) - len(self._serving)
        if room <= 0:
            return
        most = room + len(self._serving) + len(self._left_alone) + self._breaker.failed
        channel = self._platform.channel
        found = await self._storage.read(lambda tx: ledger.due(tx, channel, self._clock.now(), most))
        found.sort(key=self._breaker.failed_at)  # another's message is to try: one that is refused always is no sign
        for name in [name for name in found if name not in self._serving and name not in self._left_alone][:room]:
            self._serving[name] = asyncio.create_task(self._serve(courier, name))

    async def _serve(self, courier: Courier, conversation: str) -> None:
        pause = FAULT
        try:
            pause = await courier.serve(conversation)
        except LeaseLost:
            log.warning("%s: another process delivers now", self._platform.channel)
            pause = 0.0
        except Refused:
            pause = TROUBLE
        except Exception:  # one conversation must not stop the others
            log.exception("%s: delivering failed", self._platform.channel)
        finally:
            del self._serving[conversation]
            if pause:
                self._left_alone[conversation] = time.monotonic() + pause
            self._again = True

    async def _tell(self) -> None:
        """Notices, one after the other; `stop` lets the one that is being sent be confirmed."""
        while self._notices is not None:
            more = False
            if (lease := self._lease) is not None:
                self._telling = [asyncio.create_task(self._notices.tell(lease))]
                try:
                    more = await asyncio.shield(self._telling[0])
                except LeaseLost:
                    log.warning("%s: another process delivers now", self._platform.channel)
                except Refused:
                    await asyncio.sleep(TROUBLE)
                except Exception:  # replies that can be delivered must not wait for it
                    log.exception("%s: telling by notices failed", self._platform.channel)
                    await asyncio.sleep(FAULT)
            if not more:
                await asyncio.sleep(NOTICES)

    async def _type(self) -> None:
        channel = self._platform.channel
        while True:
            await asyncio.sleep(TYPING)
            if self._courier is None or self._breaker.tripped:
                continue
            try:
                slow = await self._storage.read(lambda tx: slow_turns(tx, channel, self._clock.now()))
                recipients = [name.removeprefix(f"{channel}:") for name in self._shown.first(slow)]
                while recipients:
                    await asyncio.gather(*map(self._platform.typing, recipients[:FEW]))
                    del recipients[:FEW]
            except Refused:
                await asyncio.sleep(TROUBLE)
            except Exception:  # nothing depends on it
                log.exception("%s: typing cannot be shown", channel)
                await asyncio.sleep(FAULT)

    async def _sweep(self) -> None:
        channel, steadiness = self._platform.channel, Steadiness(self._clock)
        while True:
            now = self._clock.now()  # before it is asked whether that can be believed
            if self._courier is not None:
                try:
                    if steadiness.holds():
                        expired = await self._storage.write(functools.partial(ledger.expire, channel=channel, now=now))
                        metrics.expired.labels(channel).inc(expired)
                    metrics.held.labels(channel).set(await self._storage.read(lambda tx: ledger.held(tx, channel)))
                except Refused:
                    await asyncio.sleep(TROUBLE)
            await asyncio.sleep(SWEEP)
