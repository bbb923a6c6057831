"""One account of WeChat, an official account or a mini-program, as its operator has configured it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from channels.wechat.crypto import Envelope
from foundation.errors import ConfigError
from foundation.settings import Settings

WECHAT, MINIPROGRAM = "wechat", "miniprogram"
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
MODES, REPLIES = ("plain", "compatible", "safe"), ("hybrid", "harvest")
WHERE = {
    "app_id": "the AppID (wx…) shown in the console under 设置与开发 → 基本配置",
    "secret": "the AppSecret shown once in the console under 设置与开发 → 基本配置",
    "token": "the Token typed there under 服务器配置, 3 to 32 letters and digits",
    "aes_key": "the EncodingAESKey under 服务器配置, 43 letters and digits",
}


@dataclass(frozen=True)
class Account:
    """
    Attributes:
        channel: "wechat" or "miniprogram".
        secret: None where nothing is sent by the API.
        aes_key: EncodingAESKey; None in plain mode.
        mode: how callbacks come: plain, compatible (both forms in one body), safe.
        reply: "hybrid", or "harvest" for an account without the customer-service API.
        original_id: gh_…, checked when set.
        window: seconds by which a plain callback's timestamp may be off; 0 is any.
    """

    channel: str
    app_id: str
    token: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    aes_key: str | None = field(default=None, repr=False)
    mode: str = "safe"
    reply: str = "hybrid"
    original_id: str | None = None
    window: int = 300
    api_base: str = "https://api.weixin.qq.com"
    hotline: str = "12345"
    speech_command: str | None = None

    @property
    def passive(self) -> bool:
        """Whether the answer to a callback may carry a text; a mini-program's may not."""
        return self.channel == WECHAT


def of_settings(settings: Settings, channel: str) -> Account | None:
    """The account of a channel; None where its APP_ID is not set.

    Raises:
        ConfigError: something that it needs is missing or malformed; the text names the variable.
    """
    values = {name.removeprefix(f"{channel}_"): value for name, value in settings if name.startswith(f"{channel}_")}
    if not values.get("app_id"):
        return None
    values |= {"hotline": settings.hotline, "speech_command": settings.speech_command}
    values["timestamp_window"] = settings.wechat_timestamp_window
    return _account(channel, values, lambda key: f"ZHENGWU_{channel}_{key}".upper(), "in .env")


def of_credentials(credentials: Mapping[str, Any] | None, channel: str, section: str) -> Account:
    """The account that a section of credentials.yml describes, for Rasa's own commands.

    Raises:
        ConfigError: as above; the text names the key.
    """
    values = dict(credentials or {})
    unknown = set(values) - {*WHERE, "mode", "reply", "original_id", "timestamp_window", "api_base", "hotline",
                             "speech_command"}  # fmt: skip
    if unknown:
        raise ConfigError(f"credentials.yml, {section}: nobody knows `{sorted(unknown)[0]}`; correct or remove it")
    return _account(channel, values, lambda key: f"`{key}`", f"in credentials.yml, {section}")


def _account(channel: str, values: dict[str, Any], name: Callable[[str], str], place: str) -> Account:
    def text(key: str) -> str | None:
        value = values.get(key)
        value = value.get_secret_value() if isinstance(value, SecretStr) else value
        return str(value).strip() or None if value is not None else None

    def needed(key: str) -> str:
        value = text(key)
        if value is None:
            raise ConfigError(f"{name(key)} is missing {place}: it is {WHERE[key]}")
        return value

    def one_of(key: str, known: tuple[str, ...]) -> str:
        value = text(key) or ("safe" if key == "mode" else "hybrid")
        if value not in known:
            raise ConfigError(f"{name(key)} {place} must be one of {', '.join(known)}")
        return value

    app_id, token, mode = needed("app_id"), needed("token"), one_of("mode", MODES)
    reply = one_of("reply", REPLIES) if channel == WECHAT else "hybrid"
    if not TOKEN.fullmatch(token):
        raise ConfigError(f"{name('token')} {place} cannot be right: it is {WHERE['token']}")
    aes_key = text("aes_key") if mode == "plain" else needed("aes_key")
    if aes_key is not None:
        try:
            Envelope(aes_key, app_id)
        except ValueError:
            raise ConfigError(f"{name('aes_key')} {place} cannot be right: it is {WHERE['aes_key']}") from None
    window = text("timestamp_window")
    if window is not None and not window.isdigit():
        raise ConfigError(f"{name('timestamp_window')} {place} must be a number of seconds, 0 for any")
    return Account(
        channel=channel,
        app_id=app_id,
        token=token,
        secret=text("secret") if reply == "harvest" else needed("secret"),
        aes_key=aes_key,
        mode=mode,
        reply=reply,
        original_id=text("original_id"),
        window=300 if window is None else int(window),
        api_base=text("api_base") or Account.api_base,
        hotline=text("hotline") or Account.hotline,
        speech_command=text("speech_command"),
    )
