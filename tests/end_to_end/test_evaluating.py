"""`zhengwu eval` through the same path as a citizen's messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from city import ANSWER_KEYS, City

from foundation.settings import ROOT

pytestmark = pytest.mark.slow
FEE = {"kind": "item", "id": "resident-id-replacement", "aspect": "fee"}
LINES: list[dict[str, Any]] = [
    {"turns": ["居民身份证丢了怎么补办", "那多少钱"], "expect": FEE},
    {"text": "明天会下雨吗", "expect": [], "style": "far"},
    {"text": "办了三趟还没办成，烦死了！", "mood": "annoyed"},
    {"text": "/restart"},
    {"turns": ["护照\u2028", "\ud800", ""]},
    {"text": "\u0000"},
]


def evaluated(environment: dict[str, str], folder: Path, lines: list[Any]) -> tuple[str, list[dict[str, Any]]]:
    """What is printed, and the predictions."""
    questions, out = folder / "questions.jsonl", folder / "out.jsonl"
    questions.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "eval", str(questions), "--predictions", str(out)],
        cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "failed" not in done.stderr, done.stderr
    return done.stdout, [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n") if line]


def test_predictions_hold_the_last_answer_and_its_candidates(city: City, tmp_path: Path) -> None:
    printed, predicted = evaluated(city.environment, tmp_path, LINES)
    assert [len(one["turns"]) for one in predicted] == [len(line.get("turns", "1")) for line in LINES]
    for one in predicted:
        assert one["answer"].keys() >= ANSWER_KEYS
        assert one["latency_ms"] > 0
    fee, weather, annoyed = predicted[:3]
    assert (fee["answer"]["id"], fee["answer"]["aspect"]) == ("resident-id-replacement", "fee")
    assert fee["candidates"][0]["id"] == "resident-id-replacement", "what the conversation is about"
    for one in (fee, weather):
        assert len(one["candidates"]) >= 10
        assert all(candidate.keys() >= {"kind", "id", "confidence"} for candidate in one["candidates"])
    assert annoyed["mood"] == "annoyed" and "mood" not in weather
    assert "multi turn: item told directly" in printed and "macro-F1" in printed


def test_an_empty_knowledge_base(city: City, tmp_path: Path) -> None:
    environment = {**city.environment, "ZHENGWU_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}
    subprocess.run([sys.executable, "-m", "bot.cli", "db", "upgrade"], cwd=ROOT, env=environment, check=True)
    _, predicted = evaluated(environment, tmp_path, LINES[:2])
    assert [one["answer"]["kind"] for one in predicted] == ["fallback", "fallback"]
    assert [one["candidates"] for one in predicted] == [[], []]
