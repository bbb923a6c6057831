"""Pictures for citizens and recordings from them: temporary files on the platform, kept there for three days.

POST /cgi-bin/media/upload, GET /cgi-bin/media/get (developers.weixin.qq.com, 临时素材).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from aiohttp import FormData

from channels.calls import Answer, Calls
from channels.delivery.platform import Action, SendError
from channels.tokens import AccessToken
from foundation.clock import Clock

Result = TypeVar("Result")
UPLOAD, DOWNLOAD = "/cgi-bin/media/upload", "/cgi-bin/media/get"
MOST_IMAGE = 2 << 20
"""Bytes. One page of the platform says 2 MB, another 10: the smaller one always passes."""
MOST_FILE = 4 << 20
KEPT = timedelta(days=3) - timedelta(hours=2)
MOST_KEPT = 500
IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


class File(NamedTuple):
    content: bytes
    content_type: str


class Media:
    def __init__(self, calls: Calls, token: AccessToken, clock: Clock) -> None:
        self._calls, self._token, self._clock = calls, token, clock
        self._kept: dict[str, tuple[str, datetime]] = {}
        self._turn = asyncio.Lock()

    async def image(self, url: str) -> str:
        """The media id of a picture of ours; it is uploaded unless the same bytes were in the last days.

        Args:
            url: http or https, from our own content, never from a citizen. PNG, JPEG or GIF of at most 2 MB.

        Raises:
            SendError: RETRY or DROP of the picture; BROKEN.
        """
        content = await self._content(url)
        fingerprint = hashlib.sha256(content).hexdigest()
        async with self._turn:
            known = self._kept.get(fingerprint)
            if known is None or self._clock.now() >= known[1]:
                known = await self._upload(content), self._clock.now() + KEPT
                self._kept.pop(fingerprint, None)
                self._kept[fingerprint] = known
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return known[0]

    def forget(self, media_id: str) -> None:
        """The platform does not know it any more (40007)."""
        self._kept = {key: known for key, known in self._kept.items() if known[0] != media_id}

    async def download(self, media_id: str, most: int = MOST_FILE) -> File:
        """What a citizen sent: a recording (AMR) or a picture, of at most `most` bytes.

        Raises:
            SendError: it is gone (40007), larger, or a video, of which the platform gives only an address.
        """

        async def attempt(token: str) -> File:
            params = {"access_token": token, "media_id": media_id}
            answer = await self._calls.fetch("GET", DOWNLOAD, params=params, most=most)
            if answer.status != 200 or _is_json(answer):
                self._calls.decode(DOWNLOAD, answer)
                raise SendError(0, Action.DROP, f"{DOWNLOAD}: the answer holds no file")
            return File(answer.body, answer.content_type)

        return await _repeatable(self._token.use(attempt))

    async def _content(self, url: str) -> bytes:
        if not url.startswith(("http://", "https://")):
            raise SendError(0, Action.DROP, "a picture's address is not one of http or https")
        try:
            answer = await _repeatable(self._calls.fetch("GET", url, most=MOST_IMAGE))
        except SendError as error:
            # Somebody's picture server is at fault, not the account.
            passing = error.action is Action.RETRY
            raise SendError(0, Action.RETRY if passing else Action.DROP, f"picture: {error}") from None
        except ValueError:
            raise SendError(0, Action.DROP, "a picture's address is malformed") from None
        if answer.status != 200:
            action = Action.RETRY if answer.status >= 500 else Action.DROP
            raise SendError(0, action, f"a picture could not be had: HTTP status {answer.status}")
        return answer.body

    async def _upload(self, content: bytes) -> str:
        kind = next((kind for magic, kind in IMAGES.items() if content.startswith(magic)), None)
        if kind is None:
            raise SendError(0, Action.DROP, "a picture is neither PNG, JPEG nor GIF")

        async def attempt(token: str) -> str:
            form = FormData()
            form.add_field("media", content, filename=f"image.{kind}", content_type=f"image/{kind}")
            params = {"access_token": token, "type": "image"}
            found = self._calls.decode(UPLOAD, await self._calls.fetch("POST", UPLOAD, params=params, data=form))
            return str(found["media_id"])

        try:
            return await _repeatable(self._token.use(attempt))
        except KeyError:
            raise SendError(0, Action.DROP, f"{UPLOAD}: the answer holds no media_id") from None


async def _repeatable(call: Awaitable[Result]) -> Result:
    """Nothing reaches a citizen by this call: one whose fate is unknown may as well be repeated."""
    try:
        return await call
    except SendError as error:
        if error.action is not Action.UNKNOWN:
            raise
        raise SendError(error.code, Action.RETRY, str(error)) from None


def _is_json(answer: Answer) -> bool:
    """Errors come with status 200 too, and not always with the right type."""
    return answer.content_type in ("application/json", "text/plain") or answer.body[:12].lstrip().startswith(b'{"err')
