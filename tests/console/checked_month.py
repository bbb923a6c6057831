"""An office in whose October something was asked, answered from a unit that has changed since, and said by agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from recall_office import RIGHT, WRONG, of_department
from recall_town import answer, card, publish
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from desk.tables import agent_messages, handovers
from foundation import dialogue
from foundation.database import Database
from insights import recording
from insights.recording import Turn
from knowledge_base import records
from knowledge_base.records import Record, new_number

AT = datetime(2026, 10, 12, 2, tzinfo=timezone.utc)
QUESTION = "身份证多少钱，我的电话⟦phone:7f3a⟧"


def october(
    database: Database, now: datetime, robot: int = 20, agents: tuple[str, ...] = ("zhao", "qian"), at: datetime = AT
) -> list[str]:
    """So many answers of the robot, and one of each agent, on the 12th or from `at` on; the robot's record numbers."""
    with database.write() as tx:
        publish(tx, of_department(card(fee=WRONG)), now=at - timedelta(days=3))
        numbers = [_asked(tx, f"web:{number}", at + timedelta(minutes=number)) for number in range(robot)]
        for number, name in enumerate(agents):
            _told(tx, name, f"wechat:{number}", at + timedelta(hours=1, minutes=number))
        publish(tx, of_department(card(fee=RIGHT)), now=now - timedelta(days=1))
    return numbers


def _asked(tx: Connection, conversation: str, at: datetime) -> str:
    made = answer(tx, conversation, at)
    turn = Turn(at, conversation, "web", QUESTION, made.kind, "answered", unit_kind=made.kind, unit_id=made.unit_id)
    recording.write(tx, replace(turn, record=made.number, department="户政科"))
    return made.number


def _told(tx: Connection, name: str, conversation: str, at: datetime) -> None:
    """What an agent wrote, after a question."""
    row: dict[str, Any] = {"conversation": conversation, "channel": "wechat", "state": "closed", "reason": "asked"}
    row |= {"department": "户政科", "question": "", "mood": "calm", "misses": 0, "elderly": False, "urgent": False}
    row |= dict.fromkeys(("opened_at", "last_citizen_at", "seen_at", "place_told_at"), at) | {"version": 1}
    handover = tx.execute(insert(handovers).values(row)).inserted_primary_key[0]
    said = Record(new_number(), conversation, at, "handover", f"{name}说：带户口簿来。", said_by=name)
    records.write(tx, said)
    tx.execute(
        insert(agent_messages).values(
            handover=handover, conversation=conversation, key=name, account=name, outbox_id=1, record=said.number, at=at
        )
    )
    dialogue.append(tx, conversation, [dialogue.heard("我要带什么", "wechat", at - timedelta(minutes=1))])
    dialogue.append(tx, conversation, [dialogue.told(said.text, at, {"by": dialogue.PERSON, "name": name})])
