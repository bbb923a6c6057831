"""What a process counts, told to others through its heartbeat; the gateway serves it as if it had counted itself.

Counts of the processes that live are added up; of gauges the highest counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

COUNTS = "counts"
"""The kind of heartbeat that carries them."""
Told = list[dict[str, Any]]


def told(registry: CollectorRegistry) -> Told:
    """All that a registry has counted, as plain JSON."""
    return [
        {
            "name": metric.name,
            "help": metric.documentation,
            "type": metric.type,
            "samples": [
                [one.name, one.labels, one.value] for one in metric.samples if not one.name.endswith("_created")
            ],
        }
        for metric in registry.collect()
    ]


class Elsewhere(Collector):
    """What other processes have told, for a registry to collect."""

    def __init__(self) -> None:
        self.heard: Sequence[Told] = ()

    def collect(self) -> Iterator[Metric]:
        found: dict[str, Metric] = {}
        values: dict[str, dict[tuple[str, frozenset[tuple[str, str]]], float]] = {}
        for one in (metric for process in self.heard for metric in process):
            found.setdefault(one["name"], Metric(one["name"], one["help"], one["type"]))
            sums = values.setdefault(one["name"], {})
            for name, labels, value in one["samples"]:
                key = (name, frozenset(labels.items()))
                before = sums.get(key, 0.0)
                sums[key] = max(before, value) if one["type"] == "gauge" else before + value
        for name, metric in found.items():
            for (sample, labels), value in values[name].items():
                metric.add_sample(sample, dict(labels), value)
            yield metric
