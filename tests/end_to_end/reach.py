"""How soon after its commit a publication has reached every worker of an office."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timezone

from behind_nginx import Office
from city import said
from sqlalchemy import select

from foundation import audit_seals
from foundation.accounts import OPERATOR
from foundation.cipher import Cipher
from foundation.inbox import inbox
from knowledge_base.model import Faq
from knowledge_base.store import releases

QUESTION = "市民中心可以借雨伞吗"
ASKING = 6
"""Citizens who ask all the time, each as soon as they have their answer."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Asked:
    """One question: when it was sent, when the answer was there, who gave it, and whether it was the new one."""

    began: float
    ended: float
    sender: str
    new: bool


def publish(office: Office, answer: str) -> float:
    """Publish this answer to the QUESTION; the moment after the commit, by time.monotonic."""
    key = bytes.fromhex(office.city.environment["ZHENGWU_SECRET_KEY"])
    audit_seals.use(Cipher(key))  # what is audited is sealed by the office's own key
    source = {"title": "示例市市民中心雨伞借用办法", "date": date(2026, 1, 1)}
    similar = ["能不能借雨伞", "在哪里借雨伞"]
    unit = Faq(
        id="test-umbrella", question=QUESTION, similar_questions=similar, answer=answer, sources=[source],
        verified_on=date(2026, 11, 1),
    )  # fmt: skip
    now = datetime.now(timezone.utc)
    with office.city.database.write() as tx:
        releases.save_drafts(tx, [unit], OPERATOR, now)
        releases.publish(tx, OPERATOR, answer, now)
    return time.monotonic()


def seconds_to_reach(office: Office, number: int, answer: str) -> float:
    """From the commit of a publication until the last of the workers has given the new answer for the first time.

    The question is asked again and again through nginx, by several citizens at a time; which worker took it is read
    from the inbox. So it is measured what citizens get, the turn and the way to it included: some more than the workers
    need to take the release over. A worker that has given the new answer once must never again give the former.
    """
    prefix = f"reach-{number}-{time.monotonic_ns()}"
    asked: list[Asked] = []
    over = False

    def ask_on(citizen: int) -> None:
        turn = 0
        while not over:
            sender = f"{prefix}-{citizen}-{turn}"
            began = time.monotonic()
            response = office.city.post(sender, QUESTION)
            asked.append(Asked(began, time.monotonic(), sender, answer in said(response.body).text))
            turn += 1

    with ThreadPoolExecutor(ASKING) as citizens:
        asking = [citizens.submit(ask_on, citizen) for citizen in range(ASKING)]
        try:
            _await(lambda: len(asked) > 2 * ASKING, "nobody is answered")
            committed = publish(office, answer)
            workers = {part.name for part in office.workers}
            _await(lambda: _first(office, prefix, asked).keys() >= workers, f"not every worker says {answer}")
            time.sleep(0.2)  # some more, in which none may fall back
        finally:
            over = True
        for one in asking:
            one.result()
    first, by = _first(office, prefix, asked), _workers(office, prefix)
    fallen = [one for one in asked if not one.new and one.began > first[by[one.sender]]]
    assert not fallen, "a worker that had the new answer has given the former"
    return max(first.values()) - committed


def _first(office: Office, prefix: str, asked: Iterable[Asked]) -> dict[str, float]:
    """When each worker has first given the new answer."""
    by = _workers(office, prefix)
    found: dict[str, float] = {}
    for one in [one for one in list(asked) if one.new]:
        if (worker := by.get(one.sender)) is not None:
            found[worker] = min(one.ended, found.get(worker, one.ended))
    return found


def _workers(office: Office, prefix: str) -> dict[str, str]:
    """Who took each question."""
    query = select(inbox.c.conversation, inbox.c.worker).where(inbox.c.conversation.like(f"rest:{prefix}-%"))
    with office.city.database.read() as tx:
        rows = tx.execute(query).all()
    return {row.conversation.removeprefix("rest:"): row.worker.rpartition("/")[2] for row in rows if row.worker}


def _await(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
