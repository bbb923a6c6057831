"""What a process counts of its portal. Nothing personal is a label."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()

calls = Counter(
    "zhengwu_portal_calls_total",
    "Look-ups at the portal by what came of them: ok, or the outcome of a PortalError",
    ["operation", "outcome"],
    registry=registry,
)
seconds = Histogram(
    "zhengwu_portal_seconds",
    "From asking for a look-up to its answer or error, repetitions included",
    ["operation"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4),
    registry=registry,
)
breaker = Gauge(
    "zhengwu_portal_breaker", "Whether the portal is asked: 0 yes, 1 one call to try, 2 not for now", registry=registry
)
not_understood = Counter(
    "zhengwu_portal_fields_not_understood_total",
    "Fields of the portal's answers that the mapping cannot read, and states that it does not know",
    ["field"],
    registry=registry,
)
locked = Counter(
    "zhengwu_portal_locked_total",
    "Applications that were guessed at until no more was allowed, by what was guessed: last_four, code",
    ["proof"],
    registry=registry,
)
