"""One thing that happens shows in many series: a topic's surge also in its regions, its department, in all.

Of the findings of a moment those are kept that say best what it is: a topic before its department, one region's part
where the rest of the topic is as usual, and a department, a region, a channel or all only where what is above its usual
(or below) is not that of the topics named already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT, Series
from insights.warning.watching import SILENCE, Finding

MOSTLY = 0.7
"""A region's part of an excess that makes it the region's own."""
EXPLAINED = 0.5
"""A part of an excess that makes it the doing of what was named already."""
Owner = Mapping[str, str]
"""Unit → its department."""


def incidents(findings: Sequence[Finding], department_of: Owner) -> list[Finding]:
    """The findings that stand for what is going on, each series at most once."""
    return [
        one
        for what in dict.fromkeys(found.what for found in findings)
        for one in _of(what, [found for found in findings if found.what == what], department_of)
    ]


def _of(what: str, findings: Sequence[Finding], department_of: Owner) -> list[Finding]:
    strongest: dict[Series, Finding] = {}
    for one in findings:
        if one.series not in strongest or one.probability < strongest[one.series].probability:
            strongest[one.series] = one
    if what == SILENCE:
        return _widest(strongest)
    named: list[Finding] = []
    for kind in (UNIT, DEPARTMENT):
        for finding in _places([one for one in strongest.values() if one.series.kind == kind]):
            inside = [one for one in named if department_of.get(one.series.name) == finding.series.name]
            if kind == UNIT or not _explained(finding, inside):
                named.append(finding)
    for kind in (REGION, CHANNEL, ALL):
        for finding in (one for one in strongest.values() if one.series.kind == kind):
            inside = [one for one in named if kind != REGION or one.series.region in ("", finding.series.region)]
            if not _explained(finding, inside):
                named.append(finding)
    return named


def _places(findings: Sequence[Finding]) -> list[Finding]:
    """Of one topic everywhere and in regions: everywhere, unless it is nearly all one region's."""
    kept: list[Finding] = []
    for name in dict.fromkeys(one.series.name for one in findings):
        mine = [one for one in findings if one.series.name == name]
        whole = next((one for one in mine if not one.series.region), None)
        parts = sorted((one for one in mine if one.series.region), key=lambda one: -one.excess)
        if whole is None:
            kept += parts
        elif parts and parts[0].excess >= MOSTLY * _alike(whole, parts[0]):
            kept.append(parts[0])
        else:
            kept.append(whole)
    return kept


def _alike(one: Finding, other: Finding) -> float:
    """The excess of `one` as it would be in the window of `other`."""
    return one.excess * ((other.until - other.since) / (one.until - one.since))


def _explained(finding: Finding, inside: Sequence[Finding]) -> bool:
    return bool(inside) and sum(_alike(one, finding) for one in inside) >= EXPLAINED * finding.excess


def _widest(found: Mapping[Series, Finding]) -> list[Finding]:
    """Of silence the widest is said: all, or else channels and regions, or else topics, or else departments."""
    everywhere = [one for one in found.values() if one.series.kind == ALL]
    wide = [one for one in found.values() if one.series.kind in (CHANNEL, REGION)]
    if everywhere:
        return everywhere
    regions = {one.series.region for one in wide if one.series.region}
    rest = [one for one in found.values() if one.series.kind in (UNIT, DEPARTMENT) and one.series.region not in regions]
    whole = {(one.series.kind, one.series.name) for one in rest if not one.series.region}
    rest = [one for one in rest if not one.series.region or (one.series.kind, one.series.name) not in whole]
    return wide + [one for one in rest if one.series.kind == UNIT or not any(o.series.kind == UNIT for o in rest)]
