"""Cases for the tests, and the staff that handles them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy.engine import Connection

from desk import cases
from desk.case_handling import By
from desk.cases import Case
from foundation.cipher import Cipher
from foundation.vault import Vault

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
"""A Monday, ten in the morning at the office."""
NUMBER, OTHER = "SQ-4827-1935-55", "SQ-2716-4355-31"
PHONE = "13912345678"
CONVERSATION = "web:reporter"
LIN = By("lin", "林工", forward=True, hotline="12345")


def data(number: str = NUMBER, **changes: Any) -> dict[str, Any]:
    """The effect by which an action has a case filed."""
    plain = {
        "do": "case",
        "number": number,
        "kind": "complaint",
        "what": "楼下烧烤店半夜还在摆摊",
        "where": "人民路12号",
        "when": "每天晚上",
        "contact": None,
        "department": "市场监管",
        "due_on": "2026-11-30",
        "topic": None,
        "forward": True,
    }
    return {**plain, **changes}


def hidden(tx: Connection, cipher: Cipher, text: str, conversation: str = CONVERSATION, now: datetime = NOW) -> str:
    """A text as the gateway has it."""
    return Vault(cipher).hide(tx, text, conversation, now)


def filed(tx: Connection, cipher: Cipher, phone: str | None = PHONE, now: datetime = NOW, **changes: Any) -> Case:
    """A case of one who left a telephone number, unless None is given."""
    conversation = changes.pop("conversation", CONVERSATION)
    contact = hidden(tx, cipher, phone, conversation, now) if phone else None
    return cases.file_case(tx, cipher, conversation, "web", data(contact=contact, **changes), now)
