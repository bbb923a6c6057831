"""Several processes on one database, as gateway and workers are."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from foundation import outbox
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import DONE, Inbox, inbox
from foundation.settings import ROOT

KEY = bytes(32)
CONVERSATIONS, EACH = 4, 15

GATEWAY = f"""
import sys
from datetime import datetime, timezone
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
database, box = Database(sys.argv[1]), Inbox(Cipher({KEY!r}))
for n in range({EACH}):
    for c in range({CONVERSATIONS}):
        for _ in range(2):  # each is posted again
            with database.write() as tx:
                box.accept(tx, Incoming(f"web:{{c}}", "web", str(n), f"m{{n}}"), datetime.now(timezone.utc))
"""
WORKER = f"""
import sys, time
from datetime import datetime, timedelta, timezone
from foundation import outbox
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox
database, box = Database(sys.argv[1]), Inbox(Cipher({KEY!r}))
idle_until = time.monotonic() + 5
while time.monotonic() < idle_until:
    now = datetime.now(timezone.utc)
    with database.write() as tx:
        held = box.claim(tx, sys.argv[2], now, timedelta(seconds=20))
    if held is None:
        time.sleep(0.01)
        continue
    with database.write() as tx:
        outbox.add(tx, held.message.conversation, "web", [{{"text": held.message.text}}], now, held.id)
        box.finish(tx, held, now)
    idle_until = time.monotonic() + 2
"""


def test_each_message_has_one_turn(database_url: str, database: Database) -> None:
    programs = [(GATEWAY, "g1"), (GATEWAY, "g2"), (WORKER, "w1"), (WORKER, "w2")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url, name], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for program, name in programs
    ]
    outcomes = [(process.communicate(timeout=90)[1], process.returncode) for process in processes]
    assert [code for _, code in outcomes] == [0] * 4, outcomes
    with database.read() as tx:
        rows = tx.execute(select(inbox).order_by(inbox.c.id)).mappings().all()
        assert Counter(row["state"] for row in rows) == {DONE: CONVERSATIONS * EACH}
        for c in range(CONVERSATIONS):
            replies = outbox.after(tx, f"web:{c}", 0)
            order = [row["id"] for row in rows if row["conversation"] == f"web:{c}"]
            assert [reply.inbox_id for reply in replies] == order
            assert sorted(int(reply.body["text"]) for reply in replies) == list(range(EACH))


def test_a_worker_killed_in_its_turn_leaves_the_message_to_the_next(database_url: str, database: Database) -> None:
    program = f"""
import sys, time
from datetime import datetime, timedelta, timezone
from foundation import outbox
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
database, box = Database(sys.argv[1]), Inbox(Cipher({KEY!r}))
now = datetime.now(timezone.utc)
with database.write() as tx:
    box.accept(tx, Incoming("web:a", "web", "问"), now)
with database.write() as tx:
    held = box.claim(tx, "dying", now, timedelta(seconds=1))
with database.write() as tx:
    outbox.add(tx, "web:a", "web", [{{"text": "半句"}}], now, held.id)
    print("in the turn", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, database_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "in the turn\n"
    process.kill()
    process.wait()
    process.stdout.close()

    later = datetime.now(timezone.utc) + timedelta(seconds=2)
    with database.write() as tx:
        held = Inbox(Cipher(KEY)).claim(tx, "next", later, timedelta(seconds=20))
        assert held and held.fence == 2
        assert outbox.replies_to(tx, held.id) == []
