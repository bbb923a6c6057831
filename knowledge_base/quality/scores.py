"""A score for each department: how much of its content has nothing wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge_base.findings import Finding, Severity
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.quality.report import ORDER, Subject

WORTH: dict[Severity | None, float] = {"block": 0.0, "warning": 0.5, "note": 1.0, None: 1.0}
"""What a unit counts, by the gravest of its open findings. The page explains it: change both."""


@dataclass(frozen=True)
class Score:
    department: str
    """"" for the units that name none."""
    units: int
    worst: Mapping[Severity, int]
    """How many units have this as the gravest of their open findings."""
    points: float
    """0 to 100."""


def scores(findings: Iterable[Finding], subjects: Mapping[UnitKey, Subject]) -> list[Score]:
    """The scores of all departments that have units which answer, the lowest first."""
    subjects = {key: subject for key, subject in subjects.items() if key.kind in KINDS}
    worst: dict[UnitKey, Severity] = {}
    for finding in findings:
        if ORDER.index(finding.severity) < ORDER.index(worst.get(finding.unit, "note")) or finding.unit not in worst:
            worst[finding.unit] = finding.severity
    units: Counter[str] = Counter(subject.department for subject in subjects.values())
    held: dict[str, Counter[Severity]] = {department: Counter() for department in units}
    points: Counter[str] = Counter()
    for key, subject in subjects.items():
        gravest = worst.get(key)
        points[subject.department] += WORTH[gravest]  # type: ignore[assignment]
        if gravest:
            held[subject.department][gravest] += 1
    found = [Score(name, count, held[name], 100 * points[name] / count) for name, count in units.items()]
    return sorted(found, key=lambda score: (score.points, score.department))
