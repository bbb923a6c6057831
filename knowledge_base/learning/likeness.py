"""Short texts that are alike, among tens of thousands: a join of sets by their rarest characters and pairs of them.

Two sets can only be as alike as asked if they share one of their few rarest members (prefix filtering: Chaudhuri et al.
2006, Bayardo et al. 2007), so each text is compared with those few that do and not with all.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

MOST = 200
"""Texts that are looked at for one part. Were they more, it would not be rare."""
COMMON, FEW = 0.02, 5
"""A part that more than this share of the texts have (or than so many, of few texts) weighs the less, the more do."""


def alike(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """The numbers of texts that are at least so alike, the earlier one first, and how alike they are.

    Args:
        texts: squashed, each given once.
        least: the weight of what two share by the weight of all that either has; above 0, at most 1.
    """
    grams = [{*text, *(text[i : i + 2] for i in range(len(text) - 1))} for text in texts]
    counts = Counter(gram for held in grams for gram in held)
    rarest = sorted(counts, key=lambda gram: (counts[gram], gram))
    rank = {gram: number for number, gram in enumerate(rarest)}
    usual = max(FEW, COMMON * len(texts))
    weights = [min(1.0, usual / counts[gram]) for gram in rarest]
    members = [array("i", sorted(rank[gram] for gram in held)) for held in grams]
    sets = [frozenset(held) for held in members]
    totals = [sum(weights[gram] for gram in held) for held in members]
    holders: defaultdict[int, array[int]] = defaultdict(lambda: array("i"))
    for number in sorted(range(len(texts)), key=totals.__getitem__):
        total, rest = totals[number], totals[number]
        held = sets[number]
        seen: set[int] = set()
        for gram in members[number]:
            if rest < least * total:
                break  # whoever shares none of those before shares too little
            rest -= weights[gram]
            for other in holders[gram][-MOST:]:
                if other not in seen and totals[other] >= least * total:
                    seen.add(other)
                    shared = sum([weights[one] for one in held & sets[other]])
                    likeness = shared / (total + totals[other] - shared)
                    if likeness >= least:
                        yield min(number, other), max(number, other), likeness
            holders[gram].append(number)
