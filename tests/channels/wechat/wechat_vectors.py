"""The published and computed vectors of the protocol; `vectors.json` says which is which."""

from __future__ import annotations

import json
from pathlib import Path

Vector = dict[str, str]
VECTORS: list[Vector] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))


def of(*kinds: str) -> list[Vector]:
    return [vector for vector in VECTORS if vector["kind"] in kinds]


def vector(name: str) -> Vector:
    return next(vector for vector in VECTORS if vector["id"] == name)


def name(vector: Vector) -> str:
    return vector["id"]
