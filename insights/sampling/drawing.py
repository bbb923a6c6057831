"""The draw: by chance, spread over strata as the answers are, and such that anybody can do it again.

Each answer has a lot: the SHA-256 of the seed and its record number. Those with the smallest lots are drawn. No order,
no program's random numbers and no later answer can change that, so a draw can be proven years afterwards.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Literal

Speaker = Literal["robot", "agent"]
SPEAKERS: tuple[Speaker, ...] = ("robot", "agent")
MOST = 500
"""Answers of a speaker that one sample may have."""


@dataclass(frozen=True)
class Candidate:
    """An answer that may be drawn."""

    record: str
    speaker: Speaker
    department: str = ""
    said_by: str | None = None


@dataclass(frozen=True)
class Stratum:
    speaker: Speaker
    department: str
    population: int
    drawn: int


@dataclass(frozen=True)
class Draw:
    strata: Sequence[Stratum]
    lines: Sequence[Candidate]
    """In the order of their lots, so that strata come mixed."""


@dataclass(frozen=True)
class Proof:
    """What doing a draw again has shown. `missing`: drawn answers that are not there any more, by erasure or age."""

    holds: bool
    missing: int


def lot(seed: str, record: str) -> str:
    return hashlib.sha256(f"{seed}:{record}".encode()).hexdigest()


def draw(population: Iterable[Candidate], sizes: Mapping[Speaker, int], seed: str) -> Draw:
    """Draw of each speaker's answers so many as `sizes` says, or all where there are fewer.

    Each department gets its share of a speaker's sample, as its share of the answers is.
    """
    pools = _pools(population)
    strata = [
        Stratum(speaker, department, len(pools[speaker, department]), count)
        for speaker in SPEAKERS
        for department, count in _shares(pools, speaker, sizes.get(speaker, 0)).items()
    ]
    chosen = [
        one for stratum in strata for one in _smallest(pools[stratum.speaker, stratum.department], seed, stratum.drawn)
    ]
    return Draw(strata, sorted(chosen, key=lambda one: lot(seed, one.record)))


def prove(population: Iterable[Candidate], strata: Sequence[Stratum], drawn: Iterable[str], seed: str) -> Proof:
    """Whether these records are what the seed draws from the population.

    Where answers have gone since, those drawn that are still there must be drawn again.
    """
    pools = _pools(population)
    known = {one.record for pool in pools.values() for one in pool}
    again = {
        one.record
        for stratum in strata
        for one in _smallest(pools.get((stratum.speaker, stratum.department), []), seed, stratum.drawn)
    }
    before = set(drawn)
    grown = any(len(pools.get((one.speaker, one.department), [])) > one.population for one in strata)
    whole = all(len(pools.get((one.speaker, one.department), [])) == one.population for one in strata)
    holds = not grown and (again == before if whole else before & known <= again)
    return Proof(holds, len(before - known))


def _pools(population: Iterable[Candidate]) -> dict[tuple[Speaker, str], list[Candidate]]:
    pools: dict[tuple[Speaker, str], list[Candidate]] = defaultdict(list)
    for one in population:
        pools[one.speaker, one.department].append(one)
    return pools


def _shares(pools: Mapping[tuple[Speaker, str], Sequence[Candidate]], speaker: Speaker, size: int) -> dict[str, int]:
    """How many to draw from each department, in proportion, by the largest remainders."""
    counts = {department: len(pool) for (who, department), pool in sorted(pools.items()) if who == speaker}
    total = sum(counts.values())
    size = min(size, total, MOST)
    if not total:
        return {}
    shares = {department: size * count // total for department, count in counts.items()}
    remainders = sorted(counts, key=lambda name: (-(size * counts[name] % total), name))
    for department in remainders[: size - sum(shares.values())]:
        shares[department] += 1
    return shares


def _smallest(pool: Sequence[Candidate], seed: str, count: int) -> list[Candidate]:
    return nsmallest(count, pool, key=lambda one: lot(seed, one.record))
