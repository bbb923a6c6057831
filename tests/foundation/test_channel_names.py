from __future__ import annotations

import pytest

from channels.wechat.account import MINIPROGRAM, WECHAT
from channels.wecom.account import APP, KF
from foundation.channel_names import CHANNEL_NAMES, channel_name


@pytest.mark.parametrize("code", ["web", "rest", WECHAT, MINIPROGRAM, APP, KF])
def test_each_channel_has_a_name(code: str) -> None:
    assert channel_name(code) == CHANNEL_NAMES[code] != code


def test_what_is_not_known_is_called_by_its_code() -> None:
    assert channel_name("carrier-pigeon") == "carrier-pigeon"
