"""python -m tests.benchmarks.quality [SET …]: all sets, or those named; results go to `results/`.

PLAIN_RASA=1, or the names of sets between commas, also trains plain Rasa for them.
"""

from __future__ import annotations

import os
import sys
import time

from bot.child import CommandFailed
from bot.scoring.report import rows_of
from foundation.errors import ZhengwuError
from foundation.settings import ROOT, get_settings
from tests.benchmarks.quality.run import OURS, Outcome, run
from tests.benchmarks.quality.sets import all_sets, present
from tests.benchmarks.quality.summary import summary, write_faults
from tests.benchmarks.quality.targets import broken

RESULTS = ROOT / "results"


def main(names: list[str]) -> int:
    settings = get_settings()
    if settings.eval_dir is None or not settings.eval_dir.is_dir():
        where = settings.eval_dir or "not set"
        tell(f"ZHENGWU_EVAL_DIR (the folder of the development sets) is {where}: only the project's own are asked")
    every = all_sets(settings.eval_dir)
    sets = [one for one in present(every) if one.name in names or not names]
    for one in every:
        if one not in sets and (one.name in names or not names):
            tell(f"{one.name}: {one.questions} is not there, left out")
    if not sets:
        tell(f"nothing to ask; the sets are {', '.join(one.name for one in every)}")
        return 1
    outcomes: list[Outcome] = []
    wished = os.environ.get("PLAIN_RASA", "").split(",")
    train_rasa = [one.name for one in sets if one.name in wished or wished == ["1"]]
    for outcome in run(sets, RESULTS, settings, train_rasa=train_rasa, tell=tell):
        outcomes.append(outcome)
        show(outcome)
        write_faults(outcome, RESULTS / f"{outcome.questions.name}.faults.jsonl")
    day = time.strftime("%Y-%m-%d")
    (RESULTS / "summary.md").write_text("\n".join(summary(outcomes, day)) + "\n", encoding="utf-8")
    missed = [
        line for one in outcomes for section in one.sections for line in broken(one.questions.name, section.scores)
    ]
    print("\n".join(["", *(f"below its floor: {line}" for line in missed)]))
    print(f"predictions, faults and summary.md are in {RESULTS}")
    return 0


def show(outcome: Outcome) -> None:
    print(f"\n━━ {outcome.questions.title} ({outcome.questions.questions.name}) ━━")
    print("\n".join(rows_of(outcome.sections, outcome.predicted)))
    for name, scores in outcome.rankings.items():
        measured = "  ".join(f"{score.name} {str(score).strip()}" for score in scores)
        print(f"{name if name != OURS else f'{name}, same questions':<44} {measured}", flush=True)


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ZhengwuError, CommandFailed) as error:
        tell(f"make eval: {error}")
        sys.exit(1)
