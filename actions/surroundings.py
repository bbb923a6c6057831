"""What the abilities need besides the conversation: the portal, the vault, the database, the time.

A process has one set, made from its settings at the first call; the worker, `zhengwu ask` and tests give their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from sqlalchemy.engine import Connection

from actions.portal.absent import NoPortal
from actions.portal.portal import Portal
from foundation.cipher import Cipher
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.executor import Executor
from foundation.settings import Settings, get_settings
from foundation.vault import Vault

THREADS = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Surroundings:
    portal: Portal
    secrets: Vault
    """Resolves the tokens that masking left in a citizen's text."""
    database: Database
    cipher: Cipher
    clock: Clock
    settings: Settings
    executor: Executor
    """For database work; the portal has threads of its own."""

    @classmethod
    def of_settings(
        cls,
        settings: Settings,
        *,
        portal: Portal | None = None,
        database: Database | None = None,
        executor: Executor | None = None,
        clock: Clock | None = None,
    ) -> Surroundings:
        """What the settings name, where it is not given.

        Raises:
            ConfigError: a setting is missing or wrong.
        """
        clock, cipher = clock or SystemClock(), Cipher.of_settings(settings)
        if portal is None and not settings.has_portal:
            portal = NoPortal()
        if portal is None:
            from actions.portal.client import Client

            portal = Client.of_settings(settings, clock)
        return cls(
            portal=portal,
            secrets=Vault(cipher),
            database=database or Database(settings.database_url),
            cipher=cipher,
            clock=clock,
            settings=settings,
            executor=executor or Executor("abilities", THREADS),
        )

    async def run(self, work: Callable[[], T]) -> T:
        """Blocking work, off the event loop."""
        return await self.executor.run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Work in a transaction that changes nothing, off the event loop."""

        def transaction() -> T:
            with self.database.read() as tx:
                return work(tx)

        return await self.run(transaction)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Work in a transaction that commits at its end, off the event loop."""

        def transaction() -> T:
            with self.database.write() as tx:
                return work(tx)

        return await self.run(transaction)


_given: Surroundings | None = None


def use(given: Surroundings | None) -> None:
    """Have this process's abilities use these from now on; None: its own again."""
    global _given
    _given = given


def surroundings() -> Surroundings:
    """What the abilities of this process use."""
    return _given or _own()


@lru_cache(maxsize=1)
def _own() -> Surroundings:
    return Surroundings.of_settings(get_settings())
