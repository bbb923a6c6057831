"""Of those who ask, how many are refused or unhappy: a share that jumps, whatever the number of questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from insights.warning.chance import share_at_least, usual
from insights.warning.counting import ASKED, MEASURES, REFUSED, UNHAPPY, Counts
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, EVERYTHING, UNIT, Series
from insights.warning.watching import HOURS_A_WEEK, Finding

WATCHED = {REFUSED: (UNIT, DEPARTMENT, CHANNEL, ALL), UNHAPPY: (DEPARTMENT, CHANNEL, ALL)}
FEWEST = {REFUSED: 6, UNHAPPY: 8}
TIMES = 2.5
TRUST = 20.0
"""So many people's worth of trust in the share of all."""
SPREAD = 0.15
"""How much a share varies from hour to hour: its squared coefficient of variation."""
LOOKS_AN_HOUR = 3.0
LEAST_SHARE, MOST_SHARE = 0.002, 0.8


@dataclass(frozen=True)
class Shares:
    """By measure and series, of weeks: how many, and of how many."""

    found: Mapping[str, Mapping[Series, float]]

    def of(self, measure: str, series: Series) -> float:
        """What is usual, drawn towards the share of all where few have asked."""
        whole = self._share(measure, EVERYTHING, LEAST_SHARE, 1.0)
        return whole if series == EVERYTHING else self._share(measure, series, whole, TRUST)

    def _share(self, measure: str, series: Series, prior: float, trust: float) -> float:
        had = self.found.get(measure, {}).get(series, 0.0)
        asked = self.found.get(ASKED, {}).get(series, 0.0)
        return min(MOST_SHARE, max(LEAST_SHARE, (had + trust * prior) / (asked + trust)))


def watched(series: Series) -> bool:
    return not series.region and series.kind in WATCHED[REFUSED]


def jumps(counts: Counts, shares: Shares, since: datetime, until: datetime, a_week: float) -> list[Finding]:
    """The shares of a window that chance does not explain; of what explains each other the narrower ones."""
    found = []
    for measure, kinds in WATCHED.items():
        mine = [one for one in counts[measure] if not one.region and one.kind in kinds]
        level = a_week / (HOURS_A_WEEK * LOOKS_AN_HOUR * max(50, _known(shares, kinds)))
        jumped = [one for series in mine if (one := _judge(measure, series, counts, shares, since, until, level))]
        found += _narrowest(jumped, kinds)
    return found


def _judge(measure: str, series: Series, counts: Counts, shares: Shares, *rest: Any) -> Finding | None:
    since, until, level = rest
    had, asked = counts[measure][series], counts[ASKED].get(series, 0)
    mean = asked * shares.of(measure, series)
    asked = max(asked, had)
    if had < FEWEST[measure] or had < TIMES * mean:
        return None
    probability = share_at_least(had, asked, mean / asked, SPREAD)
    if probability >= level:
        return None
    low, high = usual(mean, SPREAD)
    return Finding(measure, series, since, until, had, mean, low, high, probability, asked)  # type: ignore[arg-type]


def _narrowest(found: list[Finding], kinds: tuple[str, ...]) -> list[Finding]:
    """A department, a channel or all only where its excess is not that of what was named already."""
    named: list[Finding] = []
    for kind in kinds:
        above = sum(one.excess for one in named)
        named += [one for one in found if one.series.kind == kind and one.excess > 2 * above]
    return named


def _known(shares: Shares, kinds: tuple[str, ...]) -> int:
    return sum(1 for one in shares.found.get(ASKED, {}) if one.kind in kinds)


__all__ = ["MEASURES", "Shares", "jumps", "watched"]
