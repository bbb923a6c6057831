"""What of a unit is searched: the ways it is asked for, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from foundation.text import normalise
from knowledge_base.model import Faq, Office, Package, Referral, ServiceItem, Unit

WINDOW = 120
"""Characters an encoder reads at once: long enough for a thought, short enough to be about one (measured: 120 finds
the right one of three more often than 250, and 80 no better)."""
WINDOWS = 6
"""Windows of a long text that are encoded; words find what stands further down."""
SENTENCE = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]?")


@dataclass(frozen=True)
class Document:
    """A unit as search sees it; all texts normalised."""

    names: tuple[str, ...]
    """What the unit is called; empty for a FAQ, whose question is no name."""
    asked: tuple[str, ...]
    """Sentences it answers, for the encoder in the role of questions."""
    said: tuple[str, ...]
    """What it says, in windows, for the encoder in the role of answers; without the title, which `asked` has."""
    text: str
    """Title and all that it says, for words and n-grams."""


def document(unit: Unit) -> Document:
    """Prepare a unit for search."""
    if isinstance(unit, Faq):
        names: tuple[str, ...] = ()
        asked = unit.questions()
        said = unit.answer
    else:
        names = unit.names()
        asked = (ask_for(unit), *names[1:], *unit.questions())
        said = says(unit)
    title = unit.title
    # A guide seldom names its item again, and means little without the name.
    told = normalise(said if isinstance(unit, Faq) else f"{title}\n{said}")
    return Document(
        names=tuple(dict.fromkeys(normalise(name) for name in names)),
        asked=tuple(dict.fromkeys(normalise(question) for question in asked)),
        said=windows(told) or (normalise(title),),
        text=normalise(f"{title}\n{said}"),
    )


def windows(text: str) -> tuple[str, ...]:
    """The first WINDOWS pieces of at most WINDOW characters, cut where sentences end if that can be."""
    found: list[str] = []
    piece = ""
    for sentence in SENTENCE.findall(text):
        if piece and len(piece) + len(sentence) > WINDOW:
            found.append(piece)
            piece = ""
        piece += sentence
        while len(piece) > WINDOW:
            found.append(piece[:WINDOW])
            piece = piece[WINDOW:]
        if len(found) >= WINDOWS:
            return tuple(found[:WINDOWS])
    return tuple(filter(None, (*found, piece.strip())))


def ask_for(unit: Unit) -> str:
    """The plainest question for a unit that has a name."""
    if isinstance(unit, ServiceItem):
        return f"怎么办理{unit.title}"
    if isinstance(unit, Package):
        return f"{unit.title}要办哪些手续"
    if isinstance(unit, Office):
        return f"{unit.title}在哪里，几点上班"
    return f"{unit.title}找谁管"


def says(unit: Unit) -> str:
    """The text of a unit other than a FAQ, most telling parts first."""
    if isinstance(unit, ServiceItem):
        parts: list[str] = [unit.department or "", unit.theme or ""]
        for name in ("overview", "conditions", "process", "materials", "validity", "proxy", "online"):
            dated = getattr(unit.aspects, name)
            for entry in dated.dated[-1].value if dated else ():
                parts.append(entry_text(entry))
        return "\n".join(filter(None, parts))
    if isinstance(unit, Referral):
        return "\n".join(filter(None, (unit.text, unit.body, unit.channel)))
    if isinstance(unit, Package):
        return "\n".join(filter(None, (unit.overview, *(step.note or "" for step in unit.steps))))
    if isinstance(unit, Office):
        return "\n".join((unit.address, *unit.services))
    return unit.title


def entry_text(entry: Any) -> str:
    return " ".join(
        filter(None, (getattr(entry, "name", None), getattr(entry, "text", None), getattr(entry, "note", None)))
    )
