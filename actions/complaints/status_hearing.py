"""What a message says to somebody who waits for the number of a case, a choice, or what shows whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from actions.applications import hearing
from actions.complaints.hearing import contact_in
from actions.complaints.status_state import Asked
from desk.case_numbers import mistyped, number_in


@dataclass(frozen=True)
class Heard:
    number: str | None = None
    proof: str | None = None
    """The token of four digits, of a whole telephone number or of an e-mail address."""
    choice: str | None = None
    """The number of the case that was chosen."""
    leaves: bool = False
    tries: bool = False
    """It looks like an answer, if only to something else."""


def hear(text: str, asked: Asked) -> Heard:
    """Read a masked message."""
    heard = hearing.hear(text, asked.number or "-", [title for _, title in asked.choices])
    if heard.leaves:
        return Heard(leaves=True)
    if heard.choice is not None:
        return Heard(choice=asked.choices[heard.choice][0])
    number, proof = number_in(text), heard.proof or contact_in(text)
    tries = number is None and proof is None and (mistyped(text) or heard.tries or heard.number is not None)
    return Heard(number, proof, tries=tries)
