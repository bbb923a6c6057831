"""The accounts that the simulator plays the platform for, from the same settings that production uses."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import choice, token_hex
from string import ascii_letters, digits
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from foundation.addresses import LOOPBACK
from foundation.errors import ConfigError
from foundation.settings import Settings

Mode = Literal["plain", "compatible", "safe"]
OPEN_KFID = "wkSimulatorCustomerService0"
"""The customer service account (客服账号) of the simulated corporation."""


@dataclass
class Account:
    """One account, and what its owner has switched on at the platform."""

    channel: str
    """wechat, miniprogram, wecom or wecom-kf."""
    app_id: str
    """AppID, or the CorpID: what an encrypted message is addressed to."""
    secret: str
    token: str
    aes_key: str
    mode: Mode
    address: str
    """`ToUserName`: the original id gh_…, or the CorpID."""
    webhook: str
    agent_id: str = ""
    verified: bool = True
    """Without it the account may not send customer service messages (48001)."""
    menus: bool = True
    """Without it a message with clickable choices is refused (40200)."""
    format: Literal["xml", "json"] = "xml"
    """Of callbacks; a mini-program's owner may choose JSON."""

    @property
    def corporate(self) -> bool:
        return self.channel.startswith("wecom")


def accounts(settings: Settings) -> dict[str, Account]:
    """The accounts that the settings describe, by channel; `require` says whether they are complete."""
    found = {}
    for channel, address in (("wechat", "gh_5a1b2c3d4e5f"), ("miniprogram", "gh_6f7e8d9c0b1a")):
        if _value(settings, channel, "app_id"):
            found[channel] = Account(
                channel,
                app_id=_value(settings, channel, "app_id"),
                secret=_value(settings, channel, "secret"),
                token=_value(settings, channel, "token"),
                aes_key=_value(settings, channel, "aes_key"),
                mode=getattr(settings, f"{channel}_mode"),
                address=_value(settings, channel, "original_id") or address,
                webhook=f"/webhooks/{channel}/webhook",
            )
    if _value(settings, "wecom", "corp_id"):
        for channel in ("wecom", "wecom-kf"):
            secret = _value(settings, "wecom", "kf_secret") if channel == "wecom-kf" else ""
            found[channel] = Account(
                channel,
                app_id=_value(settings, "wecom", "corp_id"),
                secret=secret or _value(settings, "wecom", "secret"),
                token=_value(settings, "wecom", "token"),
                aes_key=_value(settings, "wecom", "aes_key"),
                mode="safe",
                address=_value(settings, "wecom", "corp_id"),
                webhook="/webhooks/wecom/webhook",
                agent_id=_value(settings, "wecom", "agent_id"),
            )
    return found


def require(settings: Settings) -> None:
    """Check that every account begun in the settings is complete, and has its replies sent to the simulator.

    Raises:
        ConfigError: with the lines that .env lacks.
    """
    if settings.production:
        raise ConfigError(
            "the WeChat simulator signs messages as the platform would, and is no part of a production system: "
            "run it where ZHENGWU_ENV is development"
        )
    here = f"http://127.0.0.1:{settings.simulator_port}"
    begun = [kind for kind in FIELDS if any(_value(settings, kind, field) for field in FIELDS[kind])]
    lines: list[str] = []
    for kind in begun or ["wechat"]:
        lines += missing(settings, kind, here)
    if lines:
        others = "" if begun else OTHERS.format(here=here)
        raise ConfigError(
            "the WeChat simulator needs these lines in .env (the values may stay as they are; they hold for the "
            "simulator only). Then start the assistant anew, and the simulator beside it:\n\n"
            + "\n".join(lines)
            + "\n"
            + others
        )


FIELDS = {
    "wechat": ("app_id", "secret", "token", "aes_key"),
    "miniprogram": ("app_id", "secret", "token", "aes_key"),
    "wecom": ("corp_id", "agent_id", "secret", "token", "aes_key"),
}
OTHERS = """
A mini-program is tried with ZHENGWU_MINIPROGRAM_APP_ID, _SECRET, _TOKEN, _AES_KEY and
ZHENGWU_MINIPROGRAM_API_BASE={here}, WeCom with ZHENGWU_WECOM_CORP_ID, _AGENT_ID, _SECRET, _TOKEN, _AES_KEY and
ZHENGWU_WECOM_API_BASE={here}; begin with one of them, and the simulator names the lines that are still missing."""


def missing(settings: Settings, kind: str, here: str) -> list[str]:
    """The lines that .env lacks for one kind of account, with values made up for it."""
    prefix = f"ZHENGWU_{kind.upper()}"
    lines = [
        f"{prefix}_{field.upper()}={_made_up(field)}"
        for field in FIELDS[kind]
        if not _value(settings, kind, field)
        and (field != "aes_key" or getattr(settings, f"{kind}_mode", "safe") != "plain")
    ]
    base = urlsplit(_value(settings, kind, "api_base"))
    if base.hostname not in LOOPBACK | {settings.host} or base.port != settings.simulator_port:
        lines.append(f"{prefix}_API_BASE={here}")
    return lines


def _made_up(field: str) -> str:
    alphabet = ascii_letters + digits
    return {
        "app_id": f"wx{token_hex(8)}",
        "corp_id": f"ww{token_hex(8)}",
        "agent_id": "1000002",
        "aes_key": "".join(choice(alphabet) for _ in range(43)),
        "token": "".join(choice(alphabet) for _ in range(24)),
        "secret": token_hex(16),
    }[field]


def _value(settings: Settings, kind: str, field: str) -> str:
    value: Any = getattr(settings, f"{kind}_{field}", None)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
