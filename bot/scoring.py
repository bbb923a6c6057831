"""How good the answers were: shares with their 95 % confidence intervals (Wilson 1927)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

Line = dict[str, Any]
SAME_ASPECT = {"process": "overview"}
SAME_KIND = {("fallback", "referral"), ("status", "form"), ("complaint", "form")}
ANSWERS = ("item", "faq", "package", "referral", "office")


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The interval in which the true share lies."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(name: str, flags: Sequence[bool]) -> str:
    hits, total = sum(flags), len(flags)
    if not total:
        return f"{name:<34} –"
    low, high = wilson(hits, total)
    return f"{name:<34} {hits / total:6.1%}  [{low:.1%}, {high:.1%}]  {hits}/{total}"


def report(lines: Sequence[Line], predicted: Sequence[Line]) -> Iterator[str]:
    """Rows of text for a terminal; the measures are those of docs/answer-quality.md."""
    pairs = list(zip(lines, predicted))
    by_id = [(line["expect"], one) for line, one in pairs if isinstance(line.get("expect"), list)]
    by_answer = [(line, one) for line, one in pairs if isinstance(line.get("expect"), dict)]
    if by_id:
        yield from faq_rows(by_id)
    if by_answer:
        yield from item_rows(by_answer)
    latencies = sorted(one["latency_ms"] for one in predicted)
    if latencies:
        middle, late = latencies[len(latencies) // 2], latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)]
        yield f"{'latency a turn':<34} p50 {middle:.0f} ms, p99 {late:.0f} ms"


def faq_rows(pairs: Sequence[tuple[list[str], Line]]) -> Iterator[str]:
    answerable = [(wanted, one) for wanted, one in pairs if wanted]
    refusable = [one for wanted, one in pairs if not wanted]
    ranks = [
        next((n for n, c in enumerate(one["candidates"], 1) if c["id"] in wanted), 0) for wanted, one in answerable
    ]
    yield share("top-1", [rank == 1 for rank in ranks])
    yield share("hit@3", [1 <= rank <= 3 for rank in ranks])
    if ranks:
        yield f"{'MRR@10':<34} {sum(1 / rank for rank in ranks if 1 <= rank <= 10) / len(ranks):.3f}"
    direct = [one["answer"]["kind"] in ANSWERS for _, one in answerable]
    right = [one["answer"]["kind"] in ANSWERS and one["answer"]["id"] in wanted for wanted, one in answerable]
    offered = [any(option["id"] in wanted for option in one["answer"]["options"]) for wanted, one in answerable]
    yield share("answerable, answered directly", direct)
    yield share("answerable, answered rightly", right)
    yield share("answerable, right or offered", [a or b for a, b in zip(right, offered)])
    wrong = [told and not good for told, good in zip(direct, right)]
    wrong += [one["answer"]["kind"] in ANSWERS for one in refusable]
    yield share("wrong answers, of all questions", wrong)
    yield share("unanswerable, refused", [one["answer"]["kind"] not in ANSWERS for one in refusable])


def item_rows(pairs: Sequence[tuple[Line, Line]]) -> Iterator[str]:
    yield share("kind", [kind_right(line["expect"], one["answer"]) for line, one in pairs])
    for name, chosen in (
        ("single turn", [pair for pair in pairs if len(pair[0].get("turns") or [0]) == 1]),
        ("multi turn", [pair for pair in pairs if len(pair[0].get("turns") or [0]) > 1]),
    ):
        items = [(line["expect"], one) for line, one in chosen if line["expect"].get("kind") == "item"]
        if not items:
            continue
        told = [id_of(one["answer"]) in wanted(expect) for expect, one in items]
        asked = [any(option["id"] in wanted(expect) for option in one["answer"]["options"]) for expect, one in items]
        yield share(f"{name}: item told or offered", [a or b for a, b in zip(told, asked)])
        yield share(f"{name}: item told directly", told)
        yield share(f"{name}: asked back", [one["answer"]["kind"] == "options" for _, one in items])
        aspects = [
            aspect_right(expect, one["answer"])
            for (expect, one), good, offer in zip(items, told, asked)
            if good or offer
        ]
        yield share(f"{name}: aspect where item right", aspects)
        ranks = [
            next((n for n, c in enumerate(one["candidates"], 1) if c["id"] in wanted(expect)), 0)
            for expect, one in items
        ]
        yield share(f"{name}: item@1", [rank == 1 for rank in ranks])
        yield share(f"{name}: item@3", [1 <= rank <= 3 for rank in ranks])


def kind_right(expect: Line, answer: Line) -> bool:
    kind = answer["kind"]
    return (
        kind == expect["kind"]
        or (expect["kind"], kind) in SAME_KIND
        or (expect["kind"] == "item" and (kind == "options" or (kind == "faq" and answer["item_id"] in wanted(expect))))
    )


def wanted(expect: Line) -> set[str]:
    return {expect["id"], *(expect.get("any_of") or ())} - {None}


def id_of(answer: Line) -> str | None:
    told: str | None = answer["item_id"] if answer["kind"] == "faq" else answer["id"]
    return told if answer["kind"] in ("item", "faq") else None


def aspect_right(expect: Line, answer: Line) -> bool:
    def plain(aspect: str | None) -> str | None:
        return SAME_ASPECT.get(aspect or "", aspect)

    return plain(expect.get("aspect")) == plain(answer["aspect"])
