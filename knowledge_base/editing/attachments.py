"""Files of units, 空白表 and 样表: kept once by their hash, and given to citizens once a published unit names them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.errors import Unfit
from knowledge_base.editing.file_types import MEDIA_TYPES, kind_of
from knowledge_base.editing.tables import attachments
from knowledge_base.model.unit import FILE_NAME
from knowledge_base.store.revisions import insert_for
from knowledge_base.store.tables import memberships, revisions

LARGEST = 10 * 1024 * 1024
"""Bytes of a file."""
LONGEST = 80
DIGEST = re.compile("[0-9a-f]{64}")


class Stored(NamedTuple):
    digest: str
    name: str
    media_type: str
    size: int


def keep(tx: Connection, content: bytes, name: str, account: str, now: datetime) -> Stored:
    """Keep a file under a safe name with the ending that its content has; the same content is kept once.

    One that has been damaged since is whole again when somebody uploads it anew.

    Raises:
        Unfit: it is empty, too large, or none of the types that citizens are given.
    """
    if not content:
        raise Unfit("file_empty")
    if len(content) > LARGEST:
        raise Unfit("file_large", megabytes=LARGEST // 1024 // 1024)
    ending = kind_of(content)
    if ending is None:
        raise Unfit("file_type")
    found = Stored(hashlib.sha256(content).hexdigest(), file_name(name, ending), MEDIA_TYPES[ending], len(content))
    row = {**found._asdict(), "content": content, "account": account, "created_at": now}
    put = insert_for(tx, attachments).values(row)
    tx.execute(put.on_conflict_do_update(index_elements=["digest"], set_={"content": content}))
    audit.record(tx, account, "kb.attachment", found.name, {"digest": found.digest, "size": found.size}, now)
    return found


def content_of(tx: Connection, digest: str) -> tuple[Stored, bytes] | None:
    """A file that was kept."""
    row = tx.execute(select(attachments).where(attachments.c.digest == digest)).first()
    return None if row is None else (Stored(row.digest, row.name, row.media_type, row.size), row.content)


def known(tx: Connection, digest: str) -> bool:
    return tx.execute(select(attachments.c.digest).where(attachments.c.digest == digest)).first() is not None


def published_names(tx: Connection, digest: str) -> list[str]:
    """The names that units which are published, or ever were, have for a file; none: it is nobody's yet.

    Looks through all that was ever published: ask once for each file.
    """
    body = revisions.c.body["attachments"]
    query = select(body).join(memberships, memberships.c.revision_id == revisions.c.id).where(body.is_not(None))
    found = (one for (listed,) in tx.execute(query) for one in listed or () if one["digest"] == digest)
    return list(dict.fromkeys(one["name"] for one in found))


def file_name(name: str, ending: str) -> str:
    """A name without folders, control characters and signs that turn it around, with the ending of the content."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    kept = "".join(sign for sign in stem if unicodedata.category(sign)[0] != "C").strip(" .")
    safe = f"{kept[:LONGEST].strip() or 'file'}.{ending}"
    assert re.match(FILE_NAME, safe), safe
    return safe
