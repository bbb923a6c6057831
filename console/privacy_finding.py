"""Whose request it is: somebody is found by what they can tell us themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from console.house import House
from desk import cases
from desk.case_numbers import number_in
from foundation import personal_copy
from foundation.errors import VaultError
from foundation.log import who
from foundation.masking import find
from knowledge_base import records

MOST = 20
LONGEST = 200
CONTEXT = "privacy"


@dataclass(frozen=True)
class Person:
    """A conversation, as a page shows it. `sealed` says to us whose it is, and to nobody else."""

    sealed: str
    channel: str
    name: str
    """Six digits that stand for them."""
    rows: int


def found(tx: Connection, here: House, asked: str) -> list[Person]:
    """Who is meant by a record number, a case's number, a channel's id (`web:…`), or a telephone or ID card number."""
    names = dict.fromkeys(one for one in _named(tx, here, asked.strip()[:LONGEST]) if one)
    people = [person(tx, here, name) for name in list(names)[:MOST]]
    return [one for one in people if one.rows]


def person(tx: Connection, here: House, conversation: str) -> Person:
    kept = personal_copy.of(tx, conversation, here.now())
    sealed = here.cipher.encrypt(conversation, CONTEXT).hex()
    return Person(sealed, kept.channel, who(conversation)[:6], sum(map(len, kept.stores.values())))


def unseal(here: House, sealed: str) -> str | None:
    """The conversation of a `Person`; None for what none of our pages made."""
    try:
        return here.cipher.decrypt(bytes.fromhex(sealed), CONTEXT)
    except (ValueError, VaultError):
        return None


def _named(tx: Connection, here: House, asked: str) -> Sequence[str | None]:
    record = records.read(tx, asked)
    if record is not None:
        return [record.conversation]
    number = number_in(asked)
    case = cases.find(tx, number) if number else None
    if case is not None:
        return [] if case.hides_who else [case.conversation]  # who reported something is nobody's to find
    values = [name for one in find(asked) for name in here.vault.conversations_with(tx, one, here.now(), MOST)]
    return values or ([asked] if ":" in asked else [])
