from __future__ import annotations

import pytest

from channels.delivery.platform import Action
from channels.wechat.errors import WECHAT, WECOM, wechat_errors, wecom_errors

SEND = "/cgi-bin/message/custom/send"


@pytest.mark.parametrize(
    ("action", "codes"),
    [
        (Action.RETRY, [-1, -1000]),
        (Action.CLOSED, [45015, 45047]),
        (Action.DROP, [40003, 43004, 46004, 50005, 43019, 48002, 44004, 45002, 40033, 40037, 43101, 47003, 41030]),
        (Action.FEATURE_OFF, [40200, 48001, 65400]),
        (Action.BROKEN, [40125, 40013, 40164, 45009, 45011, 41001, 40001, 40014, 42001]),
    ],
)
def test_a_code_decides_what_becomes_of_the_message(action: Action, codes: list[int]) -> None:
    for code in codes:
        assert wechat_errors("wechat").error(SEND, code).action is action, code


def test_wecom_has_codes_of_its_own() -> None:
    wecom = wecom_errors()
    assert wecom.error("/cgi-bin/gettoken", 40001).action is Action.BROKEN
    assert "ZHENGWU_WECOM_SECRET" in str(wecom.error("/cgi-bin/gettoken", 40001))
    assert wecom.error("/cgi-bin/message/send", 81013).action is Action.DROP
    assert wecom.error("/cgi-bin/kf/send_msg", 95018).action is Action.CLOSED
    for code in (40201, 95000, 95004):
        assert wecom.error("/cgi-bin/kf/send_msg", code).action is Action.RETRY, "of one account among several"
    assert 40001 not in wecom.token and 40001 in wechat_errors("wechat").token


def test_an_unknown_code_is_reported_and_not_tried_again() -> None:
    error = wechat_errors("wechat").error(SEND, 123456, "rid: 65f0a1b2-1c2d3e4f-5a6b7c8d")
    assert (error.code, error.action) == (123456, Action.DROP)
    assert "123456" in str(error) and SEND in str(error) and "65f0a1b2-1c2d3e4f-5a6b7c8d" in str(error)


def test_of_what_the_platform_says_only_the_request_id_and_our_address_are_kept() -> None:
    said = "invalid openid oAbCdEfG, token ACCESS-1, hint: [x] rid: 65f0a1b2-1c2d3e4f-5a6b7c8d"
    text = str(wechat_errors("miniprogram").error(SEND, 40003, said))
    assert "oAbCdEfG" not in text and "ACCESS-1" not in text and "65f0a1b2" in text
    text = str(wechat_errors("miniprogram").error(SEND, 40164, "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9"))
    assert "203.0.113.9" in text and "IP白名单" in text


@pytest.mark.parametrize("code", [40125, 40013])
def test_a_wrong_credential_names_the_setting_and_where_the_right_one_is(code: int) -> None:
    text = str(wechat_errors("miniprogram").error("/cgi-bin/stable_token", code))
    assert "ZHENGWU_MINIPROGRAM_" in text and "公众平台" in text


def test_every_meaning_can_be_told() -> None:
    for errors, table in ((wechat_errors("wechat"), WECHAT), (wecom_errors(), WECOM)):
        for code in table:
            text = str(errors.error(SEND, code))
            assert "{" not in text and f"errcode {code}" in text
