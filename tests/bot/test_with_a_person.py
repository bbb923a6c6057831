"""Messages while a person has the conversation, and what a turn brings about, on both databases; no model needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from turn_fakes import CIPHER, LIBRARY, FakeAssistant, all_done, put, replies, states, until, working

from bot import worker as module
from bot.assistant import TurnResult
from desk import handovers, speech, tasks
from desk.handovers import WAITING, Handover, Request
from desk.sent import Sent
from foundation import accounts, dialogue
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
from foundation.vault import Vault

ASKED = {"do": "handover", "reason": "asked", "question": "护照多少钱", "mood": "annoyed"}


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)


class Handing(FakeAssistant):
    """Brings about what it is told to, for the texts named."""

    def __init__(self, effects: Mapping[str, Sequence[Mapping[str, Any]]], **how: Any) -> None:
        super().__init__(**how)
        self.effects = effects

    async def turn(self, conversation: str, channel: str, text: str, *rest: Any, **more: Any) -> TurnResult:
        result = await super().turn(conversation, channel, text, *rest, **more)
        return result._replace(effects=self.effects.get(text, ()))


def handover(database: Database, conversation: str = "rest:a", reason: str = "asked") -> Handover:
    with database.write() as tx:
        return handovers.open_handover(tx, Request(conversation, "rest", reason), now())


def taken(database: Database, found: Handover, agent: str = "wang") -> None:
    with database.write() as tx:
        if agent not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, agent, None, ["agent"], now(), display_name="王芳")
        handovers.take(tx, found.id, agent, now())


def lines(database: Database, conversation: str = "rest:a") -> list[tuple[str, str]]:
    with database.read() as tx:
        return [(line.who, line.text) for line in dialogue.transcript(tx, conversation)]


def texts(database: Database, conversation: str = "rest:a") -> list[str]:
    return [reply.body["text"] for reply in replies(database, conversation)]


def current(database: Database, conversation: str = "rest:a") -> Handover | None:
    with database.read() as tx:
        return handovers.current(tx, conversation)


async def test_the_robot_is_silent_and_every_word_reaches_the_person(database: Database) -> None:
    taken(database, handover(database))
    assistant = FakeAssistant()
    put(database, "rest:a", "一", "二", "三")
    put(database, "rest:b", "别人")
    async with working(assistant, database):
        await all_done(database)
    assert assistant.turns == [("rest:b", "别人")]
    assert lines(database) == [("citizen", "一"), ("citizen", "二"), ("citizen", "三")]
    assert texts(database) == []


async def test_what_cannot_be_decrypted_is_told_to_the_person_and_to_the_citizen(database: Database) -> None:
    taken(database, handover(database))
    with database.write() as tx:
        Inbox(Cipher(b"n" * 32)).accept(tx, Incoming("rest:a", "rest", "换了密钥"), now())
    put(database, "rest:a", "二")
    async with working(FakeAssistant(), database):
        await all_done(database)
    [told] = texts(database)
    assert "请打字说一下" in told
    assert lines(database) == [("citizen", "[显示不了的内容]"), ("robot", told), ("citizen", "二")]


async def test_an_effect_opens_the_handover_with_the_reply_and_the_next_message_is_for_the_person(
    database: Database,
) -> None:
    assistant = Handing({"转人工": [ASKED]})
    put(database, "rest:a", "转人工", "在吗")
    async with working(assistant, database):
        await all_done(database)
    found = current(database)
    assert found is not None and (found.state, found.mood, found.question) == (WAITING, "annoyed", "护照多少钱")
    assert assistant.turns == [("rest:a", "转人工")]
    assert ("citizen", "在吗") in lines(database)


async def test_a_turn_that_fails_opens_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("bot.worker.outbox.add", fail)
    put(database, "rest:a", "转人工")
    async with working(Handing({"转人工": [ASKED]}), database):
        await asyncio.sleep(0.3)
        assert current(database) is None
        monkeypatch.undo()
        monkeypatch.setattr(module, "open_library", lambda: LIBRARY)
        await all_done(database)
    assert current(database) is not None and len(texts(database)) == 2


async def test_a_person_who_steps_in_while_the_robot_thinks_gets_the_message(database: Database) -> None:
    assistant = FakeAssistant(seconds=0.4)
    put(database, "rest:a", "护照多少钱")
    async with working(assistant, database):
        await until(lambda: assistant.turns)
        handover(database, reason="stepped_in")
        await all_done(database)
    assert texts(database) == [], "the robot says nothing any more"
    assert lines(database) == [("citizen", "护照多少钱")]


@pytest.mark.parametrize("words", ["返回", "不等了。", " 退出人工 "])
async def test_the_citizen_goes_back_to_the_robot(database: Database, words: str) -> None:
    handover(database)
    assistant = FakeAssistant()
    put(database, "rest:a", words, "护照多少钱")
    async with working(assistant, database):
        await all_done(database)
    assert current(database) is None
    assert assistant.turns == [("rest:a", "护照多少钱")]
    assert "智能助手" in texts(database)[0]
    assert lines(database)[0] == ("citizen", words), "this, too, was said"


async def test_what_only_contains_these_words_is_for_the_person(database: Database) -> None:
    handover(database)
    put(database, "rest:a", "我要返回原籍办理")
    async with working(FakeAssistant(), database):
        await all_done(database)
    found = current(database)
    assert found is not None and found.state == WAITING


async def test_who_waits_is_told_where_they_stand_but_not_at_every_word(database: Database) -> None:
    handover(database, "rest:first")
    found = handover(database)
    put(database, "rest:a", "在吗")
    async with working(FakeAssistant(), database):
        await all_done(database)
        assert texts(database) == [], "they were told a moment ago, when they were handed over"
        with database.write() as tx:
            long_ago = now() - timedelta(minutes=5)
            tx.execute(
                handovers.handovers.update().where(handovers.handovers.c.id == found.id).values(place_told_at=long_ago)
            )
        put(database, "rest:a", "还在吗", "喂")
        await all_done(database)
    [told] = texts(database)
    assert "您前面还有1位" in told and "返回" in told


async def test_somebody_in_danger_is_told_where_to_call_and_comes_first(database: Database) -> None:
    handover(database, "rest:first")
    found = handover(database)
    put(database, "rest:a", "我不想活了")
    async with working(FakeAssistant(), database):
        await all_done(database)
    assert "110" in texts(database)[0]
    with database.read() as tx:
        assert handovers.waiting(tx, now())[0].id == found.id


async def test_a_number_left_while_waiting_is_kept_for_a_call(database: Database) -> None:
    handover(database)
    with database.write() as tx:
        masked = Vault(CIPHER).hide(tx, "打我电话13800138000", "rest:a", now())
    put(database, "rest:a", masked)
    async with working(FakeAssistant(), database):
        await all_done(database)
    found = current(database)
    assert found is not None and found.contact is not None and found.contact in masked
    [told] = texts(database)
    assert "记下了" in told
    with database.read() as tx:
        assert Vault(CIPHER).resolve(tx, found.contact, "rest:a", now() + timedelta(days=20)) == "13800138000"


async def test_where_a_citizen_is_is_kept_nowhere(database: Database) -> None:
    handover(database)
    put(database, "rest:a", "我在这里", metadata={"location": {"latitude": 31.2304, "longitude": 121.4737}})
    async with working(FakeAssistant(), database):
        await all_done(database)
    with database.read() as tx:
        assert "31.2304" not in repr(tx.execute(select(dialogue.tracker_events)).all())
    assert lines(database) == [("citizen", "我在这里")]


def picture(otherwise: str = "图片我看不了。") -> dict[str, Any]:
    return {"sent": {"kind": "image", "media_id": "m1"}, "otherwise": [{"text": otherwise}]}


async def test_a_picture_is_a_line_for_the_person_and_the_citizen_is_told_once(database: Database) -> None:
    taken(database, handover(database))
    put(database, "rest:a", "", "", metadata=picture())
    put(database, "rest:a", "看到了吗")
    put(database, "rest:a", "", metadata=picture())
    async with working(FakeAssistant(), database):
        await all_done(database)
    said = str(Sent("image").passed_on)
    assert lines(database) == [
        ("citizen", "[图片]"), ("robot", said), ("citizen", "[图片]"),
        ("citizen", "看到了吗"), ("citizen", "[图片]"), ("robot", said),
    ]  # fmt: skip
    assert texts(database) == [said, said]
    with database.read() as tx:
        first = dialogue.transcript(tx, "rest:a")[0]
    assert first.metadata == {"sent": {"kind": "image", "media_id": "m1"}}


async def test_a_picture_for_somebody_who_has_gone_meanwhile_is_answered_as_by_the_channel(
    database: Database,
) -> None:
    assistant = FakeAssistant()
    put(database, "rest:a", "", metadata=picture("图片我看不了。"))
    async with working(assistant, database):
        await all_done(database)
    assert (texts(database), assistant.turns, lines(database)) == (["图片我看不了。"], [], [])


async def test_spoken_words_are_words_and_called_so(database: Database) -> None:
    handover(database, "rest:first")
    found = handover(database)
    put(database, "rest:a", "我急死了", metadata={"sent": {"kind": "voice"}, "voice": True})
    async with working(FakeAssistant(), database):
        await all_done(database)
    assert lines(database) == [("citizen", "[语音] 我急死了")]
    assert texts(database) == []
    with database.read() as tx:
        assert handovers.waiting(tx, now())[0].id == found.id, "their mood counts"


async def test_a_place_sent_to_a_person_is_told_them_by_its_name(database: Database) -> None:
    handover(database)
    place = {"latitude": 31.2304, "longitude": 121.4737, "label": "人民路1号，李先生13800138000"}
    about = {"sent": {"kind": "location"}, "location": place}
    put(database, "rest:a", "离我最近的办事大厅在哪里？", metadata=about)
    put(database, "rest:a", "离我最近的办事大厅在哪里？", metadata={**about, "location": {**place, "label": ""}})
    async with working(FakeAssistant(), database):
        await all_done(database)
    [(_, named), _, (_, unnamed)] = lines(database)
    assert named.startswith("[位置] 人民路1号，李先生⟦phone:") and "138" not in named
    assert unnamed == "[位置] 纬度31.23，经度121.474"
    with database.read() as tx:
        assert "31.2304" not in repr(tx.execute(select(dialogue.tracker_events)).all())


@pytest.mark.parametrize("kind", ["image", "voice", "video", "file", "link", "card", "location", "unsupported"])
def test_everything_that_can_be_sent_has_its_words(kind: str) -> None:
    sent = Sent.of({"sent": {"kind": kind}})
    assert sent is not None and sent.line.startswith("[") and sent.passed_on is not None
    assert sent.passed_on.endswith("。") and "工作人员" in sent.passed_on


def test_what_nobody_knows_is_text() -> None:
    assert Sent.of({}) is None and Sent.of({"sent": {"kind": "x"}}) is None and Sent.of({"sent": "image"}) is None


async def test_the_transcript_is_given_while_a_person_speaks_and_afterwards(database: Database) -> None:
    found = handover(database)
    taken(database, found)
    assistant = FakeAssistant()
    put(database, "rest:a", "身份证丢了", "把聊天记录发给我")
    async with working(assistant, database):
        await all_done(database)
        with database.write() as tx:
            speech.say(tx, found, "wang", "请带户口簿来。", "k1", now(), "K7M2-4Q9D")
            handovers.end(tx, found.id, "wang", now())
        put(database, "rest:a", "聊天记录", "那多少钱")
        put(database, "rest:b", "聊天记录")
        await all_done(database)
    assert assistant.turns == [("rest:a", "那多少钱")]
    first, *_, last = (
        reply for reply in replies(database, "rest:a") if (reply.body.get("custom") or {}).get("transcript")
    )
    assert "您：身份证丢了" in first.body["text"] and "户口簿" not in first.body["text"]
    assert "请带户口簿来。（咨询记录号K7M2-4Q9D）" in last.body["text"]
    assert lines(database)[1:3] == [("citizen", "把聊天记录发给我"), ("robot", "（聊天记录已经发出）")]
    [none] = texts(database, "rest:b")
    assert "还没有" in none and "户口簿" not in none, "nobody else's"


async def test_who_gets_desperate_while_waiting_comes_first(database: Database) -> None:
    handover(database, "rest:first")
    found = handover(database)
    put(database, "rest:a", "我急死了")
    async with working(FakeAssistant(), database):
        await all_done(database)
    with database.read() as tx:
        assert handovers.waiting(tx, now())[0].id == found.id


async def test_after_the_end_the_robot_has_the_conversation_again(database: Database) -> None:
    found = handover(database)
    taken(database, found)
    with database.write() as tx:
        speech.say(tx, found, "wang", "您好", "k1", now())
        handovers.end(tx, found.id, "wang", now())
    assistant = FakeAssistant()
    put(database, "rest:a", "那多少钱")
    async with working(assistant, database):
        await all_done(database)
    assert assistant.turns == [("rest:a", "那多少钱")]


async def test_two_workers_and_a_person_lose_and_double_nothing(database: Database) -> None:
    """One takes and ends conversations while the citizens go on writing: every word has exactly one reader."""
    assistants = FakeAssistant(), FakeAssistant()
    said = {f"rest:{n}": [f"{n}-{i}" for i in range(12)] for n in range(4)}

    async def agents() -> None:
        for _ in range(12):
            for conversation in said:
                found = handover(database, conversation)
                if found.state == WAITING:
                    taken(database, found)
                with database.write() as tx:
                    handovers.end(tx, found.id, "wang", now())
            await asyncio.sleep(0.02)

    async with working(assistants[0], database, "worker-1"), working(assistants[1], database, "worker-2"):
        working_agents = asyncio.create_task(agents())
        for i in range(12):
            for conversation, words in said.items():
                put(database, conversation, words[i])
            await asyncio.sleep(0.02)
        await working_agents
        await all_done(database)
    for conversation, words in said.items():
        heard = [text for who, text in lines(database, conversation) if who == "citizen"]
        assert heard == words, "all, once, and in order"
    assert set(states(database)) == {"done"}


async def test_a_call_back_is_a_task_whose_number_lives_as_long(database: Database) -> None:
    with database.write() as tx:
        masked = Vault(CIPHER).hide(tx, "13800138000", "rest:a", now())
    due = now() + timedelta(days=20)
    left = {"do": "callback", "contact": masked, "said": masked, "due_at": due.isoformat(), "question": "护照多少钱"}
    put(database, "rest:a", masked)
    async with working(Handing({masked: [left]}), database):
        await all_done(database)
    with database.read() as tx:
        [task] = tasks.listing(tx)
        assert (task.kind, task.contact, task.title) == ("callback", masked, "护照多少钱")
        number = Vault(CIPHER).resolve(tx, masked, "rest:a", due + timedelta(days=1))
    assert number == "13800138000"
