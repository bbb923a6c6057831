from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from channel_helpers import settings_for
from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import RasaException

from channels.wechat.account import MINIPROGRAM, WECHAT, of_credentials, of_settings
from channels.wechat.input import MiniProgramInput, WeChatInput
from channels.wechat.output import MiniprogramOutput, WechatOutput
from foundation.errors import ConfigError

GOOD: dict[str, Any] = {"app_id": "wxba5fad812f8e6fb9", "secret": "5" * 32, "token": "AAAAA", "aes_key": "A" * 43}


def settings(channel: str = WECHAT, **changes: Any) -> Any:
    values = {f"{channel}_{key}": value for key, value in {**GOOD, **changes}.items() if value is not None}
    return settings_for("sqlite://", **values)


@pytest.mark.parametrize("channel", [WECHAT, MINIPROGRAM])
def test_an_account_of_the_settings(channel: str) -> None:
    account = of_settings(settings(channel, original_id="gh_1"), channel)
    assert account is not None
    assert (account.channel, account.mode, account.reply, account.window) == (channel, "safe", "hybrid", 300)
    assert (account.secret, account.original_id, account.hotline) == ("5" * 32, "gh_1", "12345")
    assert account.passive is (channel == WECHAT)
    for secret in ("5" * 32, "AAAAA", "A" * 43):
        assert secret not in repr(account)
    assert of_settings(settings_for("sqlite://"), channel) is None


@pytest.mark.parametrize("channel", [WECHAT, MINIPROGRAM])
@pytest.mark.parametrize(
    ("changes", "name"),
    [({"secret": None}, "SECRET"), ({"token": None}, "TOKEN"), ({"aes_key": None}, "AES_KEY"),
     ({"token": "no"}, "TOKEN"), ({"token": "x-y-z"}, "TOKEN"), ({"aes_key": "A" * 42}, "AES_KEY"),
     ({"mode": "compatible", "aes_key": None}, "AES_KEY")],
)  # fmt: skip
def test_e2_what_is_missing_is_named_with_where_to_find_it(channel: str, changes: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigError) as error:
        of_settings(settings(channel, **changes), channel)
    assert f"ZHENGWU_{channel.upper()}_{name} " in str(error.value) and "it is the" in str(error.value)
    assert not any(str(value) in str(error.value) for value in changes.values() if value and len(value) > 30)


def test_plain_mode_needs_no_key_and_harvest_no_secret() -> None:
    plain = of_settings(settings(mode="plain", aes_key=None), WECHAT)
    harvest = of_settings(settings(reply="harvest", secret=None), WECHAT)
    assert plain is not None and plain.aes_key is None
    assert harvest is not None and (harvest.reply, harvest.secret) == ("harvest", None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"app_id": None}, "`app_id`"), ({"secret": ""}, "`secret`"), ({"token": "!"}, "`token`"),
     ({"aes_key": "x"}, "`aes_key`"), ({"mode": "open"}, "plain, compatible, safe"),
     ({"reply": "later"}, "hybrid, harvest"), ({"colour": 1}, "`colour`"),
     ({"timestamp_window": "soon"}, "`timestamp_window`"), ({"api_base": "nowhere"}, "API_BASE"),
     ({"speech_command": "/no/such/program"}, "SPEECH_COMMAND")],
)  # fmt: skip
def test_e2_credentials_say_which_key_and_what_to_do(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(RasaException) as error:
        WeChatInput.from_credentials({**GOOD, **changes})
    assert says in str(error.value) and isinstance(error.value, ConfigError)
    assert GOOD["secret"] not in str(error.value)


@pytest.mark.parametrize("nothing", [None, {}])
def test_e2_an_empty_section(nothing: Any) -> None:
    with pytest.raises(
        RasaException, match=r"`app_id` is missing in credentials.yml, channels.wechat.input.WeChatInput"
    ):
        WeChatInput.from_credentials(nothing)


def test_numbers_in_credentials_are_texts_too() -> None:
    account = of_credentials({**GOOD, "token": 12345, "timestamp_window": 0, "hotline": 12345}, WECHAT, "x")
    assert (account.token, account.window, account.hotline) == ("12345", 0, "12345")


@pytest.mark.slow
async def test_rasa_makes_the_channels_of_a_credentials_file(tmp_path: Path) -> None:
    from rasa.core.run import create_http_input_channels  # brings TensorFlow

    path = tmp_path / "credentials.yml"
    mini = {**GOOD, "mode": "plain"}
    sections = {"channels.wechat.input.WeChatInput": GOOD, "channels.wechat.input.MiniProgramInput": mini}
    path.write_text(yaml.safe_dump(sections, sort_keys=False))
    made: list[InputChannel] = create_http_input_channels(None, str(path))
    assert [(type(one), one.name()) for one in made] == [(WeChatInput, "wechat"), (MiniProgramInput, "miniprogram")]
    outputs = [one.get_output_channel() for one in made]
    assert [type(one) for one in outputs] == [WechatOutput, MiniprogramOutput]


def test_without_the_interface_nothing_can_be_pushed() -> None:
    assert WeChatInput.from_credentials({**GOOD, "reply": "harvest"}).get_output_channel() is None
