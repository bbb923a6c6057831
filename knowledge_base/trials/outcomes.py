"""What came of content tests: which answers stay right, which break, and what forbids publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from knowledge_base.answering.answer import Answer
from knowledge_base.store.releases import Move
from knowledge_base.trials.content_tests import ContentTest
from knowledge_base.trials.expectations import Fault


@dataclass(frozen=True)
class Outcome:
    """One test: what is answered now, and what would be."""

    test: ContentTest
    before: Answer
    """On the published release."""
    after: Answer
    """On the candidate."""
    faults: tuple[Fault, ...]
    """In which respects `after` is not as expected; empty: the test passes."""
    broke: bool
    """Whether `before` was as expected and `after` is not."""
    about: bool
    """Whether the unit that carries the test is among those that move; of an approved test, also the one that must
    answer."""

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def changed(self) -> bool:
        """Whether a citizen would be told something else, be it as right."""
        return (self.before.kind, self.before.id, self.before.text) != (self.after.kind, self.after.id, self.after.text)

    @property
    def blocks(self) -> bool:
        """Whether publishing needs a named override.

        What was wrong already and is not touched stops nobody; nor does a proposal about other units that nobody has
        approved.
        """
        return bool(self.faults) and (self.about or (self.broke and self.test.approved_by is not None))


@dataclass(frozen=True)
class Report:
    """What came of all active tests."""

    release: int
    """The published release that the candidate stands on."""
    moves: frozenset[Move]
    outcomes: tuple[Outcome, ...]
    seconds: float
    skipped: int = 0
    """Tests about units that are neither published nor among the moves: others' new drafts, or what is gone."""

    @property
    def blocking(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.blocks)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if not one.passed)

    @property
    def changed(self) -> tuple[Outcome, ...]:
        """Those that pass and whose answer changes nevertheless."""
        return tuple(one for one in self.outcomes if one.passed and one.changed)

    def covers(self, release: int, moves: Sequence[Move]) -> bool:
        """Whether this is about just these steps from just that release: publishing must not trust an older one."""
        return release == self.release and frozenset(moves) == self.moves

    def detail(self, overridden_by: str | None = None, reason: str = "") -> dict[str, Any]:
        """What the release's detail and the audit log keep, under `tests`: counts, ids, and who overrode what why."""
        detail: dict[str, Any] = {
            "run": len(self.outcomes),
            "failed": [one.test.id for one in self.failed],
            "changed": [one.test.id for one in self.changed],
        }
        if self.blocking:
            detail |= {"overridden": [one.test.id for one in self.blocking], "by": overridden_by, "reason": reason}
        return detail
