"""The turn worker: takes the next message of some conversation, runs its turn, commits it whole.

Killed at any point it leaves the message claimed and nothing else; its successor, or another worker when the lease
has run out, runs the turn again. Only a turn that still holds its lease commits.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from rasa.shared.core.events import Event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot import effects, switching, trackers, without_a_turn
from bot.assistant import Assistant, TurnResult, apology
from bot.turn_rows import record_of, turn_of
from bot.without_a_turn import Means
from desk import handovers
from foundation import heartbeat, outbox
from foundation.cipher import Cipher
from foundation.clock import Clock
from foundation.commits import Commits
from foundation.database import Database
from foundation.errors import LeaseLost
from foundation.executor import Executor
from foundation.inbox import Claim, Inbox
from foundation.settings import Settings
from foundation.vault import Vault
from insights import recording
from knowledge_base import records
from knowledge_base.library import open_library

log = logging.getLogger(__name__)

SIDE_BY_SIDE = 8
"""Turns under way at once: while one waits for the portal, others go on."""
AT_ONCE = 4
"""Messages taken in one transaction, which costs as much for one: other workers are left some."""


class Pauses(NamedTuple):
    """Seconds between two looks for something new: as long as somebody wrote within BUSY_FOR, and otherwise."""

    busy: float
    quiet: float


ASKING, LOOKING = Pauses(0.003, 0.02), Pauses(0.03, 0.1)
"""Where the database tells cheaply whether there was a commit, and where the inbox itself is looked into: thirty such
looks a second keep a core busy for some hundredths, in every worker, by night too."""
BUSY_FOR, ANYWAY_SECONDS = 10.0, 1.0
"""After the latter without a commit the inbox is looked into nevertheless, for leases run out."""
BEAT_SECONDS, LOOK_SECONDS = 1.0, 0.1
REST_SECONDS = 0.5
"""Before a message whose turn failed is given back."""
MOST_ATTEMPTS = 3
"""Claims of one message after which the citizen gets an apology: it may be what kills the worker."""


class SteppedIn(Exception):
    """A person has taken the conversation over while the robot thought."""


class Worker:
    def __init__(
        self,
        assistant: Assistant,
        database: Database,
        inbox: Inbox,
        executor: Executor,
        clock: Clock,
        settings: Settings,
        name: str,
    ) -> None:
        self._assistant = assistant
        self._database = database
        self._inbox = inbox
        self._executor = executor
        self._clock = clock
        self._settings = settings
        self._cipher = Cipher.of_settings(settings)
        self._lease = timedelta(seconds=settings.lease_seconds)
        self.name = name
        self._commits = Commits(database)
        self._pauses = ASKING if self._commits.can_tell else LOOKING
        self._stopping = asyncio.Event()
        self._claimed_at = -BUSY_FOR
        self._turns: set[asyncio.Task[None]] = set()
        self._excused: Counter[int] = Counter()
        """Claims of messages that the database failed, and would not take back before their leases were over."""

    def stop(self) -> None:
        """Finish the turns under way, take no new ones."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop`."""
        await self._begin()
        beating = asyncio.create_task(self._beat())
        try:
            while not self._stopping.is_set():
                room = min(SIDE_BY_SIDE - len(self._turns), AT_ONCE)
                claims = await self._next(room) if room > 0 else []
                if not claims:
                    await self._idle()
                    continue
                self._claimed_at = time.monotonic()
                for claim in claims:
                    turn = asyncio.create_task(self._serve(claim))
                    self._turns.add(turn)
                    turn.add_done_callback(self._turns.discard)
            await asyncio.gather(*self._turns, return_exceptions=True)
        finally:
            beating.cancel()
            self._commits.close()
            await self._write(lambda tx: heartbeat.stop(tx, self.name))

    async def _begin(self) -> None:
        """Sign on, however long the database takes."""
        while not self._stopping.is_set():
            try:
                return await self._write(self._take_over)
            except DBAPIError as error:
                log.error("the database does not let us sign on (%s); trying again", type(error).__name__)
                await asyncio.sleep(1)

    async def _idle(self) -> None:
        """Until there may be something to claim."""
        looked = time.monotonic()
        while not self._stopping.is_set():
            busy = self._turns or time.monotonic() - self._claimed_at < BUSY_FOR
            await asyncio.sleep(self._pauses.busy if busy else self._pauses.quiet)
            if self._commits.changed() or time.monotonic() - looked > ANYWAY_SECONDS:
                return

    async def _next(self, most: int) -> list[Claim]:
        try:
            return await self._executor.run(lambda: self._claim(most))
        except DBAPIError as error:
            log.error("the inbox cannot be read (%s); trying again", type(error).__name__)
            await asyncio.sleep(1)
            return []

    def _claim(self, most: int) -> list[Claim]:
        with self._database.read() as tx:  # others' commits wake us too: the lock is taken only for something
            if not self._inbox.any_free(tx, self._clock.now(), self._lease):
                return []
        with self._database.write() as tx:  # a lease begins when the lock is had
            return self._inbox.claim_some(tx, self.name, self._clock.now(), self._lease, most)

    def _before(self, claim: Claim, hopeless: bool) -> Sequence[Event] | None:
        """The conversation up to a message; None when the message needed no turn, and is dealt with.

        Args:
            hopeless: it gets no turn either: the conversation, which may be why, is not read.
        """
        with self._database.read() as tx:
            if not without_a_turn.may_be(tx, claim.message):
                return [] if hopeless else trackers.read(tx, claim.message.conversation)
        if self._settle(claim):
            return None
        with self._database.read() as tx:
            return [] if hopeless else trackers.read(tx, claim.message.conversation)

    def _settle(self, claim: Claim) -> bool:
        """Deal with a message that may need no model; False: it does."""
        with self._database.write() as tx:
            means, now = Means(Vault(self._cipher), self._settings, self._assistant.mood), self._clock.now()
            settled = without_a_turn.settle(tx, claim, means, now)
            if settled:
                self._inbox.finish(tx, claim, now)
        return settled

    async def _serve(self, claim: Claim) -> None:
        """One turn, from the claimed message to its commit; never raises."""
        renewing = asyncio.create_task(self._renew(claim))
        try:
            hopeless = self._hopeless(claim)
            before = await self._executor.run(lambda: self._before(claim, hopeless is not None))
            if before is None:
                return
            if hopeless is not None:
                log.error("inbox row %d %s: apologising", claim.id, hopeless)
                result = TurnResult([apology(self._settings)], [], [])
            else:
                message = claim.message
                result = await self._assistant.turn(
                    message.conversation, message.channel, message.text, message.message_id, message.metadata, before
                )
            await self._executor.run(lambda: self._commit(claim, result))
            self._excused.pop(claim.id, None)
        except LeaseLost:
            log.warning("the turn of inbox row %d was taken over; nothing of ours is kept", claim.id)
        except SteppedIn:
            log.info("a person has taken over during the turn of inbox row %d; nothing of it is kept", claim.id)
            await self._give_back(claim)
        except DBAPIError as error:
            log.error("the database failed in the turn of inbox row %d (%s)", claim.id, type(error).__name__)
            await self._give_back(claim, counted=False)
        except Exception:  # whatever it was, the message goes back and is tried again
            log.exception("the turn of inbox row %d failed", claim.id)
            await self._give_back(claim)
        finally:
            renewing.cancel()

    def _hopeless(self, claim: Claim) -> str | None:
        """Why a message gets no turn; mostly None."""
        if claim.message.unreadable:
            return "cannot be decrypted (was ZHENGWU_SECRET_KEY changed?)"
        if claim.fence - self._excused[claim.id] > MOST_ATTEMPTS:
            return f"failed {MOST_ATTEMPTS} times"
        return None

    def _commit(self, claim: Claim, result: TurnResult) -> None:
        """Everything a turn leaves behind, in one transaction."""
        now = self._clock.now()
        message = claim.message
        with self._database.write() as tx:
            self._inbox.finish(tx, claim, now)
            if handovers.current(tx, message.conversation) is not None:
                raise SteppedIn
            own, result = result, switching.switched(tx, message, result, self._settings, now)
            trackers.write(tx, message.conversation, result.events)
            effects.do(tx, result.effects, effects.Doing(claim, self._cipher, now))
            outbox.add(tx, message.conversation, message.channel, result.replies, now, claim.id)
            record = record_of(claim, result.replies, now)
            if record is not None:
                records.write(tx, record)
            recording.write(tx, turn_of(message, own, result, now))

    async def _renew(self, claim: Claim) -> None:
        """Keep the lease of a turn that takes long."""
        while True:
            await asyncio.sleep(self.lease_third)
            try:
                await self._write(lambda tx: self._inbox.renew(tx, claim, self._clock.now() + self._lease))
            except LeaseLost:
                return
            except DBAPIError as error:  # the next third of the lease may still be in time
                log.warning("the lease of inbox row %d was not renewed (%s)", claim.id, type(error).__name__)

    @property
    def lease_third(self) -> float:
        return self._lease.total_seconds() / 3

    async def _give_back(self, claim: Claim, counted: bool = True) -> None:
        """Let the message be claimed again, as soon as the database takes that."""
        while True:
            await asyncio.sleep(REST_SECONDS)
            try:
                return await self._write(lambda tx: self._inbox.release(tx, claim, counted))
            except LeaseLost:  # it was done after all, or another has it
                self._excused[claim.id] += not counted
                return
            except DBAPIError as error:
                log.warning("inbox row %d cannot be given back (%s)", claim.id, type(error).__name__)
                if self._stopping.is_set():
                    return

    async def _write(self, work: Callable[[Connection], None]) -> None:
        def transaction() -> None:
            with self._database.write() as tx:
                work(tx)

        await self._executor.run(transaction)

    def _take_over(self, tx: Connection) -> None:
        """Free what a predecessor of this name held when it died."""
        if count := self._inbox.release_worker(tx, self.name):
            log.warning("%s takes over %d message(s) of its predecessor", self.name, count)
        self._sign_on(tx)

    def _sign_on(self, tx: Connection) -> None:
        library = open_library()
        detail = {"pid": os.getpid(), "release": library.snapshot.release, "degraded": library.lacks is not None}
        heartbeat.beat(tx, self.name, heartbeat.WORKER, detail, self._clock.now())

    async def _beat(self) -> None:
        """Tell that we live, and at once when we have a new release: `zhengwu kb publish` waits for it."""
        told, at = -1, 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            release, now = open_library().snapshot.release, time.monotonic()
            if release == told and now - at < BEAT_SECONDS:
                continue
            told, at = release, now
            try:
                await self._write(self._sign_on)
            except DBAPIError as error:
                log.error("the database does not take our heartbeat (%s)", type(error).__name__)
