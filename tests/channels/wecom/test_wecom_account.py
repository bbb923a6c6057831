from __future__ import annotations

from typing import Any

import pytest
from channel_helpers import settings_for

from channels.wechat.input import BadCredentials
from channels.wecom.account import of_settings
from channels.wecom.input import WeComInput
from foundation.errors import ConfigError

GOOD = {
    "corp_id": "ww1436e0e65a779aee", "agent_id": "1000002", "secret": "5" * 43, "token": "QDG6eK", "aes_key": "A" * 43,
}  # fmt: skip


def test_credentials_as_rasa_reads_them() -> None:
    channel = WeComInput.from_credentials({**GOOD, "agent_id": 1000002, "api_base": "http://127.0.0.1:9"})
    assert channel.name() == "wecom" and channel.url_prefix() == "wecom"
    assert [platform.channel for platform in channel.platforms] == ["wecom", "wecom-kf"]
    output = channel.get_output_channel()
    assert output is not None and output.name() == "wecom"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        *(({name: None}, [f"`{name}`", "missing"]) for name in GOOD),
        ({"agent_id": "the first"}, ["`agent_id`", "number"]),
        ({"token": "a"}, ["`token`", "3 to 32"]),
        ({"aes_key": "A" * 42}, ["`aes_key`", "43"]),
        ({"agentid": "1"}, ["`agentid`", "remove"]),
        ({"api_base": "example"}, ["_API_BASE"]),
        ({"speech_command": "no-such-program"}, ["SPEECH_COMMAND"]),
    ],
)
def test_credentials_that_cannot_be_right(change: dict[str, Any], names: list[str]) -> None:
    with pytest.raises(BadCredentials) as caught:
        WeComInput.from_credentials({**GOOD, **change})
    assert all(name in str(caught.value) for name in names)
    assert GOOD["secret"] not in str(caught.value)


def test_no_credentials_at_all() -> None:
    with pytest.raises(BadCredentials, match="corp_id"):
        WeComInput.from_credentials(None)


def test_settings(url: str) -> None:
    assert of_settings(settings_for(url)) is None
    named = {f"wecom_{name}": value for name, value in GOOD.items()}
    account = of_settings(settings_for(url, **named, hotline="12333"))
    assert account is not None and account.passive
    assert (account.app_id, account.agent_id, account.hotline) == (GOOD["corp_id"], 1000002, "12333")
    assert account.api_base == "https://qyapi.weixin.qq.com"
    with pytest.raises(ConfigError, match=r"ZHENGWU_WECOM_SECRET is missing in \.env"):
        of_settings(settings_for(url, **{**named, "wecom_secret": None}))
