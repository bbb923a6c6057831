from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from stand_ins import Asked, answering, certificate

from bot.doctor import callbacks
from bot.doctor.finding import Finding, look
from channels.wechat import account as wechat_account
from channels.wechat.callback import Callbacks
from channels.wecom import account as wecom_account
from channels.wecom.callback import WeComCallbacks
from foundation.errors import SignatureError
from foundation.settings import Settings

KEYS = {"secret": SecretStr("5" * 32), "token": SecretStr("AAAAA"), "aes_key": SecretStr("A" * 43)}
WECHAT = {"wechat_app_id": "wxba5fad812f8e6fb9", **{f"wechat_{name}": value for name, value in KEYS.items()}}
WECOM = {
    "wecom_corp_id": "ww5fad812f8e6fb9ba",
    "wecom_agent_id": "1000002",
    **{f"wecom_{name}": value for name, value in KEYS.items()},
}


def echo(callbacks: Callbacks) -> Callable[[Asked], None]:
    """As our gateway answers with these settings."""

    def answer(request: Asked) -> None:
        try:
            said = callbacks.echo({name: [value] for name, value in request.query.items()})
        except SignatureError:
            request.say(403)
        else:
            request.say(200, said, "text/plain")

    return answer


def asked(settings: Settings, address: str, **more: Any) -> Finding:
    finding = look("callback", callbacks.callback, settings.copy(update={**WECHAT, "public_url": address, **more}))
    assert "signature=" not in finding.seen + finding.cure and "5" * 32 not in finding.seen
    return finding


@pytest.fixture
def wechat(settings: Settings) -> Callbacks:
    account = wechat_account.of_settings(settings.copy(update=WECHAT), "wechat")
    assert account is not None
    return Callbacks(account)


def test_no_platform_is_to_call(settings: Settings) -> None:
    assert look("callback", callbacks.callback, settings) == Finding("callback", True, "no platform is to call")


def test_an_address_that_nobody_has_said(settings: Settings) -> None:
    found = asked(settings, "")
    assert found.good and "ZHENGWU_PUBLIC_URL" in found.cure


def test_the_right_server_behind_a_port_that_wechat_does_not_call(settings: Settings, wechat: Callbacks) -> None:
    with answering(echo(wechat)) as address:
        found = asked(settings, address)
    assert found.good and "80 and 443" in found.seen and found.cure


def test_wecom_is_answered_with_what_it_encrypted(settings: Settings) -> None:
    account = wecom_account.of_settings(settings.copy(update=WECOM))
    assert account is not None
    with answering(echo(WeComCallbacks(account))) as address:
        found = asked(settings, address, **{**WECOM, "wechat_app_id": None})
    assert found.good and not found.cure and "wecom" in found.seen


def test_a_gateway_with_another_token(settings: Settings, wechat: Callbacks) -> None:
    with answering(echo(wechat)) as address:
        found = asked(settings, address, wechat_token=SecretStr("BBBBB"))
    assert not found.good and "refuses the signature" in found.seen and "restart the gateways" in found.cure


@pytest.mark.parametrize(
    ("status", "body", "kind", "seen", "cure"),
    [
        (404, "<html>404 Not Found</html>", "text/html", "nginx there knows no such page", "deploy/nginx/zhengwu.conf"),
        (404, '{"status": 404}', "application/json", "no such channel", "restart the gateways"),
        (403, "<html>403 Forbidden</html>", "text/html", "closed by nginx", "open /webhooks/"),
        (502, "<html>502 Bad Gateway</html>", "text/html", "reaches no gateway", "start the gateways"),
        (200, "<html>欢迎</html>", "text/html", "something else answers", "deploy/nginx/zhengwu.conf"),
        (500, "", "text/html", "HTTP 500", "deploy/nginx/zhengwu.conf"),
    ],
)
def test_somebody_else_answers(settings: Settings, status: int, body: str, kind: str, seen: str, cure: str) -> None:
    with answering(lambda request: request.say(status, body, kind)) as address:
        found = asked(settings, address)
    assert not found.good and seen in found.seen and cure in found.cure


def test_a_redirect_is_named(settings: Settings) -> None:
    to = "https://wen.example.gov.cn/webhooks/wechat/webhook?signature=1"
    with answering(lambda request: request.say(301, Location=to)) as address:
        found = asked(settings, address)
    assert not found.good and "https://wen.example.gov.cn/webhooks" in found.seen and "ZHENGWU_PUBLIC_URL" in found.cure


def test_nobody_listens(settings: Settings) -> None:
    """As seen from inside: many networks do not lead their own public address back to themselves."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = asked(settings, f"http://127.0.0.1:{port}")
    assert not found.good and "nobody listens" in found.seen
    assert "firewall" in found.cure and "from outside" in found.cure


def test_no_such_name(settings: Settings) -> None:
    found = asked(settings, "https://wen.invalid")
    assert not found.good and ("nobody knows this name" in found.seen or "nobody listens" in found.seen)


def test_nobody_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = asked(settings, f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert not found.good and "no answer within" in found.seen and "from outside" in found.cure


@pytest.mark.parametrize("address", ["wen.example.gov.cn", "ftp://wen.example.gov.cn", "https://"])
def test_no_address_at_all(settings: Settings, address: str) -> None:
    found = asked(settings, address)
    assert not found.good and "ZHENGWU_PUBLIC_URL" in found.seen


@pytest.mark.parametrize(
    ("name", "days", "trusted", "seen"),
    [
        ("127.0.0.1", 30, False, "known authority"),
        ("127.0.0.1", -1, True, "has expired"),
        ("wen.example.gov.cn", 30, True, "another name"),
    ],
)
def test_tls_that_no_platform_trusts(
    settings: Settings, wechat: Callbacks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, days: int, trusted: bool, seen: str,
) -> None:  # fmt: skip
    file = certificate(tmp_path, name, days)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with answering(echo(wechat), certificate=file) as address:
        found = asked(settings, address)
    assert not found.good and seen in found.seen and "fullchain" in found.cure


def test_https_where_nobody_speaks_it(settings: Settings, wechat: Callbacks) -> None:
    with answering(echo(wechat)) as address:
        found = asked(settings, address.replace("http://", "https://"))
    assert not found.good and "speaks no TLS" in found.seen
