"""The sets of questions, and the knowledge that each is asked of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foundation.settings import ROOT

SAMPLE = ROOT / "knowledge_base" / "content"
OWN = ROOT / "tests" / "quality"


@dataclass(frozen=True)
class QuestionSet:
    """`questions`: what is asked; `knowledge`: what is imported before, alone."""

    name: str
    title: str
    questions: Path
    knowledge: Path
    ranked: bool = True
    """Whether candidates can be compared with baselines: its lines name units."""


def all_sets(folder: Path | None) -> list[QuestionSet]:
    """The project's own sets, and those of the development folder."""
    own = [
        QuestionSet("conversations", "The project's own conversations", OWN / "conversations.jsonl", SAMPLE),
        QuestionSet(
            "unanswerable", "The project's own unanswerable questions", OWN / "unanswerable.jsonl", SAMPLE, False
        ),
    ]
    if folder is None:
        return own
    return [
        QuestionSet("utterances", "Messages to the sample city", folder / "utterances.jsonl", SAMPLE),
        QuestionSet(
            "procuratorate",
            "A procuratorate's FAQ",
            folder / "procuratorate_queries.jsonl",
            folder / "procuratorate_faq.csv",
        ),
        QuestionSet(
            "service-items",
            "A province's service items",
            folder / "service_item_queries.jsonl",
            folder / "service_items.jsonl",
        ),
        QuestionSet("mood", "Moods", folder / "mood.jsonl", SAMPLE, False),
        *own,
    ]


def present(sets: list[QuestionSet]) -> Iterator[QuestionSet]:
    """Those whose files are there."""
    return (one for one in sets if one.questions.exists() and one.knowledge.exists())
