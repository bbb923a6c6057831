"""A gateway where people can sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from channel_helpers import free_port, listening, settings_for
from provider import CLIENT, SECRET, Provider
from sanic import Sanic

from channels.server import assemble
from channels.web.session import Sessions
from foundation import sign_ins
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.outbox import after
from foundation.settings import Settings
from foundation.vault import Vault


@dataclass
class Office:
    """A gateway where people can sign in, and its database."""

    address: str
    database: Database
    settings: Settings

    @property
    def cipher(self) -> Cipher:
        return Cipher(self.settings.key())

    def session(self) -> tuple[str, str]:
        """A web chat's session, and its conversation."""
        sessions = Sessions(self.settings.key())
        session = sessions.issue()
        return session, f"web:{sessions.sender(session)}"

    def link(self, conversation: str) -> str:
        """What an ability sends into a conversation."""
        link = sign_ins.link(self.settings, self.cipher, conversation, datetime.now(timezone.utc))
        assert link is not None
        return link

    def access(self, conversation: str) -> str | None:
        with self.database.read() as tx:
            return sign_ins.access_of(tx, self.cipher, conversation, datetime.now(timezone.utc))

    def said(self, conversation: str) -> list[dict[str, Any]]:
        with self.database.read() as tx:
            return [reply.body for reply in after(tx, conversation, 0)]


@asynccontextmanager
async def office_of(
    database: Database, provider: Provider, back_to: int | None = None, port: int | None = None, **changes: Any
) -> AsyncIterator[Office]:
    """A gateway over a database; citizens come back to the port `back_to`, by default its own."""
    Sanic.test_mode = True
    port = port or free_port()
    settings = settings_for(
        str(database.engine.url),
        signin_issuer=provider.address,
        signin_client_id=CLIENT,
        public_url=f"http://127.0.0.1:{back_to or port}",
        **{"signin_client_secret": SECRET, **changes},
    )
    app = assemble(settings, database, Vault(Cipher(settings.key())))
    async with listening(app, port) as address:
        yield Office(address, database, settings)
