"""The real gateway between simulated users and a worker: what people see of it."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from simulator_helpers import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from channel_helpers import Bodies, FakeWorker, answer, free_port, serving

from channels.wechat.simulator import Simulator
from foundation.database import Database

SEND = "/cgi-bin/message/custom/send"


def turn(text: str) -> Bodies:
    if text.startswith("慢"):
        time.sleep(6)
    if text == "护照":
        buttons = [{"title": title, "payload": f"护照{title}"} for title in ("首次申请", "换发")]
        return [{"text": "您要办哪一种？", "buttons": buttons, "custom": {"answer": answer(sources=[])}}]
    return [{"text": f"答：{text}", "custom": {"answer": answer()}}]


@asynccontextmanager
async def city(store: Database, **changes: Any) -> AsyncIterator[tuple[Simulator, FakeWorker]]:
    port = free_port()
    here = {f"{kind}_api_base": f"http://127.0.0.1:{port}" for kind in ("wechat", "miniprogram", "wecom")}
    url = store.engine.url.render_as_string(hide_password=False)
    configured = settings(database_url=url, rate_limit=0, **here, **changes)
    with FakeWorker(store, turn) as worker:
        async with serving(configured, store) as address, Simulator(configured, address, port=port) as simulator:
            yield simulator, worker


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_quick_answer_is_passive_and_costs_no_call(store: Database, mode: str) -> None:
    async with city(store, wechat_mode=mode) as (wechat, worker):
        assert await wechat.driver.verify(wechat.platform.account("wechat")) == ""
        citizen = wechat.user("oA")
        await citizen.say("身份证丢了怎么补办")
        [reply] = await citizen.messages(1)
        assert "答：身份证丢了怎么补办" in reply.text and reply.how == "passive"
        assert worker.texts == ["身份证丢了怎么补办"] and wechat.platform.records.counts[SEND] == 0


@pytest.mark.parametrize("channel", ["wechat", "wecom-kf"])
async def test_choices_are_clicked(store: Database, channel: str) -> None:
    async with city(store) as (wechat, worker):
        citizen = wechat.user("oA", channel)
        await citizen.say("护照")
        assert [title for _, title in (await citizen.messages(1))[0].choices] == ["1. 首次申请", "2. 换发"]
        await citizen.choose(1)
        await citizen.messages(2)
        assert worker.texts == ["护照", "护照换发"]


@pytest.mark.parametrize("channel", ["wechat", "miniprogram", "wecom", "wecom-kf"])
async def test_everybody_is_answered_once(store: Database, channel: str) -> None:
    async with city(store) as (wechat, worker):
        people = [wechat.user(f"citizen{number}", channel) for number in range(5)]
        for person in people:
            await person.say(f"我是{person.person.name}")
        for person in people:
            [reply] = await person.messages(1)
            assert f"答：我是{person.person.name}" in reply.text
        assert sorted(worker.texts) == sorted(f"我是{person.person.name}" for person in people)


async def test_an_account_without_menus_gets_numbers(store: Database) -> None:
    async with city(store) as (wechat, _):
        wechat.platform.account("wechat").menus = False
        citizen = wechat.user("oA")
        await citizen.say("护照")
        [reply] = await citizen.messages(1)
        assert reply.kind == "text" and "1. 首次申请" in reply.text


async def test_an_expired_token_is_replaced_once(store: Database) -> None:
    async with city(store) as (wechat, _):
        citizen = wechat.user("oA")
        await citizen.say("护照")
        await citizen.messages(1)
        wechat.platform.tokens.expire()
        await citizen.say("护照")
        await citizen.messages(2)
        assert wechat.platform.tokens.fetched["wechat"] == 2


@pytest.mark.slow
async def test_a_slow_answer_comes_once(store: Database) -> None:
    async with city(store) as (wechat, worker):
        citizen = wechat.user("oA")
        posted = await citizen.say("慢一点")
        [reply] = await citizen.messages(1)
        assert "答：慢一点" in reply.text and worker.texts == ["慢一点"]
        assert all(attempt.seconds < 5.5 for attempt in posted.attempts)


@pytest.mark.slow
async def test_an_account_that_cannot_send_is_answered_at_the_next_attempt(store: Database) -> None:
    async with city(store, wechat_reply="harvest") as (wechat, worker):
        wechat.platform.account("wechat").verified = False
        citizen = wechat.user("oA")
        posted = await citizen.say("慢一点")
        assert [attempt.outcome for attempt in posted.attempts] == ["late", "message"]
        [reply] = citizen.shown
        assert "答：慢一点" in reply.text and reply.how == "passive"
        assert worker.texts == ["慢一点"] and wechat.platform.records.counts[SEND] == 0
