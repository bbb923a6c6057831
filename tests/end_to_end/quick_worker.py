"""A turn worker without a model: `python quick_worker.py DATABASE_URL SECRET_KEY`. Each answer repeats what was asked.

A question that ends in 选 gets a menu, which goes by a call to the platform; others get one short text.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from foundation import heartbeat, outbox
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox

NAME, LEASE = "quick", timedelta(seconds=20)


def answer(text: str) -> list[dict[str, Any]]:
    buttons = [{"title": "首次申领", "payload": "首次"}, {"title": "到期换领", "payload": "到期"}]
    return [{"text": f"答{text}", **({"buttons": buttons} if text.endswith("选") else {})}]


def main(database_url: str, key: str) -> None:
    database, inbox = Database(database_url), Inbox(Cipher(bytes.fromhex(key)))
    with database.write() as tx:
        inbox.release_worker(tx, NAME)  # what the one before us held when it was killed
    beaten = 0.0
    while True:
        now = datetime.now(timezone.utc)
        if time.monotonic() - beaten > 1:
            with database.write() as tx:
                heartbeat.beat(tx, NAME, heartbeat.WORKER, {}, now)
            beaten = time.monotonic()
        with database.read() as tx:
            waiting = inbox.waiting(tx)
        if not waiting:
            time.sleep(0.01)
            continue
        with database.write() as tx:
            claim = inbox.claim(tx, NAME, now, LEASE)
        if claim is None:
            continue
        with database.write() as tx:
            message = claim.message
            inbox.finish(tx, claim, now)
            outbox.add(tx, message.conversation, message.channel, answer(message.text), now, claim.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
