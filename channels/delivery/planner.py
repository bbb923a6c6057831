"""What is to be called for next in a conversation: what was begun, or else all its pending replies as one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from secrets import token_hex

from sqlalchemy.engine import Connection

from channels import conversations, metrics, rendering, windows
from channels.conversations import Body
from channels.delivery import ledger
from channels.delivery.ledger import FIRST, LAST, Delivery
from channels.delivery.platform import Platform
from channels.rendering import Style
from channels.storage import Storage
from foundation import leases
from foundation.clock import Clock
from foundation.errors import LeaseLost
from foundation.leases import Lease
from foundation.outbox import Reply


@dataclass(frozen=True)
class Draft:
    """A delivery made of `replies`, which leaves `rest` for 更多; none while the citizen's window is closed."""

    delivery: Delivery | None
    replies: list[Reply]
    rest: list[list[Body]]


class Planner:
    """For one account, while `lease` is ours; its methods raise LeaseLost when it is not."""

    def __init__(self, storage: Storage, platform: Platform, clock: Clock, lease: Lease) -> None:
        self._storage = storage
        self._platform = platform
        self._clock = clock
        self._lease = lease
        self.menus = True
        """Whether the account is known to do without menus."""

    async def next(self, conversation: str) -> Delivery | None:
        """The next delivery, a call for its part counted; None when nothing may be sent now.

        Raises:
            Refused: the database does not answer.
        """
        draft = await self._storage.read(lambda tx: self._draft(tx, conversation))
        if isinstance(draft, Delivery):
            return await self._storage.write(lambda tx: self._resume(tx, draft))
        if draft.delivery is not None:
            return await self._storage.write(lambda tx: self._begin(tx, draft))
        if draft.replies:
            await self._storage.write(lambda tx: self._hold(tx, conversation))
        return None

    def call(self, tx: Connection, delivery: Delivery) -> Delivery | None:
        """Count a call for the next part, if the lease is still ours."""
        try:
            leases.require(tx, self._lease)
        except LeaseLost:
            return None
        return ledger.call(tx, delivery, self._clock.now())

    def go_on(
        self, tx: Connection, delivery: Delivery, platform_id: str | None = None, *, doubtful: bool = False
    ) -> Delivery | None:
        """The part was sent (`doubtful`: perhaps). A call for the next part is counted, if there is one."""
        rest = ledger.confirm(tx, delivery, platform_id, self._clock.now(), doubtful=doubtful)
        return rest and self.call(tx, rest)

    def _draft(self, tx: Connection, conversation: str) -> Delivery | Draft:
        """What was begun, or what may be."""
        begun = ledger.under_way(tx, conversation)
        if begun is not None:
            return begun
        now = self._clock.now()
        replies = ledger.next_replies(tx, conversation, now)
        left = windows.left(tx, conversation, now)
        if not replies or left == 0:
            return Draft(None, replies, [])
        style = self._style(conversations.elderly(tx, conversation), left)
        first, *more = rendering.pages(replies, style) or [[]]
        delivery = Delivery(conversation, token_hex(8), tuple(reply.id for reply in replies), tuple(first))
        return Draft(delivery, replies, [rendering.as_body(page) for page in more])

    def _style(self, elderly: bool, left: int | None) -> Style:
        style = self._platform.style()
        most = style.most_parts if left is None else min(style.most_parts, left)
        return replace(style, elderly=elderly, menu=style.menu and self.menus, most_parts=most)

    def _begin(self, tx: Connection, draft: Draft) -> Delivery | None:
        leases.require(tx, self._lease)
        now = self._clock.now()
        begun = draft.delivery and ledger.begin(tx, self._platform.channel, draft.delivery, now)
        if begun is not None:
            conversations.keep_rest(tx, begun.conversation, draft.replies, draft.rest, now)
        return begun

    def _resume(self, tx: Connection, delivery: Delivery) -> Delivery | None:
        leases.require(tx, self._lease)
        if delivery.calls >= FIRST:
            metrics.sends.labels(self._platform.channel, "interrupted").inc()
        if delivery.calls >= LAST:
            return self.go_on(tx, delivery, doubtful=True)
        return ledger.call(tx, delivery, self._clock.now())

    def _hold(self, tx: Connection, conversation: str) -> None:
        leases.require(tx, self._lease)
        ledger.hold(tx, conversation, self._clock.now())
