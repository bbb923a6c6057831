from __future__ import annotations

import socket

import pytest
from pydantic import SecretStr
from stand_ins import Asked, answering

from bot.doctor import platforms
from bot.doctor.finding import Check, Finding, look
from foundation.settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"
ADDRESS = "203.0.113.7"


@pytest.fixture
def accounts(settings: Settings) -> Settings:
    """An official account, a mini-program and a WeCom application."""
    named = {"secret": SecretStr(SECRET), "token": SecretStr("AAAAA"), "aes_key": SecretStr("A" * 43)}
    values = {f"{kind}_{name}": one for kind in ("wechat", "miniprogram", "wecom") for name, one in named.items()}
    ids = {"wechat_app_id": "wxba5fad812f8e6fb9", "miniprogram_app_id": "wx0123456789abcdef"}
    corporation = {"wecom_corp_id": "ww5fad812f8e6fb9ba", "wecom_agent_id": "1000002"}
    return settings.copy(update={**values, **ids, **corporation})


def asked(settings: Settings, check: Check, base: str) -> Finding:
    bases = {f"{kind}_api_base": base for kind in ("wechat", "miniprogram", "wecom")}
    finding = look("it", check, settings.copy(update=bases))
    assert SECRET not in finding.seen + finding.cure
    return finding


def test_nothing_is_asked_without_accounts(settings: Settings) -> None:
    for check in (platforms.wechat, platforms.miniprogram, platforms.wecom):
        assert look("it", check, settings) == Finding("it", True, "no account is configured")


@pytest.mark.parametrize("check", [platforms.wechat, platforms.miniprogram, platforms.wecom])
def test_a_token_is_given(accounts: Settings, check: Check) -> None:
    def give(request: Asked) -> None:
        if request.path.startswith("/cgi-bin/agent/get"):
            request.say_json(errcode=0, agentid=1000002)
        else:
            request.say_json(errcode=0, access_token="T" * 40, expires_in=7200)

    with answering(give) as base:
        found = asked(accounts, check, base)
    assert found.good and not found.cure and "gives a token" in found.seen and "TTT" not in found.seen


@pytest.mark.parametrize(
    ("code", "said", "names"),
    [
        (40001, "invalid credential, access_token is invalid or not latest", ["ZHENGWU_WECHAT_SECRET", "AppSecret"]),
        (40125, "invalid appsecret", ["ZHENGWU_WECHAT_SECRET", "AppSecret"]),
        (40013, "invalid appid", ["ZHENGWU_WECHAT_APP_ID"]),
        (40164, f"invalid ip {ADDRESS} ipv6 ::ffff:{ADDRESS}, not in whitelist rid: 60d-1f", [ADDRESS, "IP白名单"]),
        (45009, "reach max api daily quota limit", ["quota"]),
    ],
)
def test_each_refusal_of_wechat_has_its_cure(accounts: Settings, code: int, said: str, names: list[str]) -> None:
    with answering(lambda request: request.say_json(errcode=code, errmsg=said)) as base:
        found = asked(accounts, platforms.wechat, base)
    assert not found.good and found.cure
    assert all(name in found.seen for name in names), found.seen


def test_the_mini_programs_own_settings_are_named(accounts: Settings) -> None:
    with answering(lambda request: request.say_json(errcode=40125, errmsg="invalid appsecret")) as base:
        assert "ZHENGWU_MINIPROGRAM_SECRET" in asked(accounts, platforms.miniprogram, base).seen


def test_an_address_that_wecom_does_not_trust(accounts: Settings) -> None:
    def refuse(request: Asked) -> None:
        if request.path.startswith("/cgi-bin/gettoken"):
            request.say_json(errcode=0, access_token="T" * 40, expires_in=7200)
        else:
            request.say_json(errcode=60020, errmsg=f"not allow to access from your ip, from ip: {ADDRESS}")

    with answering(refuse) as base:
        found = asked(accounts, platforms.wecom, base)
    assert not found.good and ADDRESS in found.seen and "企业可信IP" in found.seen
    assert "a gateway or a console" in found.cure


def test_a_secret_that_wecom_does_not_know(accounts: Settings) -> None:
    with answering(lambda request: request.say_json(errcode=40001, errmsg="invalid credential")) as base:
        found = asked(accounts, platforms.wecom, base)
    assert not found.good and "ZHENGWU_WECOM_SECRET" in found.seen and "restart" in found.cure


def test_nobody_listens(accounts: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = asked(accounts, platforms.wechat, f"http://127.0.0.1:{port}")
    assert not found.good and "ZHENGWU_WECHAT_API_BASE" in found.cure and "proxy" in found.cure


def test_a_page_in_place_of_the_platform(accounts: Settings) -> None:
    with answering(lambda request: request.say(200, "<html>请登录上网</html>")) as base:
        found = asked(accounts, platforms.wechat, base)
    assert not found.good and "without JSON" in found.seen


def test_an_account_without_a_secret_harvests(accounts: Settings) -> None:
    harvest = accounts.copy(update={"wechat_secret": None, "wechat_reply": "harvest"})
    assert "harvest" in look("it", platforms.wechat, harvest).seen
    missing = look("it", platforms.wechat, accounts.copy(update={"wechat_secret": None}))
    assert not missing.good and "ZHENGWU_WECHAT_SECRET" in missing.seen
