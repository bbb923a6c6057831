"""Files that wait between the preview of an import and its confirmation, and how columns were matched before."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from sqlalchemy import Column, LargeBinary, String, Table, delete, insert, select
from sqlalchemy.engine import Connection

from foundation import retention
from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId
from knowledge_base.importing.archives import Archive
from knowledge_base.importing.bounds import MOST_PARTS, TooMuch
from knowledge_base.importing.refused import ImportRefused

LARGEST = 30 << 20
"""Bytes of one file."""
LARGEST_UNPACKED = 192 << 20
"""Bytes of a workbook when it is unpacked; an honest one of the largest size has fewer."""
MOST_UNITS = 20_000
"""In one file: a preview of more would keep everybody waiting."""
MOST_FILES = 5
"""Of one account: a sixth takes the place of the oldest."""
KEPT = timedelta(days=1)
SUFFIXES = (".xlsx", ".xlsm", ".csv", ".tsv", ".jsonl", ".json", ".yaml", ".yml", ".zip")
LONGEST_STEM = 60

uploads = Table(
    "uploads",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("account", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)

column_mappings = Table(
    "column_mappings",
    metadata,
    # The digest of the header row: the same table is matched the same way next time.
    Column("header", String(64), primary_key=True),
    Column("columns", Json, nullable=False),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

synchronisations = Table(
    "synchronisations",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    # {"added": …, "changed": …, "missing": …, "unchanged": …, "bad": …}
    Column("counts", Json, nullable=False),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

synchronised = Table(
    "synchronised",
    metadata,
    # What a source said of a unit when it was last read: what differs from it next time is what has changed there.
    Column("source", String(200), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("unit_id", String(128), primary_key=True),
    Column("body", Json, nullable=False),
)


@dataclass(frozen=True)
class Upload:
    id: int
    account: str
    name: str
    content: bytes
    at: datetime


def keep(tx: Connection, account: str, name: str, content: bytes, now: datetime) -> int:
    """Keep a file until its import is confirmed, given up, or a day is over; returns its number.

    Raises:
        ImportRefused: it is too large, packed or not, or of no kind that can be read.
    """
    purge(tx, now)
    plain = safe_name(name)
    if len(content) > LARGEST:
        raise ImportRefused("too_large", largest=LARGEST >> 20)
    if plain.endswith((".xlsx", ".xlsm", ".zip")) and _unpacked(content) > LARGEST_UNPACKED:
        raise ImportRefused("unpacked", largest=LARGEST_UNPACKED >> 20)
    mine = select(uploads.c.id).where(uploads.c.account == account).order_by(uploads.c.id.desc())
    old = tx.execute(mine.offset(MOST_FILES - 1)).scalars().all()
    tx.execute(delete(uploads).where(uploads.c.id.in_(old)))
    put = insert(uploads).values(account=account, name=plain, content=content, at=now)
    return int(tx.execute(put).inserted_primary_key[0])


def find(tx: Connection, number: int, account: str, now: datetime) -> Upload:
    """A file that this account uploaded within the day.

    Raises:
        ImportRefused: there is none (any more).
    """
    mine = (uploads.c.id == number) & (uploads.c.account == account) & (uploads.c.at > now - KEPT)
    row = tx.execute(select(uploads).where(mine)).first()
    if row is None:
        raise ImportRefused("gone")
    return Upload(row.id, row.account, row.name, row.content, row.at)


def discard(tx: Connection, number: int, account: str) -> bool:
    """Delete a file of this account; False where somebody was quicker."""
    return bool(tx.execute(delete(uploads).where(uploads.c.id == number, uploads.c.account == account)).rowcount)


def purge(tx: Connection, now: datetime) -> None:
    """Delete the files that nobody confirmed within a day."""
    tx.execute(delete(uploads).where(uploads.c.at <= now - KEPT))


def safe_name(name: str) -> str:
    """A file's name as a browser sent it, without folders and characters that show as something else.

    Raises:
        ImportRefused: it says that the file is of no kind that can be read.
    """
    plain = PurePosixPath(
        re.sub(r"[^\w .()（）《》【】、，+&@-]", "_", name.replace("\\", "/").rpartition("/")[2]).strip()
    )
    suffix = plain.suffix.lower()
    if suffix not in SUFFIXES:
        raise ImportRefused("kind" if suffix else "no_suffix", suffix=suffix[:20])
    return f"{plain.stem[:LONGEST_STEM].lstrip('.') or '_'}{suffix}"


def _unpacked(content: bytes) -> int:
    """The size of what a zip file says it holds; one that says less than there is cannot be read further."""
    try:
        with Archive(content) as packed:
            return sum(part.file_size for part in packed.infolist())
    except TooMuch:
        raise ImportRefused("parts", most=MOST_PARTS) from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return 0  # whoever reads it will say what is wrong


retention.register("uploads", retention.of_table(uploads, uploads.c.at, lag=KEPT))
