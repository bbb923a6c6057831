"""What every page needs of the house behind it: database, clock, settings, cipher, and threads for blocking work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.engine import Connection
from starlette.requests import HTTPConnection

from foundation import accounts
from foundation.accounts import Account
from foundation.cipher import Cipher
from foundation.clock import Clock
from foundation.database import Database
from foundation.executor import Executor
from foundation.settings import Settings
from foundation.vault import Vault

T = TypeVar("T")
THREADS = 8
PASSWORDS_AT_ONCE = 2
"""To check one takes 64 MB and much of a processor, as it must."""
LOOK_UPS_AT_ONCE = 2
"""In the published knowledge. The first has it opened, which takes seconds, and all others wait for that."""


class House:
    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.cipher = Cipher.of_settings(settings)
        self.vault = Vault(self.cipher)
        self.idle = timedelta(minutes=settings.console_idle_minutes)
        self.life = timedelta(hours=settings.console_session_hours)
        self._executor = Executor("console", THREADS)
        self._passwords = Executor("passwords", PASSWORDS_AT_ONCE)
        self._look_ups = Executor("look-ups", LOOK_UPS_AT_ONCE)

    def now(self) -> datetime:
        return self.clock.now()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a thread, in a transaction that sees one state and changes nothing."""
        return await self._executor.run(lambda: self._reading(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a thread, in a transaction that commits when it returns and rolls back when it raises."""

        def writing() -> T:
            with self.database.write() as tx:
                return work(tx)

        return await self._executor.run(writing)

    async def run(self, work: Callable[[], T]) -> T:
        """Run other blocking work in one of the same threads."""
        return await self._executor.run(work)

    async def look_up(self, work: Callable[[], T]) -> T:
        """Run a search of the published knowledge, few at a time and beside all else."""
        return await self._look_ups.run(work)

    async def verified(self, name: str, password: str) -> Account | None:
        """The account that a password opens: as accounts.verify, few at a time."""
        return await self._passwords.run(lambda: self._reading(lambda tx: accounts.verify(tx, name, password)))

    def _reading(self, work: Callable[[Connection], T]) -> T:
        with self.database.read() as tx:
            return work(tx)

    def close(self) -> None:
        self._executor.close()
        self._passwords.close()
        self._look_ups.close()
        self.database.close()


def house(connection: HTTPConnection) -> House:
    """The house of the application that a request or a web socket came to."""
    found: House = connection.app.state.house
    return found
