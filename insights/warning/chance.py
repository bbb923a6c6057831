"""How probable a count is, where the mean itself varies from day to day: the negative binomial distribution; and how
probable it is of so many, where the share varies: the beta-binomial.

A count of mean m and spread s has the variance m + s·m²: s is the squared coefficient of variation of the Gamma
variable that the mean is multiplied by. With s = 0 it is Poisson's.
"""

from __future__ import annotations

from math import exp, lgamma, log1p

from scipy.special import betainc

LEAST_SPREAD = 1e-6


def at_least(count: int, mean: float, spread: float) -> float:
    """The probability of `count` or more."""
    if count <= 0:
        return 1.0
    r, q = _parameters(mean, spread)
    return float(betainc(count, r, q))


def at_most(count: int, mean: float, spread: float) -> float:
    """The probability of `count` or fewer."""
    if count < 0:
        return 0.0
    r, q = _parameters(mean, spread)
    return float(betainc(r, count + 1, 1 - q))


def share_at_least(count: int, of: int, share: float, spread: float) -> float:
    """The probability of `count` or more of so many; `spread`: squared coefficient of variation of the share."""
    if count <= 0:
        return 1.0
    together = max(0.5, (1 - share) / (max(spread, LEAST_SPREAD) * share) - 1)
    a, b = share * together, (1 - share) * together
    whole = lgamma(of + 1) + lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(of + a + b)
    terms = (lgamma(at + a) + lgamma(of - at + b) - lgamma(at + 1) - lgamma(of - at + 1) for at in range(count, of + 1))
    return min(1.0, sum(exp(whole + term) for term in terms))


def usual(mean: float, spread: float, tail: float = 0.05) -> tuple[int, int]:
    """The lowest and the highest count that are not rare: at each end, `tail` of all hours lie beyond."""
    r, q = _parameters(mean, spread)
    low, at, below = 0, 0, 0.0
    probability = exp(r * log1p(-q))
    while below + probability < 1 - tail and at < 10 * mean + 100:
        below += probability
        at += 1
        probability *= (at - 1 + r) / at * q
        if below < tail:
            low = at
    return low, at


def _parameters(mean: float, spread: float) -> tuple[float, float]:
    r = 1 / max(spread, LEAST_SPREAD)
    return r, mean / (mean + r)
