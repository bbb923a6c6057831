"""One agent's console as a process of its own: `python desk_process.py URL WHAT ACCOUNT START`.

Its clock runs from ten on a Monday morning, half an hour a second, so that a short run has a lunch in it. START is the
real second at which it began, for all processes alike. What it did it prints, one line of JSON each.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import datetime, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import handovers, speech
from desk.errors import DeskError, Full
from desk.tables import handovers as rows
from foundation.database import Database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
HALF_AN_HOUR = 1800


class Desk:
    def __init__(self, url: str, account: str, start: float) -> None:
        self.database, self.account, self.start = Database(url), account, start

    def now(self) -> datetime:
        return NOW + timedelta(seconds=(time.time() - self.start) * HALF_AN_HOUR)

    def tell(self, **what: object) -> None:
        print(json.dumps(what, default=datetime.isoformat), flush=True)

    def serve(self) -> None:
        """Take the next, answer, close, until the queue is empty; three transactions each."""
        while True:
            with self.database.write() as tx:
                taken_at = self.now()
                found = handovers.take_next(tx, self.account, taken_at)
            if found is None:
                return
            time.sleep(0.005)  # an agent reads; others get their turn
            said_at, closed_at = self.finish(found.id)
            self.tell(id=found.id, taken_at=taken_at, said_at=said_at, closed_at=closed_at)

    def finish(self, id: int) -> tuple[datetime, datetime]:
        with self.database.write() as tx:
            said_at = self.now()
            speech.say(tx, handovers.get(tx, id), self.account, "您好，请看这里。", f"k{id}", said_at)
        with self.database.write() as tx:
            closed_at = self.now()
            handovers.close(tx, id, self.account, "answered", "", closed_at)
        return said_at, closed_at

    def grab(self) -> None:
        """Try to take everybody, in an order of one's own."""
        for id in self.shuffled():
            try:
                with self.database.write() as tx:
                    handovers.take(tx, id, self.account, self.now())
                self.tell(id=id)
            except Full:
                return
            except DeskError as error:
                self.tell(id=id, refused=str(error))

    def assign(self) -> None:
        """A supervisor who gives everybody to the agent of their own name, as they saw them at first; all in a moment,
        for agents are at their desks only as long as their pages say so."""
        for id in self.shuffled():
            time.sleep(random.uniform(0, 0.02))
            try:
                with self.database.write() as tx:
                    handovers.assign(tx, id, f"{self.account}-agent", self.account, NOW, version=1)
                self.tell(id=id)
            except DeskError as error:
                self.tell(id=id, refused=str(error))

    def hang(self) -> None:
        """Take one, say something, and fall asleep before the end of the transaction."""
        with self.database.write() as tx:
            found = handovers.take_next(tx, self.account, self.now())
            assert found is not None
            speech.say(tx, found, self.account, "半句", "k", self.now())
            self.tell(id=found.id)
            time.sleep(60)

    def resume(self) -> None:
        """As `serve`, after another of the same agent's pages was killed: what one has already is finished first."""
        with self.database.read() as tx:
            mine = [one.id for one in handovers.of_agent(tx, self.account)]
        for id in mine:
            self.finish(id)
        self.serve()

    def shuffled(self) -> list[int]:
        with self.database.read() as tx:
            ids = self.ids(tx)
        random.Random(self.account).shuffle(ids)
        return ids

    @staticmethod
    def ids(tx: Connection) -> list[int]:
        return list(tx.execute(select(rows.c.id).order_by(rows.c.id)).scalars())


if __name__ == "__main__":
    _, url, what, account, start = sys.argv
    desk = Desk(url, account, float(start))
    while time.time() < desk.start:  # all begin at once
        time.sleep(0.002)
    getattr(desk, what)()
