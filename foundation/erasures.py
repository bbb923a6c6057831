"""The list of erasures: who was erased is known by a keyed fingerprint alone, so that an older archive, once it is
restored, can be erased of them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, String, Table, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation import audit, erasure, retention
from foundation.cipher import Cipher
from foundation.database import Instant, metadata

ASKED, UNSUBSCRIBED, RESTORED = "asked", "unsubscribed", "restored"
"""Why somebody is erased: they asked, left the channel, or an archive had brought them back."""
CONTEXT = "erasure"
LATELY = 3_600
"""Seconds. Platforms tell of an event, and tell it again, within a minute; the rest is for clocks that are wrong."""
CITIZEN = "citizen"
"""Who did it, in the audit log, where no member of staff did."""

erasures = Table(
    "erasures",
    metadata,
    Column("digest", String(64), primary_key=True),
    # The last time: whoever came back since is nobody to be erased.
    Column("at", Instant, nullable=False),
)


def digest_of(cipher: Cipher, conversation: str) -> str:
    """What the list knows a conversation by; useless without the key."""
    return cipher.fingerprint(conversation, CONTEXT)


def erase(tx: Connection, cipher: Cipher, conversation: str, account: str, why: str, now: datetime) -> dict[str, int]:
    """Erase all that is kept of a conversation, and have that outlast the backups; the number of rows by store."""
    counts = erasure.erase_everything(tx, conversation)
    digest = digest_of(cipher, conversation)
    merge(tx, {digest: now})
    settled = {store: rows for store, rows in counts.items() if rows}
    audit.record(tx, account, "privacy.erase", subject_of(digest), {"why": why, **settled}, now)
    return counts


def leave(tx: Connection, cipher: Cipher, conversation: str, since: int, now: datetime) -> bool:
    """Erase whoever left a channel, unless that is done; whether it was to be done.

    Who was told long ago to have left, and was erased later than that, has come back since: what says so was kept by
    somebody. Within LATELY clocks may differ, and who leaves twice is erased twice.

    Args:
        since: when it was said, in seconds since 1970.
    """
    mine = erasures.c.digest.in_(cipher.fingerprints(conversation, CONTEXT))
    last = tx.execute(select(func.max(erasures.c.at)).where(mine)).scalar()
    if last is not None and last.timestamp() >= since and now.timestamp() - since > LATELY:
        return False
    erase(tx, cipher, conversation, CITIZEN, UNSUBSCRIBED, now)
    return True


def subject_of(digest: str) -> str:
    """What the audit log calls somebody whose rights were exercised."""
    return f"citizen:{digest[:12]}"


def known(tx: Connection) -> dict[str, datetime]:
    """The list: fingerprint → when they were last erased."""
    return {row.digest: row.at for row in tx.execute(select(erasures))}


def merge(tx: Connection, others: Mapping[str, datetime]) -> None:
    """Add to the list; of two times for one, the later holds."""
    for digest, at in others.items():
        mine = erasures.c.digest == digest
        try:
            with tx.begin_nested():
                tx.execute(insert(erasures).values(digest=digest, at=at))
        except IntegrityError:
            tx.execute(update(erasures).where(mine, erasures.c.at < at).values(at=at))


def newer(mine: Mapping[str, datetime], others: Mapping[str, datetime]) -> dict[str, datetime]:
    """Those of the others' erasures of which one's own list does not know."""
    return {digest: at for digest, at in others.items() if digest not in mine or mine[digest] < at}


def repeat(tx: Connection, cipher: Cipher, missed: Mapping[str, datetime], account: str, now: datetime) -> int:
    """Erase once more whoever of a list is in the database; how many. All packages with tables must be known.

    Afterwards the list has them as they were: whoever came back between the erasure and now must not seem erased.
    """
    found = [one for one in everybody(tx) if not missed.keys().isdisjoint(cipher.fingerprints(one, CONTEXT))]
    for conversation in found:
        erase(tx, cipher, conversation, account, RESTORED, now)
    for digest, at in missed.items():
        tx.execute(update(erasures).where(erasures.c.digest == digest).values(at=at))
    merge(tx, missed)
    return len(found)


def everybody(tx: Connection) -> list[str]:
    """Every conversation that any table names."""
    found: set[str] = set()
    for table in metadata.sorted_tables:
        if "conversation" in table.columns:
            column = table.c.conversation
            found.update(tx.execute(select(column).where(column.is_not(None)).distinct()).scalars())
    return sorted(found)


retention.register("erasures", retention.of_table(erasures, erasures.c.at, in_order=False))
