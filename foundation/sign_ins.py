"""Who is signed in at the office's identity service: written by the gateway, which signs in, read by the abilities.

    link(settings, cipher, conversation, now)    the address to send into a conversation; None: nobody can sign in
    access_of(tx, cipher, conversation, now)     the access token, while the conversation's citizen is signed in
    until(tx, conversation, now)                 how long that still is
    sign_out(tx, conversation)                   forgets it

How it comes about: foundation/signing_in.py.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, String, Table, delete, insert, select
from sqlalchemy.engine import Connection

from foundation import erasure, retention, tickets
from foundation.cipher import Cipher
from foundation.database import Instant, metadata
from foundation.errors import VaultError
from foundation.settings import Settings

LIFE = timedelta(minutes=30)
"""Longest time for which somebody stays signed in."""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("access", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""A conversation whose citizen has signed in; `access` is the service's access token, encrypted."""

sign_in_requests = Table(
    "sign_in_requests",
    metadata,
    Column("state", String(64), primary_key=True),
    Column("conversation", String(200), nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_sign_in_requests_expires_at", "expires_at"),
)
"""A sign-in under way, the latest of its conversation. `state` is the fingerprint of what the service gives back.

`secrets`, encrypted: nonce, verifier, the browser's fingerprint. Once the service has answered (`used_at`) and until
digits are typed: these, the access token, until when it may serve, and the tries left.
"""

erasure.register_table(sign_ins, "created_at", "expires_at")
erasure.register_table(sign_in_requests, "expires_at", "used_at")
for _table in (sign_ins, sign_in_requests):
    retention.register(_table.name, retention.of_table(_table, _table.c.expires_at, in_order=False))


def link(settings: Settings, cipher: Cipher, conversation: str, now: datetime) -> str | None:
    """Where the citizen of a conversation can sign in, for ten minutes; None where the office has no such service.

    Not for the web chat: its page has a button, whose sign-in ends in the same browser, without digits to type.
    """
    if settings.signin_issuer is None:
        return None
    ticket = tickets.seal(cipher, tickets.Ticket(conversation), now)
    return f"{settings.public_url.rstrip('/')}/signin?ticket={ticket}"


def access_of(tx: Connection, cipher: Cipher, conversation: str, now: datetime) -> str | None:
    """The access token of a conversation's citizen; None when nobody is signed in, or not any more."""
    row = tx.execute(select(sign_ins.c.access).where(_held(conversation, now))).scalar_one_or_none()
    kept = None if row is None else show(cipher, row, conversation)
    return None if kept is None else str(kept["access"])


def until(tx: Connection, conversation: str, now: datetime) -> datetime | None:
    """Until when a conversation's citizen is signed in; None when not."""
    query = select(sign_ins.c.expires_at).where(_held(conversation, now))
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def sign_out(tx: Connection, conversation: str) -> bool:
    """Forget a conversation's sign-in, and one under way. Returns whether somebody was signed in."""
    tx.execute(delete(sign_in_requests).where(sign_in_requests.c.conversation == conversation))
    return bool(tx.execute(delete(sign_ins).where(sign_ins.c.conversation == conversation)).rowcount)


def keep(tx: Connection, cipher: Cipher, conversation: str, access: str, until: datetime, now: datetime) -> None:
    """The conversation's citizen is signed in from now on; for foundation/signing_in.py."""
    tx.execute(delete(sign_ins).where(sign_ins.c.conversation == conversation))
    row = {"access": hide(cipher, {"access": access}, conversation), "created_at": now, "expires_at": until}
    tx.execute(insert(sign_ins).values(conversation=conversation, **row))


def purge(tx: Connection, now: datetime) -> int:
    """Delete what has expired; returns how many rows."""
    tables = (sign_ins, sign_in_requests)
    return sum(tx.execute(delete(table).where(table.c.expires_at <= now)).rowcount for table in tables)


def hide(cipher: Cipher, kept: dict[str, Any], conversation: str) -> bytes:
    """Plain JSON, encrypted for one conversation."""
    return cipher.encrypt(json.dumps(kept), f"sign-in:{conversation}")


def show(cipher: Cipher, blob: bytes, conversation: str) -> dict[str, Any] | None:
    """Undo `hide`; None when ZHENGWU_SECRET_KEY is another one now: signing in again costs a citizen a minute."""
    try:
        kept: dict[str, Any] = json.loads(cipher.decrypt(blob, f"sign-in:{conversation}"))
    except VaultError:
        return None
    return kept


def _held(conversation: str, now: datetime) -> Any:
    return (sign_ins.c.conversation == conversation) & (sign_ins.c.expires_at > now)
