"""Pictures that citizens sent: the platform keeps them for three days, and gives one when somebody wants to see it.

Nothing of them is kept here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from channels.delivery.platform import Action, SendError
from channels.tokens import TokenStore
from channels.wechat.account import MINIPROGRAM, WECHAT, of_settings
from channels.wechat.api import WechatApi
from channels.wechat.media import IMAGES, Media
from channels.wecom import account as wecom
from channels.wecom.client import Client
from foundation.errors import ConfigError
from foundation.settings import Settings

log = logging.getLogger(__name__)

Account = WechatApi | Client


class Picture(NamedTuple):
    content: bytes
    content_type: str
    """Of what it is, whatever the platform says: image/png, image/jpeg or image/gif."""


class Pictures:
    """
    Args:
        accounts: what speaks with the platform, by channel.
    """

    def __init__(self, accounts: Mapping[str, Account], tokens: TokenStore) -> None:
        self._accounts, self._tokens = accounts, tokens

    @classmethod
    def of(cls, settings: Settings, tokens: TokenStore) -> Pictures:
        """Those of the accounts in the settings; one that may ask for no files, or is misconfigured, has none."""
        found: dict[str, Account] = {}
        try:
            for channel in (WECHAT, MINIPROGRAM):
                account = of_settings(settings, channel)
                if account is not None and account.reply != "harvest":
                    found[channel] = WechatApi.for_account(account, tokens)
            application = wecom.of_settings(settings)
            if application is not None:
                base, corp, secret = application.api_base, application.app_id, application.secret or ""
                client = Client.of(base, corp, str(application.agent_id), secret, tokens)
                found |= dict.fromkeys((wecom.APP, wecom.KF), client)
        except ConfigError as error:  # the gateway says so, too, and does not start
            log.error("pictures of citizens cannot be fetched: %s", error)
        return cls(found, tokens)

    def has(self, channel: str) -> bool:
        """Whether pictures of this channel can be had at all."""
        return channel in self._accounts

    async def fetch(self, channel: str, media_id: str) -> Picture:
        """The picture with this id.

        Raises:
            KeyError: not from this channel.
            SendError: the platform does not have it any more, or cannot be reached, or it is no picture.
        """
        media: Media = self._accounts[channel].media
        content = (await media.download(media_id)).content
        kind = next((kind for magic, kind in IMAGES.items() if content.startswith(magic)), None)
        if kind is None:
            raise SendError(0, Action.DROP, "what the platform gave is neither PNG, JPEG nor GIF")
        return Picture(content, f"image/{kind}")

    async def close(self) -> None:
        for account in {id(one): one for one in self._accounts.values()}.values():
            await account.close()
        await self._tokens.close()
