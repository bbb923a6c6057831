"""The scores of an evaluation file: of questions with ids, of conversations with whole answers, of moods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.scoring.judging import (
    MOST_OPTIONS,
    UNITS,
    Line,
    asked_more,
    asked_needlessly,
    asked_which,
    aspect_right,
    expectation,
    found,
    kind_right,
    rank_of,
    told,
    wanted,
    wrong,
)
from bot.scoring.measures import Score, calibration_error, macro_f1, mean_reciprocal_rank, share

Pair = tuple[Line, Line]
"""What a line expects, in the long form, and what was predicted for it."""


@dataclass(frozen=True)
class Section:
    """Scores under one heading, and those of each style of asking."""

    title: str
    scores: list[Score]
    styles: dict[str, list[Score]] = field(default_factory=dict)


def sections(lines: Sequence[Line], predicted: Sequence[Line]) -> list[Section]:
    """All that can be said of these lines; those without an expectation are passed over."""
    both = list(zip(lines, predicted))
    by_id = [(line, one) for line, one in both if isinstance(line.get("expect"), list)]
    whole = [(line, one) for line, one in both if isinstance(line.get("expect"), dict)]
    moods = [(line, one) for line, one in both if "mood" in line]
    made = []
    if by_id:
        made.append(Section("questions", list(question_scores(pairs(by_id))), styled(by_id, question_style)))
    if whole:
        made.append(Section("conversations", list(conversation_scores(pairs(whole))), styled(whole, talk_style)))
    if moods:
        made.append(mood_section([one["mood"] for _, one in moods], [line["mood"] for line, _ in moods]))
    return made


def pairs(both: Sequence[Pair]) -> list[Pair]:
    return [(expectation(line), one) for line, one in both]


def styled(both: Sequence[Pair], scores: Callable[[list[Pair]], Iterator[Score]]) -> dict[str, list[Score]]:
    styles = sorted({line["style"] for line, _ in both if line.get("style")})
    return {style: list(scores(pairs([pair for pair in both if pair[0].get("style") == style]))) for style in styles}


def question_scores(asked: list[Pair]) -> Iterator[Score]:
    """Of questions with the ids of their answers, none where there is no answer."""
    yield from ranking_scores([rank_of(wanted(expect), one["candidates"]) for expect, one in answerable(asked)])
    able = [(expect, one["answer"]) for expect, one in answerable(asked)]
    yield share("answered directly", [answer["kind"] in UNITS for _, answer in able])
    yield share("answered directly and rightly", [told(*pair) for pair in able])
    yield share("right or offered", [told(*pair) or asked_which(*pair) for pair in able])
    yield share(
        "right, offered or named in a fallback",
        [told(*pair) or any(option["id"] in wanted(pair[0]) for option in pair[1]["options"]) for pair in able],
    )
    yield share(
        "taken for another kind of talk",
        [answer["kind"] not in (*UNITS, "options", "fallback") for _, answer in able],
    )
    yield share("wrong answers, of all questions", [wrong(expect, one["answer"]) for expect, one in asked])
    yield from refusals(asked)
    yield from calibration(asked)


def ranking_scores(ranks: Sequence[int]) -> Iterator[Score]:
    """What can be said of a mere ranking, a baseline's too."""
    yield share("top-1", [rank == 1 for rank in ranks])
    yield share("hit@3", [1 <= rank <= 3 for rank in ranks])
    yield mean_reciprocal_rank("MRR@10", ranks)


def answerable(asked: list[Pair]) -> list[Pair]:
    return [(expect, one) for expect, one in asked if wanted(expect)]


def refusals(asked: list[Pair]) -> Iterator[Score]:
    """Near and far questions without an answer: not answered, and of these told plainly that it is not known.

    A referral to another body states nothing that could be wrong here: it counts as a refusal.
    """
    for which in ("", "near", "far"):
        answers = [
            one["answer"]["kind"]
            for expect, one in asked
            if not wanted(expect) and str(expect.get("style") or "").startswith(which)
        ]
        if answers:
            name = f"unanswerable{which and ', '}{which}"
            yield share(f"{name}: not answered", [kind == "referral" or kind not in UNITS for kind in answers])
            yield share(f"{name}: said so (fallback)", [kind in ("referral", "fallback") for kind in answers])


def question_style(asked: list[Pair]) -> Iterator[Score]:
    able = answerable(asked)
    ranks = [rank_of(wanted(expect), one["candidates"]) for expect, one in able]
    yield share("top-1", [rank == 1 for rank in ranks])
    yield share("hit@3", [1 <= rank <= 3 for rank in ranks])
    yield share("directly right", [told(expect, one["answer"]) for expect, one in able])
    yield share(
        "right or offered", [told(expect, one["answer"]) or asked_which(expect, one["answer"]) for expect, one in able]
    )
    yield share("wrong", [wrong(expect, one["answer"]) for expect, one in asked])
    yield share("refused", [not wrong(expect, one["answer"]) for expect, one in asked if not wanted(expect)])


def conversation_scores(asked: list[Pair]) -> Iterator[Score]:
    """Of conversations with the whole answer that their last turn should get."""
    yield share("kind", [kind_right(expect, one["answer"]) for expect, one in asked])
    yield share("wrong answers, of all", [wrong(expect, one["answer"]) for expect, one in asked])
    for name, chosen in (("all", asked), ("single turn", single(asked)), ("multi turn", multi(asked))):
        if items := [(expect, one) for expect, one in chosen if expect["kind"] == "item"]:
            yield from item_scores(name, items)
    yield from expected_options([(expect, one["answer"]) for expect, one in asked if expect["kind"] == "options"])
    for kind in sorted({expect["kind"] for expect, _ in asked} - {"item", "options"}):
        yield share(
            f"{kind}: right kind",
            [kind_right(expect, one["answer"]) for expect, one in asked if expect["kind"] == kind],
        )
        named = [(expect, one["answer"]) for expect, one in asked if expect["kind"] == kind and wanted(expect)]
        if named:
            yield share(f"{kind}: right one told", [told(*pair) for pair in named])
    yield share(
        "taken for an emergency wrongly",
        [one["answer"]["kind"] == "emergency" for expect, one in asked if expect["kind"] != "emergency"],
    )
    yield from calibration([(expect, one) for expect, one in asked if expect["kind"] in (*UNITS, "fallback")])


def single(asked: list[Pair]) -> list[Pair]:
    return [pair for pair in asked if len(pair[1]["turns"]) == 1]


def multi(asked: list[Pair]) -> list[Pair]:
    return [pair for pair in asked if len(pair[1]["turns"]) > 1]


def item_scores(name: str, asked: list[Pair]) -> Iterator[Score]:
    answers = [(expect, one["answer"]) for expect, one in asked]
    right = [pair for pair in answers if found(*pair)]
    yield share(f"{name}: item told or asked back for", [found(*pair) for pair in answers])
    yield share(f"{name}: item told directly", [told(*pair) for pair in answers])
    yield share(f"{name}: aspect where item right", [aspect_right(*pair) for pair in right if pair[0].get("aspect")])
    yield share(f"{name}: item and aspect", [found(*pair) and aspect_right(*pair) for pair in answers])
    yield share(f"{name}: asked back needlessly", [asked_needlessly(*pair) for pair in answers])
    yield share(f"{name}: asked for the situation", [asked_more(*pair) for pair in answers])
    ranks = [rank_of(wanted(expect), one["candidates"], for_items=True) for expect, one in asked]
    yield share(f"{name}: item@1", [rank == 1 for rank in ranks])
    yield share(f"{name}: item@3", [1 <= rank <= 3 for rank in ranks])
    bare = [rank_of(wanted(expect), one["candidates"]) for expect, one in asked]
    yield share(f"{name}: item@1, FAQs not counted for it", [rank == 1 for rank in bare])


def expected_options(asked: list[tuple[Line, Line]]) -> Iterator[Score]:
    """Of questions that one should ask back about: were the right ones offered?"""
    if not asked:
        return
    yield share("options: asked back", [answer["kind"] == "options" for _, answer in asked])
    yield share("options: a right one offered", [asked_which(*pair) for pair in asked])
    yield share("options: two right ones offered", [asked_which(*pair, right_ones=2) for pair in asked])
    offered = [
        option["id"] in wanted(expect)
        for expect, answer in asked
        if answer["kind"] == "options"
        for option in answer["options"]
    ]
    yield share("options: right among those offered", offered)
    could, did = 0, 0
    for expect, answer in asked:
        could += min(MOST_OPTIONS, len(wanted(expect)))
        if answer["kind"] == "options":
            did += len({option["id"] for option in answer["options"][:MOST_OPTIONS]} & wanted(expect))
    yield share("options: offered of the right ones", [True] * did + [False] * (could - did))


def talk_style(asked: list[Pair]) -> Iterator[Score]:
    items = [(expect, one["answer"]) for expect, one in asked if expect["kind"] == "item"]
    yield share("kind", [kind_right(expect, one["answer"]) for expect, one in asked])
    yield share("item", [found(*pair) for pair in items])
    yield share("told directly", [told(*pair) for pair in items])
    yield share("aspect", [aspect_right(*pair) for pair in items if found(*pair) and pair[0].get("aspect")])
    yield share("wrong", [wrong(expect, one["answer"]) for expect, one in asked])


def calibration(asked: list[Pair]) -> Iterator[Score]:
    """How far confidence and being right lie apart: of answers given, and of first candidates whatever came of them."""
    answers = [(expect, one["answer"]) for expect, one in asked if one["answer"]["kind"] in UNITS]
    yield calibration_error("calibration error, answers", [(a["confidence"], not wrong(e, a)) for e, a in answers])
    first = [(expect, one["candidates"][0]) for expect, one in asked if one["candidates"]]
    yield calibration_error(
        "calibration error, first candidates",
        [(c["confidence"], bool({c["id"], c.get("item_id")} & wanted(e))) for e, c in first],
    )


def mood_section(said: list[str], wanted: list[str]) -> Section:
    scores = [share("accuracy", [a == b for a, b in zip(said, wanted)]), macro_f1("macro-F1", said, wanted)]
    for mood in sorted(set(wanted)):
        scores.append(share(f"{mood}: recognised", [a == mood for a, b in zip(said, wanted) if b == mood]))
        scores.append(share(f"{mood}: right where said", [b == mood for a, b in zip(said, wanted) if a == mood]))
    return Section("moods", scores)
