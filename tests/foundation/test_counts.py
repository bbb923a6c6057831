from __future__ import annotations

import json

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from foundation.counts import Elsewhere, told


def process(calls: int, breaker: int, seconds: float) -> str:
    registry = CollectorRegistry()
    counter = Counter("calls_total", "Calls", ["outcome"], registry=registry)
    counter.labels("ok").inc(calls)
    Gauge("breaker", "Whether", registry=registry).set(breaker)
    Histogram("seconds", "How long", buckets=(1, 2), registry=registry).observe(seconds)
    return json.dumps(told(registry))


def test_counts_of_processes_are_added_and_gauges_are_the_highest() -> None:
    elsewhere, registry = Elsewhere(), CollectorRegistry()
    registry.register(elsewhere)
    assert generate_latest(registry) == b""
    elsewhere.heard = [json.loads(process(3, 0, 0.5)), json.loads(process(4, 2, 1.5))]
    lines = generate_latest(registry).decode().splitlines()
    assert {
        'calls_total{outcome="ok"} 7.0',
        "breaker 2.0",
        'seconds_bucket{le="1.0"} 1.0',
        'seconds_bucket{le="+Inf"} 2.0',
        "seconds_count 2.0",
        "seconds_sum 2.0",
        "# TYPE calls_total counter",
        "# TYPE seconds histogram",
    } <= set(lines)
    assert not any("_created" in line for line in lines)
