from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from channel_helpers import FakeWorker, answer, listening, serving, settings_for
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from channels import server
from channels.rest import RestInput
from foundation.database import Database

WEBHOOK = "/webhooks/rest/webhook"
Http = aiohttp.ClientSession


@pytest.fixture
async def http(store: Database, url: str) -> AsyncIterator[Http]:
    async with serving(settings_for(url), store) as address, Http(address) as session:
        yield session


async def post(http: Http, body: Any, **headers: str) -> tuple[int, Any]:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    async with http.post(WEBHOOK, data=data, headers=headers) as response:
        return response.status, await response.json()


async def test_a_turn_as_rasas_rest_channel_gives_it(http: Http, store: Database) -> None:
    bodies = [
        {"text": "一"},
        {"text": "二", "buttons": [{"title": "甲", "payload": "甲"}], "custom": {"answer": answer()}},
    ]
    with FakeWorker(store, lambda text: bodies):
        status, messages = await post(http, {"sender": "张三", "message": "你好", "extra": 1, "metadata": "x"})
    assert status == 200
    assert messages == [{"recipient_id": "张三", **body} for body in bodies]
    assert [("custom" in message) for message in messages] == [False, True]


async def test_health(http: Http) -> None:
    async with http.get("/webhooks/rest/") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ("", 400, "JSON"),
        ("{", 400, "JSON"),
        (b"\xff\xfe\x00", 400, "JSON"),
        ("[" * 100_000, 400, "JSON"),
        ("[]", 400, "JSON"),
        ("null", 400, "JSON"),
        ('"你好"', 400, "JSON"),
        ({}, 400, "sender"),
        ({"message": "x"}, 400, "sender"),
        ({"sender": "a"}, 400, "message"),
        ({"sender": "a", "message": None}, 400, "message"),
        ({"sender": "a", "message": 5}, 400, "message"),
        ({"sender": "a", "message": ["x"]}, 400, "message"),
        ({"sender": "a", "message": {"text": "x"}}, 400, "message"),
        ({"sender": "a", "message": ""}, 400, "空"),
        ({"sender": "a", "message": " \n\t"}, 400, "空"),
        ({"sender": 7, "message": "x"}, 400, "sender"),
        ({"sender": "", "message": "x"}, 400, "sender"),
        ({"sender": "a" * 129, "message": "x"}, 400, "sender"),
        ({"sender": "a\u0000", "message": "x"}, 400, "sender"),
        ({"sender": "a", "message": "长" * 2001}, 413, "2000"),
        ({"sender": "a", "message": "长" * 200_000}, 413, "大"),
    ],
)
async def test_bad_input_gets_a_reason(http: Http, body: Any, status: int, names: str) -> None:
    got, reason = await post(http, body)
    assert got == status
    assert list(reason) == ["error"] and names in reason["error"]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
async def test_other_methods(http: Http, method: str) -> None:
    async with http.request(method, WEBHOOK) as response:
        assert response.status == 405 and "error" in await response.json()


async def test_a_message_id_is_answered_once_and_told_twice(http: Http, store: Database) -> None:
    with FakeWorker(store, seconds=0.1) as worker:
        message = {"sender": "a", "message": "x", "message_id": "m1"}
        results = await asyncio.gather(*(post(http, message) for _ in range(4)))
        again = await post(http, message)
    assert worker.texts == ["x"]
    assert all(result == again for result in results)


@pytest.mark.parametrize("odd", [None, 5, "", ["m"]])
async def test_an_odd_message_id_is_ignored(http: Http, store: Database, odd: Any) -> None:
    with FakeWorker(store) as worker:
        for _ in range(2):
            status, _ = await post(http, {"sender": "a", "message": "x", "message_id": odd})
            assert status == 200
    assert worker.texts == ["x", "x"]


async def test_messages_of_one_sender_keep_their_order(http: Http, store: Database) -> None:
    with FakeWorker(store, seconds=0.02) as worker:
        posts = []
        for number in range(8):
            posts.append(asyncio.create_task(post(http, {"sender": "a", "message": str(number)})))
            await asyncio.sleep(0.02)
        answers = [messages[0]["text"] for _, messages in await asyncio.gather(*posts)]
    assert worker.texts == [str(number) for number in range(8)]
    assert answers == [f"答：{number}" for number in range(8)]


async def test_many_senders_at_once(http: Http, store: Database) -> None:
    async def talk(sender: str) -> None:
        for number in range(5):
            status, messages = await post(http, {"sender": sender, "message": f"{sender}{number}"})
            assert (status, messages[0]["text"], messages[0]["recipient_id"]) == (200, f"答：{sender}{number}", sender)

    with FakeWorker(store), FakeWorker(store, name="fake2"):
        await asyncio.gather(*(talk(f"s{number}") for number in range(12)))


async def test_nobody_answers_in_time(store: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REPLY_WITHIN", 0.2)
    async with serving(settings_for(url), store) as address, Http(address) as http:
        status, messages = await post(http, {"sender": "a", "message": "x"})
    assert status == 202
    assert messages[0]["recipient_id"] == "a" and "12345" in messages[0]["text"]


async def test_too_fast(store: Database, url: str) -> None:
    async with serving(settings_for(url, rate_limit=2), store) as address, Http(address) as http:
        with FakeWorker(store):
            for _ in range(2):
                assert (await post(http, {"sender": "a", "message": "x"}))[0] == 200
            async with http.post(WEBHOOK, json={"sender": "a", "message": "x"}) as response:
                assert response.status == 429
                assert 1 <= int(response.headers["Retry-After"]) <= 31
                assert "秒" in (await response.json())["error"]


@pytest.mark.parametrize("token", ["a long random text", None])
async def test_off_loopback_a_token_is_asked_for(store: Database, url: str, token: str | None) -> None:
    settings = settings_for(url, host="0.0.0.0", rest_token=token)
    async with serving(settings, store) as address, Http(address) as http:  # it still listens on loopback here
        message = {"sender": "a", "message": "x"}
        for wrong in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer 错"},
        ):
            status, reason = await post(http, message, **wrong)
            assert status == 401 and "令牌" in reason["error"]
        if token:
            with FakeWorker(store):
                assert (await post(http, message, Authorization=f"Bearer {token}"))[0] == 200


async def test_the_same_channel_under_rasa_run() -> None:
    """There the agent answers at once, and takes a leading slash for an intent: ours never lets it."""
    heard: list[tuple[str, str]] = []

    class Agent:
        async def handle_message(self, message: UserMessage) -> None:
            heard.append((message.sender_id, message.text))
            await message.output_channel.send_response(message.sender_id, {"text": "好", "custom": {"answer": {}}})

    Sanic.test_mode = True
    app = Sanic("rasa_run", configure_logging=False)
    app.ctx.agent = Agent()
    register([RestInput.from_credentials({"token": "t"})], app, "/webhooks/")
    async with listening(app) as address, Http(address) as http:
        assert (await post(http, {"sender": "a", "message": "/restart"}))[0] == 401
        status, messages = await post(http, {"sender": "a", "message": "/restart"}, Authorization="Bearer t")
    assert (status, messages) == (200, [{"recipient_id": "a", "text": "好", "custom": {"answer": {}}}])
    assert heard == [("rest:a", "／restart")]
