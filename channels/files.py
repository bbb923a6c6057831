"""GET /files/{digest}/{name} and /files/{digest}: forms and samples that published units give along with their answers.

What no published unit ever named is not found, whoever asks. A file is its hash, so it never changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from sanic import Blueprint
from sanic.exceptions import NotFound, ServiceUnavailable
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sqlalchemy.engine import Connection

from channels.pool import Full, Pool
from foundation.database import Database
from knowledge_base.editing import attachments
from knowledge_base.editing.attachments import Stored
from knowledge_base.store import releases

DIGEST = re.compile("[0-9a-f]{64}")
THREADS, QUEUE = 2, 50
Found = tuple[str, Stored, bytes]
Get = Callable[[str, "str | None"], "Found | None"]
HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}


class Files:
    """The published files. Which names one has is looked up once for each release: it may get more, and loses none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: dict[str, tuple[int, list[str]]] = {}

    def get(self, digest: str, name: str | None) -> Found | None:
        """A file under a name that a unit gave it (None: under the first one)."""
        with self._database.read() as tx:
            if not attachments.known(tx, digest):
                return None
            names = self._names_of(tx, digest, name)
            found = attachments.content_of(tx, digest) if names and (name is None or name in names) else None
        return None if found is None else (name or names[0], *found)

    def _names_of(self, tx: Connection, digest: str, wanted: str | None) -> list[str]:
        release, names = self._names.get(digest, (-1, []))
        if not names or wanted not in (None, *names):
            newest = releases.current(tx)
            if newest != release:
                names = attachments.published_names(tx, digest)
                self._names[digest] = (newest, names)
        return names


def files(database: Database) -> Blueprint:
    """The two addresses."""
    pool, get = Pool("files", THREADS, QUEUE), Files(database).get
    web = Blueprint("files")

    @web.after_server_stop
    async def stop(app: object, loop: object) -> None:
        pool.close()

    @web.get("/files/<digest:str>")
    async def by_hash(request: Request, digest: str) -> HTTPResponse:
        return await _answer(pool, get, digest, None)

    @web.get("/files/<digest:str>/<name:str>")
    async def by_name(request: Request, digest: str, name: str) -> HTTPResponse:
        return await _answer(pool, get, digest, unquote(name))

    return web


async def _answer(pool: Pool, get: Get, digest: str, name: str | None) -> HTTPResponse:
    if not DIGEST.fullmatch(digest):
        raise NotFound("no such file")
    try:
        found = await pool.run(get, digest, name)
    except Full as error:
        raise ServiceUnavailable("too many downloads") from error
    if found is None:
        raise NotFound("no such file")
    called, stored, content = found
    shown = f"attachment; filename*=UTF-8''{quote(called, safe='')}"
    return raw(content, content_type=stored.media_type, headers={**HEADERS, "Content-Disposition": shown})
