"""Calls of WeCom's interface with the application's access token, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from channels.calls import Calls
from channels.delivery.platform import Action, SendError
from channels.tokens import AccessToken, TokenStore, gettoken
from channels.wechat.errors import Errors, wecom_errors
from channels.wechat.media import Media

Result = TypeVar("Result")
MEDIA_GONE = 40007
DUPLICATE = re.compile(
    r"(?<!not )\b(exist|duplicat|repeat)\w* ?msgid|msgid\W.{0,12}(?<!not )(exist|duplicat|repeat|重复)", re.I
)


class Duplicate(SendError):
    """The platform has a message of this msgid already."""


class WeComErrors:
    """WeCom's codes, and the refusal of a msgid that was used before, whose code is not documented."""

    def __init__(self, errors: Errors | None = None) -> None:
        self._errors = errors or wecom_errors()
        self.prefix, self.token = self._errors.prefix, self._errors.token

    def error(self, call: str, code: int, errmsg: str = "") -> SendError:
        """The error for a code; see channels.wechat.errors.Errors."""
        error = self._errors.error(call, code, errmsg)
        if "/kf/send_msg" in call and DUPLICATE.search(errmsg.partition(", hint")[0]):
            return Duplicate(code, Action.DROP, str(error))
        return error


class Client:
    def __init__(self, calls: Calls, token: AccessToken, media: Media) -> None:
        self._calls, self._token, self.media = calls, token, media

    @classmethod
    def of(cls, base: str, corp_id: str, agent_id: str, secret: str, tokens: TokenStore) -> Client:
        """The client of one application.

        Raises:
            ConfigError: the base address is none.
        """
        errors = WeComErrors()
        calls = Calls(base, errors)
        name = f"wecom:{corp_id}:{agent_id}"
        token = tokens.account(name, gettoken(calls, corp_id, secret), errors.token)
        return cls(calls, token, Media(calls, token, tokens.clock))

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST with a valid access token; a refused one is renewed once.

        Raises:
            SendError: the platform refused, or did not answer.
        """
        return await self._token.use(lambda token: self._calls.post(path, body, access_token=token))

    async def picture(self, url: str, send: Callable[[str], Awaitable[Result]]) -> Result:
        """Send a picture of ours: `send` is called with its media id, once more if the platform has lost the file.

        Raises:
            SendError: that of `send`, or of the upload.
        """
        media_id = await self.media.image(url)
        try:
            return await send(media_id)
        except SendError as error:
            if error.code != MEDIA_GONE:
                raise
        self.media.forget(media_id)
        return await send(await self.media.image(url))

    async def close(self) -> None:
        """Give up connections. The token store is closed by whoever made it."""
        await self._calls.close()
