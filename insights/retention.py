"""How long turns are somebody's: then they are counted still, and nobody knows whose they were or what was typed."""

from __future__ import annotations

from sqlalchemy import or_

from foundation import retention
from insights.turns import turns

_somebodys = or_(turns.c.conversation.is_not(None), turns.c.question.is_not(None))
retention.register(
    turns.name, retention.of_table(turns, turns.c.at, _somebodys, values={"conversation": None, "question": None})
)
