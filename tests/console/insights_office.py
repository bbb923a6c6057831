"""A month of an invented office: thousands of turns, conversations with people, ratings and what became of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from desk.tables import handover_spans, handovers, ratings, tasks
from foundation import accounts, audit_seals
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.migrate import upgrade
from insights.turns import turns
from knowledge_base.model import parse_unit
from knowledge_base.store import releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
"""As the fixture `clock` has it."""
KEY, PASSWORD = bytes.fromhex("5a" * 32), "correct horse 9"
TOWN = Path(__file__).parents[1] / "fixtures" / "small_town.yaml"
CHANNELS = ("web", "wechat", "miniprogram", "wecom-kf")
REGIONS = (None, "990102", "990103", "990104")
UNITS: Sequence[tuple[str | None, str | None, str | None]] = (
    ("item", "dog-registration", "公安"),
    ("item", "boat-licence", "海事"),
    ("item", "cart-permit", "交通"),
    ("faq", "library-card", None),
    ("faq", "dog-vaccine", "公安"),
    ("item", "gone-long-ago", "民政"),
    (None, None, None),
)
QUESTIONS = (
    "养犬登记要带什么", "渔船登记多少钱", "马车通行证在哪里办", "借书证丢了怎么办", "狗狗疫苗去哪打",
    "我的手机⟦phone:7f3a⟧能收到通知吗", "海滩能放风筝吗", "=1+1 这样的也能问吗", "<b>粗体</b>能不能办",
)  # fmt: skip
ASPECTS = (None, "materials", "fee", "place", "duration")
AGENTS = {"zhao": "赵一", "qian": "钱二", "sun": "孙三"}
HOURS = (8, 8, 9, 9, 9, 10, 10, 10, 10, 11, 11, 14, 14, 15, 15, 16, 17, 19, 20, 21, 23)


def a_month(file: Path, now: datetime = NOW, asked: int = 1500, talked: int = 120) -> str:
    """An SQLite database at that place after a busy month; its address."""
    url = f"sqlite:///{file}"
    upgrade(url)
    database = Database(url)
    audit_seals.use(Cipher(KEY))
    try:
        with database.write() as tx:
            settle(tx, now)
            ask(tx, now, asked)
            talk(tx, now, talked)
            accounts.add(tx, "chen", PASSWORD, ["supervisor"], now, "陈主管")
    finally:
        audit_seals.use(None)
        database.close()
    return url


def settle(tx: Connection, now: datetime) -> None:
    """The town's units are published, and its agents hired."""
    units = [parse_unit(one) for one in yaml.safe_load(TOWN.read_text(encoding="utf-8"))]
    releases.save_drafts(tx, units, "old", now)
    releases.publish(tx, "old", "", now, only=[unit.key for unit in units])
    for name, title in AGENTS.items():
        accounts.add(tx, name, None, ["agent"], now, display_name=title)


def ask(tx: Connection, now: datetime, count: int, days: int = 40, seed: int = 7) -> None:
    """So many turns of the days until now."""
    chance = random.Random(seed)
    rows = [_turn(chance, now, days, number) for number in range(count)]
    rows.sort(key=lambda row: row["at"])
    for start in range(0, len(rows), 2000):
        tx.execute(insert(turns), rows[start : start + 2000])


def _turn(chance: random.Random, now: datetime, days: int, number: int) -> dict[str, Any]:
    day = now - timedelta(days=chance.triangular(0, days, days / 4))
    at = day.replace(hour=(chance.choice(HOURS) - 8) % 24, minute=chance.randrange(60), second=chance.randrange(60))
    kind, id, department = chance.choices(UNITS, (9, 6, 4, 4, 3, 1, 5))[0]
    decision = chance.choices(("answered", "options", "refused"), (80, 12, 8))[0] if kind else chance.choice(
        ("refused", "other", "other", "answered")
    )  # fmt: skip
    rated = decision == "other" and chance.random() < 0.5
    return {
        "at": min(at, now),
        "conversation": f"{chance.choice(CHANNELS)}:secret-{number % 4000}",
        "channel": chance.choices(CHANNELS, (5, 4, 2, 1))[0],
        "region": chance.choices(REGIONS, (4, 3, 2, 1))[0],
        "question": None if rated else chance.choice(QUESTIONS),
        "kind": kind or "fallback",
        "unit_kind": kind,
        "unit_id": id,
        "department": department,
        "aspect": chance.choice(ASPECTS) if kind else None,
        "confidence": chance.random(),
        "decision": decision,
        "release": 1,
        "record": f"AAAA-{number:04}"[:9] if decision == "answered" and number < 10000 else None,
        "candidates": [],
        "mood": chance.choices((None, "annoyed", "distressed", "pleased"), (90, 6, 2, 2))[0],
        "handover": chance.random() < 0.05,
        "rating": chance.choice((1, 2, 4, 5, 5, 5)) if rated else None,
        "milliseconds": chance.choice((None, chance.randrange(20, 400))),
    }


def talk(tx: Connection, now: datetime, count: int, days: int = 40, seed: int = 7) -> None:
    """So many conversations with people, most of them rated by and by."""
    chance = random.Random(seed)
    for number in range(count):
        begun = now - timedelta(days=chance.uniform(0, days))
        opened = begun.replace(hour=chance.choice((1, 2, 3, 6, 7, 8)), minute=chance.randrange(50), microsecond=0)
        if opened < now:
            _talk(tx, chance, number, opened, now)


def _talk(tx: Connection, chance: random.Random, number: int, opened: datetime, now: datetime) -> None:
    left = chance.random() < 0.1
    taken, agent = opened + timedelta(seconds=chance.randrange(10, 900)), chance.choice(list(AGENTS))
    ended = taken + timedelta(minutes=chance.randrange(1, 25))
    department = chance.choice(("", "公安", "海事"))
    talked = {"channel": chance.choice(CHANNELS), "department": department}
    [id] = tx.execute(
        insert(handovers).values(
            **talked, conversation=f"web:secret-{number}", state="closed", reason="asked",
            region=chance.choice(REGIONS), question=chance.choice(QUESTIONS), mood="neutral", misses=0,
            elderly=False, urgent=False, opened_at=opened, assigned_to=None if left else agent,
            first_reply_at=None if left else taken + timedelta(seconds=20),
            last_citizen_at=opened, seen_at=opened, place_told_at=opened, closed_at=ended,
            withdrawn="gone" if left else None, version=1,
        )
    ).inserted_primary_key  # fmt: skip
    spans = [("waiting", None, opened, opened + timedelta(minutes=9) if left else taken)]
    if not left:
        closed = ended + timedelta(minutes=1)
        spans += [("with_agent", agent, taken, ended), ("wrap_up", agent, ended, closed)]
    for state, account, since, until in spans:
        tx.execute(
            insert(handover_spans).values(
                handover=id, conversation=f"web:secret-{number}", state=state, account=account, department=department,
                since=since, until=until, by="system", why="asked",
            )
        )  # fmt: skip
    if not left and chance.random() < 0.6:
        _rate(tx, chance, id, number, talked, agent, ended, now)


def _rate(
    tx: Connection, chance: random.Random, id: int, number: int, talked: dict[str, str], agent: str, at: datetime,
    now: datetime,
) -> None:  # fmt: skip
    score = chance.choices((5, 4, 3, 2, 1), (10, 5, 2, 2, 1))[0]
    tx.execute(
        insert(ratings).values(
            **talked, conversation=f"web:secret-{number}", subject=f"handover:{id}", handover=id, account=agent,
            score=score, comment="", forward=False, rated_at=at, changed_at=at, changes=0,
        )
    )  # fmt: skip
    if score > 2:
        return
    due, state = at + timedelta(days=2), chance.choice(("done", "done", "open"))
    tx.execute(
        insert(tasks).values(
            **talked, kind="bad_rating", state=state, title="差评", conversation=f"web:secret-{number}", handover=id,
            detail={"score": score, "comment": "说好今天回电话，没有人打", "account": agent},
            source=f"rating:{number}:0", opened_at=at, opened_by="system", due_at=due, remark="",
            done_at=min(now, at + timedelta(hours=chance.choice((5, 60)))) if state == "done" else None,
        )
    )  # fmt: skip
