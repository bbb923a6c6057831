"""A picture that a citizen sent, before the agent: only whose conversation it is, on demand, and audited."""

from __future__ import annotations

from typing import Any

import pytest
from console_people import Office
from desk_console import Agent, Citizens, later

from channels.delivery.platform import Action, SendError
from channels.pictures import Picture
from desk import handovers, speech
from desk.sent import Sent
from foundation import audit

GONE = "gone"


class PlatformsPictures:
    """Stands where the platform is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def has(self, channel: str) -> bool:
        return channel == "wechat"

    async def fetch(self, channel: str, media_id: str) -> Picture:
        self.asked.append((channel, media_id))
        if media_id == GONE:
            raise SendError(40007, Action.DROP, "invalid media_id")
        return Picture(b"GIF89a", "image/gif")

    async def close(self) -> None:
        pass


@pytest.fixture
def platform(desk: Office) -> PlatformsPictures:
    found = PlatformsPictures()
    desk.app.state.pictures = found
    return found


def sent(desk: Office, conversation: str, sent: Sent) -> None:
    with desk.database.write() as tx:
        found = handovers.current(tx, conversation)
        assert found is not None
        speech.hear(tx, found, sent.line, desk.clock.now(), metadata=sent.to_metadata())


def line(view: dict[str, Any]) -> dict[str, Any]:
    """The last one."""
    found: dict[str, Any] = view["lines"][-1]
    return found


def test_who_has_the_conversation_opens_it_and_that_is_audited(desk: Office, platform: PlatformsPictures) -> None:
    id = Citizens(desk).ask("wechat:a").id
    sent(desk, "wechat:a", Sent("image", media_id="m1"))
    agent, other, boss = Agent(desk, "wang"), Agent(desk, "li"), Agent(desk, "boss", "supervisor")
    shown = line(agent.view(id))
    assert (shown["text"], shown["picture"]) == ("[图片]", True)
    agent.at(id, "picture", 403, line=shown["id"])
    agent.at(id, "take")
    assert agent.at(id, "picture", line=shown["id"]) == {"picture": "data:image/gif;base64,R0lGODlh"}
    other.at(id, "picture", 403, line=shown["id"])
    boss.at(id, "picture", line=shown["id"])
    assert platform.asked == [("wechat", "m1")] * 2
    with desk.database.read() as tx:
        looks = [(one.account, one.detail) for one in audit.entries(tx) if one.action == "desk.picture"]
    assert looks == [("boss", {"line": shown["id"]}), ("wang", {"line": shown["id"]})]


def test_what_cannot_be_shown_is_said_so(desk: Office, platform: PlatformsPictures) -> None:
    citizens, agent = Citizens(desk), Agent(desk, "wang")
    id, elsewhere = citizens.ask("wechat:a").id, citizens.ask("wecom:b").id
    for one in (id, elsewhere):
        agent.at(one, "take")
    question = line(agent.view(id))
    assert not question["picture"]
    assert "没有" in agent.at(id, "picture", 404, line=question["id"])["error"]
    sent(desk, "wechat:a", Sent("image", media_id=GONE))
    sent(desk, "wecom:b", Sent("image", media_id="m2"))
    assert "三天" in agent.at(id, "picture", 502, line=line(agent.view(id))["id"])["error"]
    other_line = line(agent.view(elsewhere))["id"]
    assert "打不开" in agent.at(elsewhere, "picture", 409, line=other_line)["error"]
    agent.at(id, "picture", 404, line=other_line)
    agent.at(id, "picture", 404, line=10**9)
    agent.at(id, "picture", 422, line="1")


def test_after_the_close_it_is_nobodys(desk: Office, platform: PlatformsPictures) -> None:
    id, agent = Citizens(desk).ask("wechat:a").id, Agent(desk, "wang")
    agent.at(id, "take")
    sent(desk, "wechat:a", Sent("image", media_id="m1"))
    shown = line(agent.view(id))["id"]
    agent.at(id, "close", outcome="answered", topic="身份证")
    later(desk, minutes=1)
    agent.at(id, "picture", 403, line=shown)
    assert platform.asked == []
