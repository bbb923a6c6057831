"""What was measured, as Markdown: the tables of docs/answer-quality.md are taken from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.scoring import Score, Section, fault
from tests.benchmarks.quality.run import Outcome
from tests.benchmarks.quality.targets import target_of

EXAMPLES = 3


def summary(outcomes: Sequence[Outcome], day: str) -> Iterator[str]:
    """One chapter a set."""
    yield f"# Answer quality, measured {day}"
    for outcome in outcomes:
        yield f"\n## {outcome.questions.title} (`{outcome.questions.questions.name}`, {len(outcome.lines)} lines)"
        for section in outcome.sections:
            yield from score_table(outcome.questions.name, section)
            yield from style_table(section)
        if outcome.rankings:
            yield from ranking_table(outcome.rankings)
        yield from fault_table(outcome)


def score_table(questions: str, section: Section) -> Iterator[str]:
    yield "\n| measure | value | 95 % interval | of | target |\n| --- | ---: | ---: | ---: | ---: |"
    for score in section.scores:
        if score.total:
            target = target_of(questions, score.name)
            value, interval = (f"{score.value:.1%}", f"{score.low:.1%} – {score.high:.1%}")
            if score.hits is None:
                value, interval = f"{score.value:.3f}", f"{score.low:.3f} – {score.high:.3f}"
            yield f"| {score.name} | {value} | {interval} | {score.total} | {target or ''} |"


def style_table(section: Section) -> Iterator[str]:
    """Styles down, measures across."""
    if not section.styles:
        return
    names = list(dict.fromkeys(score.name for scores in section.styles.values() for score in scores if score.total))
    yield "\n| style | " + " | ".join(names) + " |\n| --- |" + " ---: |" * len(names)
    for style, scores in section.styles.items():
        by_name = {score.name: score for score in scores}
        yield f"| {style} | " + " | ".join(cell(by_name.get(name)) for name in names) + " |"


def cell(score: Score | None) -> str:
    return f"{score.value:.0%} ({score.hits}/{score.total})" if score is not None and score.total else "–"


def ranking_table(rankings: dict[str, list[Score]]) -> Iterator[str]:
    first = next(iter(rankings.values()))
    total = first[0].total
    yield f"\n| ranking of {total} questions with one answer | " + " | ".join(score.name for score in first) + " |"
    yield "| --- |" + " ---: |" * len(first)
    for name, scores in rankings.items():
        yield f"| {name} | " + " | ".join(with_interval(score) for score in scores) + " |"


def with_interval(score: Score) -> str:
    if score.hits is None:
        return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"
    return f"{score.value:.1%} [{score.low:.1%}, {score.high:.1%}]"


def fault_table(outcome: Outcome) -> Iterator[str]:
    """Classes of error, the most frequent first; the lines stand in `<set>.faults.jsonl`."""
    counted = Counter(name for name in faults(outcome) if name)
    if counted:
        yield "\n| class of error | lines |\n| --- | ---: |"
        yield from (f"| {name} | {count} |" for name, count in counted.most_common())


def faults(outcome: Outcome) -> list[str | None]:
    return [
        fault(line, one["answer"])
        if "expect" in line
        else (None if line.get("mood") == one.get("mood") else f"{line['mood']} taken for {one['mood']}")
        for line, one in zip(outcome.lines, outcome.predicted)
    ]


def write_faults(outcome: Outcome, file: Path) -> None:
    """Every line that is not answered rightly and directly, with what was answered."""
    rows: Iterable[dict[str, object]] = (
        {
            "fault": name,
            "turns": one["turns"],
            "style": line.get("style"),
            "expect": line.get("expect", line.get("mood")),
            "answered": {key: one["answer"][key] for key in ("kind", "id", "item_id", "aspect", "confidence")},
            "options": [option["id"] for option in one["answer"]["options"]],
            "first": [[c["id"], c["confidence"]] for c in one["candidates"][:3]],
        }
        for name, line, one in zip(faults(outcome), outcome.lines, outcome.predicted)
        if name
    )
    ordered = sorted(rows, key=lambda row: str(row["fault"]))
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered), encoding="utf-8")
