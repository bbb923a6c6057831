"""Small counts are withheld, and with them what would give them away: docs/decisions/0024-small-counts.md.

A table's counts add up to a total that is published, or that another table gives away. What is withheld must not follow
from that: not the count, and not even that it is none, or nine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LEAST = 10
"""A count below this one is withheld."""
SMALL, WITHHELD = "<10", "*"
"""What stands for a small count, zero included; and for another, withheld to protect those."""
Cell = int | str


def suppress(counts: Mapping[str, int]) -> dict[str, Cell]:
    """What may be published of counts that add up to a known total, in the same order.

    Where nothing else protects the small ones, the whole table is withheld, without saying which are small.
    """
    small = [name for name, count in counts.items() if count < LEAST]
    if not small:
        return dict(counts)
    others = sorted((count, name) for name, count in counts.items() if count >= LEAST)
    for taken in range(len(others) + 1):
        if _safe([counts[name] for name in small], [count for count, _ in others], taken):
            protecting = {name for _, name in others[:taken]}
            return {
                name: SMALL if count < LEAST else WITHHELD if name in protecting else count
                for name, count in counts.items()
            }
    return dict.fromkeys(counts, WITHHELD)


def alone(count: int) -> Cell:
    """What may be published of a count that is part of no total."""
    return count if count >= LEAST else SMALL


def lumped(counts: Mapping[str, int], rest: str) -> dict[str, int]:
    """Counts with all small ones put together under the name `rest`: many small topics are told as one number."""
    large = {name: count for name, count in counts.items() if count >= LEAST and name != rest}
    left = sum(counts.values()) - sum(large.values())
    return {**large, rest: left} if left else large


def _safe(small: Sequence[int], others: Sequence[int], taken: int) -> bool:
    """Whether each small count may still be anything from 0 to 9 for somebody who knows the total and our rules.

    `others` are the larger ones, ascending, of which the first `taken` are withheld: each is known to be 10 or
    more, and not to exceed the smallest that is published. A small one may be known to be at least 1.
    """
    hidden = sum(small) + sum(others[:taken])
    highest_possible = hidden - LEAST * taken - (len(small) - 1)
    most = (LEAST - 1) * (len(small) - 1)
    unbounded = taken > 0 and taken == len(others)
    reach = taken * others[taken] if taken < len(others) else 0
    return highest_possible >= LEAST - 1 and (unbounded or hidden <= most + reach)
