"""The same channels under `rasa run`: Rasa's agent in the process, no database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from callback_helpers import ACCOUNT, MINI, OPENID, ORIGINAL, Sent, WeChat, until
from channel_helpers import listening
from platform_fake import APP_ID, SECRET, running
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from channels.wechat import agent_house, passive
from channels.wechat.account import Account
from channels.wechat.input import MiniProgramInput, WeChatInput

Turn = Callable[[UserMessage], Awaitable[None]]


@dataclass
class Agent:
    """Stands for Rasa's: says back what it hears after `seconds`."""

    seconds: float = 0.0
    ready: asyncio.Event | None = None
    heard: list[UserMessage] = field(default_factory=list)
    bodies: list[dict[str, Any]] | None = None

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        if message.text == "坏":
            raise RuntimeError("the action server is away")
        await asyncio.sleep(self.seconds)
        if self.ready is not None:
            await self.ready.wait()
        for body in self.bodies or [{"text": f"答：{message.text}"}]:
            await message.output_channel.send_response(message.sender_id, {**body, "buttons": body.get("buttons")})

    @property
    def texts(self) -> list[str]:
        return [str(message.text) for message in self.heard]


@asynccontextmanager
async def rasa(agent: Agent, account: Account = ACCOUNT, api: Any = None) -> AsyncIterator[WeChat]:
    """A server as `rasa run` makes it, around a stub of the agent."""
    Sanic.test_mode = True
    app = Sanic("rasa_server", configure_logging=False)
    app.ctx.agent = agent
    kind = WeChatInput if account.channel == "wechat" else MiniProgramInput
    register([kind(account, api=api)], app, route="/webhooks/")
    async with listening(app) as address, aiohttp.ClientSession() as http:
        yield WeChat(http, address, account)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"DECIDES": 1.4, "HOLDS": 1.8, "HANGS": 2.6, "SOON": 1.0}.items():
        monkeypatch.setattr(passive, name, seconds)
    monkeypatch.setattr(passive.Hybrid, "deadline", 1.4)
    monkeypatch.setattr(passive.Harvest, "deadline", 1.8)
    monkeypatch.setattr(agent_house, "AGAIN", 1.8)
    monkeypatch.setattr(agent_house, "THINKS_LONG", 0.3)


async def test_a_fast_turn_is_the_answer_itself() -> None:
    agent, sent = Agent(), Sent()
    async with rasa(agent, api=sent) as wechat:
        assert "答：你好" in (wechat.reply(await wechat.say("你好")) or "")
        health = await wechat.http.get(f"{wechat.address}/webhooks/wechat/")
        assert health.status == 200
    message = agent.heard[0]
    assert (message.sender_id, message.input_channel) == (f"wechat:{OPENID}", "wechat")
    assert message.metadata["platform"] == "wechat" and message.message_id
    assert sent.parts == []


async def test_a_slow_turn_goes_by_the_api_and_shows_that_somebody_writes(hurried: None) -> None:
    agent, sent = Agent(seconds=2.5), Sent()
    async with rasa(agent, api=sent) as wechat:
        fields = wechat.fields(Content="慢")
        answers = await asyncio.gather(*(wechat.push(fields) for _ in range(3)))
        assert [wechat.reply(one) for one in answers] == [None] * 3
        await until(lambda: bool(sent.parts))
        assert wechat.reply(await wechat.push(fields)) is None
        await asyncio.sleep(0.2)
    assert agent.texts == ["慢"] and len(sent.texts()) == 1 and "答：慢" in sent.texts()[0]
    assert sent.typed == [OPENID]


@pytest.mark.parametrize("text", ["/restart", '/inform{"city":"北京"}', "/session_start", " /restart", "/ hello"])
async def test_e1_what_a_citizen_types_is_never_an_intent(text: str) -> None:
    agent = Agent()
    async with rasa(agent, api=Sent()) as wechat:
        await wechat.say(text)
        await wechat.say("/::)", sender="oB")
    assert agent.texts == [f"／{text.strip()[1:]}", "[微笑]"]


async def test_three_posts_at_once_are_one_turn() -> None:
    agent, sent = Agent(seconds=0.2), Sent()
    async with rasa(agent, api=sent) as wechat:
        fields = wechat.fields(Content="三次")
        shown = [
            one for one in map(wechat.reply, await asyncio.gather(*(wechat.push(fields) for _ in range(3)))) if one
        ]
        await asyncio.sleep(0.3)
    assert agent.texts == ["三次"] and len(shown + sent.texts()) == 1


async def test_messages_of_one_citizen_keep_their_order_and_others_do_not_wait() -> None:
    agent, sent = Agent(seconds=0.1), Sent()
    async with rasa(agent, api=sent) as wechat:

        async def talk(openid: str) -> None:
            posts = []
            for number in range(4):
                posts.append(asyncio.create_task(wechat.say(f"{openid}{number}", sender=openid)))
                await asyncio.sleep(0.02)
            await asyncio.gather(*posts)

        await asyncio.gather(*(talk(openid) for openid in ("oA", "oB", "oC")))
    for openid in ("oA", "oB", "oC"):
        assert [text for text in agent.texts if text.startswith(openid)] == [f"{openid}{n}" for n in range(4)]


async def test_a_broken_turn_is_told_and_the_next_one_works() -> None:
    agent = Agent()
    async with rasa(agent, api=Sent()) as wechat:
        assert "12345" in (wechat.reply(await wechat.say("坏")) or "")
        assert "答：好" in (wechat.reply(await wechat.say("好")) or "")


async def test_a_flood_of_one_citizen_is_refused() -> None:
    agent = Agent(seconds=0.5)
    async with rasa(agent, api=Sent()) as wechat:
        answers = await asyncio.gather(*(wechat.say(f"{n}") for n in range(25)))
        said = [wechat.reply(one) or "" for one in answers]
        assert sum("太快" in one for one in said) >= 4


async def test_harvest(monkeypatch: pytest.MonkeyPatch) -> None:
    def patience(seconds: float) -> None:
        for name in ("DECIDES", "HOLDS", "HANGS", "SOON"):
            monkeypatch.setattr(passive, name, seconds)

    agent = Agent(ready=asyncio.Event())
    assert agent.ready is not None
    async with rasa(agent, replace(ACCOUNT, reply="harvest", secret=None)) as wechat:
        fields = wechat.fields(Content="七秒")
        patience(0.3)
        assert wechat.reply(await wechat.push(fields)) is None
        patience(60)
        second = asyncio.create_task(wechat.push(fields))
        await asyncio.sleep(0.3)
        agent.ready.set()
        assert "答：七秒" in (wechat.reply(await second) or "")

        agent.ready.clear()
        patience(0.3)
        fields = wechat.fields(Content="二十秒")
        assert [wechat.reply(await wechat.push(fields)) for _ in range(2)] == [None, None]
        assert "回复“更多”" in (wechat.reply(await wechat.push(fields)) or "")
        agent.ready.set()
        patience(60)
        await asyncio.sleep(0.3)
        assert "答：二十秒" in (wechat.reply(await wechat.say("更多")) or "")
        assert "没有更多" in (wechat.reply(await wechat.say("更多")) or "")
    assert agent.texts == ["七秒", "二十秒"]


async def test_long_answers_go_on_with_more() -> None:
    long = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 120))
    agent, sent = Agent(bodies=[{"text": long}]), Sent()
    async with rasa(agent, api=sent) as wechat:
        await wechat.say("长")
        await until(lambda: "回复“更多”" in "".join(sent.texts()))
        for _ in range(20):
            before = len(sent.parts)
            fields = wechat.fields(Content="更多")
            given = [wechat.reply(one) for one in await asyncio.gather(*(wechat.push(fields) for _ in range(3)))]
            if any(one and "没有更多" in one for one in given):
                break
            texts = [one for one in given if one]
            sent.parts += [(OPENID, SimpleNamespace(text=text)) for text in texts]  # type: ignore[list-item]
            await until(lambda before=before: len(sent.parts) > before)  # type: ignore[misc]
        whole = "".join(sent.texts())
    places = [whole.index(f"第{number}条") for number in range(1, 120)]
    assert places == sorted(places) and agent.texts == ["长"]
    assert all(whole.count(f"第{number}条，") == 1 for number in range(1, 120))


async def test_large_print_is_remembered_and_forgotten() -> None:
    agent, sent = Agent(), Sent()
    async with rasa(agent, api=sent) as wechat:
        assert "敬老版" in (wechat.reply(await wechat.say("敬老版")) or "")
        assert wechat.reply(await wechat.say("你好"))
        assert (await wechat.event("unsubscribe")).body == b"success"
        assert "标准版" in (wechat.reply(await wechat.say("退出敬老版")) or "")


async def test_a_mini_program(hurried: None) -> None:
    agent, sent = Agent(), Sent("miniprogram")
    async with rasa(agent, MINI, sent) as wechat:
        wechat.form = "json"
        assert (await wechat.say("你好")).body == b"success"
        await until(lambda: len(sent.parts) == 1)
    assert agent.heard[0].sender_id == f"miniprogram:{OPENID}"


async def test_a_turn_under_way_ends_before_the_server_does() -> None:
    agent, sent = Agent(seconds=0.6), Sent("miniprogram")
    async with rasa(agent, MINI, sent) as wechat:
        await wechat.say("快关门了")
        await until(lambda: bool(agent.heard))
    assert "答：快关门了" in sent.texts()[0]


async def test_e3_a_reminder_is_sent_by_the_api() -> None:
    """What Rasa does with ReminderScheduled: it asks the channel for an output channel, and says it there."""
    async with running() as platform:
        credentials = {
            "app_id": APP_ID, "secret": SECRET, "token": "AAAAA", "aes_key": "A" * 43, "api_base": platform.base,
            "original_id": ORIGINAL,
        }  # fmt: skip
        channel = WeChatInput.from_credentials(credentials)
        output = channel.get_output_channel()
        assert output is not None
        await output.send_text_message(f"wechat:{OPENID}", "您的办件明天到期，请记得来取。")
        await channel._api.close()  # type: ignore[union-attr]
        (body,) = platform.sent()
    assert body["touser"] == OPENID and "请记得来取" in body["text"]["content"]
