"""An office that has told some people a wrong fee, and has corrected it since."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "knowledge_base" / "recalls"))

from console_people import Office
from recall_town import answer, card, publish

from knowledge_base.model import ServiceItem
from knowledge_base.records import Record

DEPARTMENT = "户政科"
WRONG, RIGHT = [{"amount": "40"}], [{"amount": "10"}]


def of_department(unit: ServiceItem, department: str = DEPARTMENT) -> ServiceItem:
    return unit.copy(update={"department": department})


def told_wrong(office: Office, *conversations: str | None) -> list[Record]:
    """Each was told, three days ago, that it costs 40; since yesterday it is 10."""
    now = office.clock.now()
    with office.database.write() as tx:
        publish(tx, of_department(card(fee=WRONG)), now=now - timedelta(days=5))
        found = [answer(tx, conversation, now - timedelta(days=3)) for conversation in conversations]
        publish(tx, of_department(card(fee=RIGHT)), now=now - timedelta(days=1))
    return found
