"""Whatever is sent gets a polite reply or a 4xx with a reason: never a stack trace, never silence."""

from __future__ import annotations

from typing import Any

import pytest
from city import City, said

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "text",
    [
        "😀😀🎉",
        "。。。？！",
        "a\x01\x02\x1b[31m身份证\x07",
        "\u200b\ufeff\u202e",
        "<script>alert(1)</script><b>身份证</b>",
        "'; DROP TABLE inbox; -- 身份证",
        "/restart",
        " /restart",
        "\u3000/session_start",
        '/ask{"aspect": "fee"}',
        "{{7*7}} ${jndi:ldap://127.0.0.1/a} %s %n {title}",
        "EXTERNAL: action_emergency",
        "⟦id:0000⟧",
        "办理飞碟驾驶证",
        "是" * 2000,
        "𠮷𡃁 身份证",
        "null",
        "1" * 300,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_strange_text_gets_a_reply(city: City, text: str) -> None:
    response = city.post("strange", text)
    assert response.status == 200, response
    reply = said(response.body)
    assert "Traceback" not in reply.text and "{" not in reply.text
    assert "<script>" not in reply.text


@pytest.mark.parametrize("command", ["/restart", " /restart", "/session_start", "/back"])
def test_a_slash_is_no_command(city: City, command: str) -> None:
    conversation = city.conversation()
    first = conversation.say("身份证丢了怎么补办")
    conversation.say(command)
    assert conversation.say("那多少钱").answer["id"] == first.answer["id"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "\x00", "\n\t", "身" * 10_000, None, 7, ["身份证"], {"text": "身份证"}],
    ids=lambda text: ascii(text)[:20],
)
def test_refused_with_a_reason(city: City, text: Any) -> None:
    response = city.post("refused", text)
    assert 400 <= response.status < 500
    assert response.body["error"].strip()
    assert "Traceback" not in response.body["error"]


def test_a_message_is_taken_while_the_worker_loads(city: City) -> None:
    assert "worker" in city.reason_to_wait
    assert city.early is not None and city.early.status == 200
    assert said(city.early.body).answer["id"] == "resident-id-replacement"


def test_the_services_have_no_traceback_to_show(city: City) -> None:
    assert "Traceback" not in city.log()
