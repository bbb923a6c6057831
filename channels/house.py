"""What a messaging channel needs of the house behind it: the gateway's database, or Rasa's agent in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from channels.conversations import Body
from channels.windows import Window
from desk.sent import Sent
from foundation.inbox import Accepted
from foundation.outbox import Reply


class House(Protocol):
    """channels.gateway.Gateway, or channels.wechat.agent_house.AgentHouse; see there."""

    async def receive(
        self,
        channel: str,
        sender: object,
        text: object,
        message_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        *,
        passive_for: float | None = None,
        window: Window = "none",
    ) -> Accepted: ...

    async def answer(
        self,
        channel: str,
        sender: object,
        bodies: Sequence[Body],
        message_id: str | None = None,
        *,
        passive_for: float | None = None,
        window: Window = "none",
        sent: Sent | None = None,
    ) -> Accepted: ...

    async def replies(self, inbox_id: int, timeout: float | None) -> list[Reply]: ...

    async def open_turns(self, conversation: str) -> list[int]: ...

    async def take(
        self, accepted: Accepted, replies: Sequence[Reply] | None = None, rest: Sequence[Sequence[Body]] = ()
    ) -> bool: ...

    def delivered(self, replies: list[Reply]) -> None: ...

    async def leave(self, accepted: Accepted) -> None: ...

    async def owed(self, channel: str, sender: object) -> list[Reply]: ...

    async def choice(self, channel: str, sender: object, menu_id: str) -> str | None: ...

    async def remainder(self, channel: str, sender: object) -> list[Body] | None: ...

    async def prefer(self, channel: str, sender: object, *, elderly: bool) -> None: ...

    async def elderly(self, channel: str, sender: object) -> bool: ...

    async def forget(self, channel: str, sender: object, since: int) -> bool: ...
