"""A WeCom application as its operator has configured it; 微信客服 is reached through the same one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from channels.wechat.account import TOKEN, Account
from channels.wechat.crypto import Envelope
from foundation.errors import ConfigError
from foundation.settings import Settings

APP, KF = "wecom", "wecom-kf"
WHERE = {
    "corp_id": "the 企业ID (ww…) under 我的企业 → 企业信息",
    "agent_id": "the AgentId of the application under 应用管理, a number",
    "secret": "the Secret of the application under 应用管理",
    "token": "the Token under 应用管理 → 接收消息 → API接收, 3 to 32 letters and digits",
    "aes_key": "the EncodingAESKey under 应用管理 → 接收消息 → API接收, 43 letters and digits",
}
OTHERS = {"api_base", "hotline", "speech_command"}
API_BASE = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True)
class WeComAccount(Account):
    """One of the two channels of an application. `app_id` is the corporation's id, `aes_key` and `secret` are set."""

    api_base: str = API_BASE
    agent_id: int = 0

    @property
    def passive(self) -> bool:
        """Whether the answer to a callback may carry a text; one of 微信客服 holds no message to answer."""
        return self.channel == APP


def of_settings(settings: Settings) -> WeComAccount | None:
    """The application in the settings; None where ZHENGWU_WECOM_CORP_ID is not set.

    Raises:
        ConfigError: something that it needs is missing or malformed; the text names the variable.
    """
    values = {key: getattr(settings, f"wecom_{key}") for key in (*WHERE, "api_base")}
    values |= {"hotline": settings.hotline, "speech_command": settings.speech_command}
    if not values["corp_id"]:
        return None
    return _account(values, lambda key: f"ZHENGWU_WECOM_{key.upper()}", "in .env")


def of_credentials(credentials: Mapping[str, Any] | None, section: str) -> WeComAccount:
    """The application that a section of credentials.yml describes, for Rasa's own commands.

    Raises:
        ConfigError: as above; the text names the key.
    """
    values = dict(credentials or {})
    if unknown := set(values) - {*WHERE, *OTHERS}:
        raise ConfigError(f"credentials.yml, {section}: nobody knows `{sorted(unknown)[0]}`; correct or remove it")
    return _account(values, lambda key: f"`{key}`", f"in credentials.yml, {section}")


def _account(values: Mapping[str, Any], name: Callable[[str], str], place: str) -> WeComAccount:
    texts = {key: _text(value) for key, value in values.items()}
    for key, where in WHERE.items():
        if not texts.get(key):
            raise ConfigError(f"{name(key)} is missing {place}: it is {where}")

    def wrong(key: str) -> ConfigError:
        return ConfigError(f"{name(key)} {place} cannot be right: it is {WHERE[key]}")

    if not texts["agent_id"].isdecimal():
        raise wrong("agent_id")
    if not TOKEN.fullmatch(texts["token"]):
        raise wrong("token")
    try:
        Envelope(texts["aes_key"], texts["corp_id"])
    except ValueError:
        raise wrong("aes_key") from None
    return WeComAccount(
        channel=APP,
        app_id=texts["corp_id"],
        agent_id=int(texts["agent_id"]),
        secret=texts["secret"],
        token=texts["token"],
        aes_key=texts["aes_key"],
        api_base=texts.get("api_base") or API_BASE,
        hotline=texts.get("hotline") or Account.hotline,
        speech_command=texts.get("speech_command") or None,
    )


def _text(value: Any) -> str:
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    return "" if value is None else str(value).strip()
