"""A message that 微信客服 had taken and then told us it did not deliver: its replies were not received after all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, update
from sqlalchemy.engine import Connection

from channels.delivery import ledger
from channels.gateway import Gateway
from channels.wecom.account import KF
from channels.wecom.kf_messages import Undelivered
from foundation.clock import Clock
from foundation.outbox import DELIVERED, FAILED, UNKNOWN, outbox


def marks(gateway: Gateway, clock: Clock) -> Undelivered:
    """What marks them in the gateway's database."""

    async def mark(sender: str, msgid: str) -> None:
        await gateway.storage.write(lambda tx: undelivered(tx, f"{KF}:{sender}", msgid, clock.now()))

    return mark


def undelivered(tx: Connection, conversation: str, msgid: str, now: datetime) -> int:
    """Mark the replies of which this message was a part; what else is to be sent of them is given up.

    Args:
        msgid: ours, `<key of the delivery>-<number of the part>`.

    Returns:
        How many replies had counted as delivered.
    """
    key = msgid.rpartition("-")[0]
    if not key:
        return 0
    delivery = ledger.under_way(tx, conversation)
    if delivery is not None and delivery.key == key:
        ledger.drop(tx, delivery, now)
        return 0
    mine = and_(outbox.c.conversation == conversation, outbox.c.platform_id.startswith(f"{key}-", autoescape=True))
    done = outbox.c.state.in_((DELIVERED, UNKNOWN))
    return int(tx.execute(update(outbox).where(mine, done).values(state=FAILED, delivered_at=None)).rowcount)
