"""Scores as rows of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.scoring.judging import Line
from bot.scoring.sections import Section, sections

NAMES = 44
"""Columns that the longest name of a measure takes."""


def report(lines: Sequence[Line], predicted: Sequence[Line]) -> Iterator[str]:
    """All scores of an evaluation file; the measures are those of docs/answer-quality.md."""
    return rows_of(sections(lines, predicted), predicted)


def rows_of(measured: Sequence[Section], predicted: Sequence[Line]) -> Iterator[str]:
    """The same of scores at hand."""
    for section in measured:
        yield f"── {section.title} ──"
        for score in section.scores:
            yield f"{score.name:<{NAMES}} {score}"
        yield from style_rows(section)
    if predicted:
        yield latency([one["latency_ms"] for one in predicted])


def style_rows(section: Section) -> Iterator[str]:
    """One row a style, with the measures that say anything of it."""
    for style, scores in section.styles.items():
        told = [f"{score.name} {score.hits}/{score.total}" for score in scores if score.total]
        yield f"  {style:<18} {' · '.join(told)}"


def latency(milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"{'latency a turn':<{NAMES}} p50 {middle:.0f} ms, p99 {late:.0f} ms"
