"""What a citizen is told when their conversation changes hands, unless that would cost what agents need to speak."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from actions.handing_over.hearing import AWAITS_SCORE
from channels import windows
from desk.handovers import Handover
from desk.notices import asking_for_a_score, notice, tell
from foundation import dialogue
from foundation.clock import CHINA

ENOUGH = 2
"""With fewer messages left in the channel's window, who took over is not told: that is what the agent's word says."""


def taken(tx: Connection, found: Handover, name: str, now: datetime) -> None:
    _tell(tx, found, {"text": notice("taken", name=name)}, now)


def transferred_to(tx: Connection, found: Handover, name: str, now: datetime) -> None:
    _tell(tx, found, {"text": notice("transferred_to", name=name)}, now)


def transferred(tx: Connection, found: Handover, now: datetime) -> None:
    _tell(tx, found, {"text": notice("transferred", department=found.department)}, now)


def ended(tx: Connection, found: Handover, now: datetime) -> None:
    """The robot has the conversation again, and what the citizen says next may be a score."""
    day = now.astimezone(CHINA).date().isoformat()
    awaited = {"handover": found.id, "day": day, "open": True}
    dialogue.append(tx, found.conversation, [dialogue.remembered(AWAITS_SCORE, awaited, now)])
    _tell(tx, found, asking_for_a_score(notice("ended")), now, enough=1)


def _tell(tx: Connection, found: Handover, body: dict[str, Any], now: datetime, enough: int = ENOUGH) -> None:
    left = windows.left(tx, found.conversation, now)
    if left is None or left >= enough:
        tell(tx, found.conversation, found.channel, [body], now)
