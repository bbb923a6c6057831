"""`zhengwu kb publish`: the drafts become a release, unless content tests fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from bot.cli.opening import fail, opened
from bot.cli.releasing import await_workers, note_console, say_released
from bot.cli.trial import told
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import PublishError
from foundation.settings import Settings, get_settings
from knowledge_base.editing.errors import Overtaken
from knowledge_base.editing.publishing import Unproven
from knowledge_base.editing.unreviewed import publish as publish_all
from knowledge_base.store import releases
from knowledge_base.store.releases import Release
from knowledge_base.trials.outcomes import Outcome, Report
from knowledge_base.trials.trying import tried

if TYPE_CHECKING:
    from knowledge_base.trials.answerer import Answerer  # brings scikit-learn

TIMES = 5
"""How often the tests are run anew because something was published or drafted meanwhile."""
CURE = (
    "nothing was published. Correct the unit, or the test where what it expects is out of date, and publish again; "
    "`zhengwu kb test` tries them before. Where the answer is meant to change all the same, publish in the console: "
    "there somebody answers for it by name"
)


def publish(
    note: str = typer.Option("", "--note", metavar="T", help="what the release is about"),
    strict: bool = typer.Option(False, "--strict", help="refuse on warnings, and on contradictions between units"),
) -> None:
    """Make the drafts a release, and print its number; 1 when a content test fails."""
    settings = get_settings()
    if settings.production:
        raise fail(PublishError("with ZHENGWU_ENV=production releases are made in the console, by a second person"))
    with opened() as database:
        try:
            release = publish_tried(database, settings, note, strict)
        except Unproven as error:
            for outcome in error.report.blocking:
                typer.echo(failed(outcome), err=True)
            typer.echo(CURE, err=True)
            raise typer.Exit(1) from error
    await_workers(release.number)
    say_released(release)


def publish_tried(database: Database, settings: Settings, note: str, strict: bool) -> Release:
    """Run the content tests on the drafts, and publish these and no others.

    Raises:
        Unproven, releases.Refused: see `unreviewed.publish`.
        Overtaken: others publish or draft all the time.
    """
    with note_console().status("publishing…") as shown:

        def tell(done: int, of: int) -> None:
            shown.update(f"content tests: {done} of {of} questions")

        for left in reversed(range(TIMES)):
            report = run_tests(database, settings, tell)
            try:
                with database.write() as tx:
                    return publish_all(tx, OPERATOR, note, SystemClock().now(), report, strict)
            except Overtaken:
                if not left:
                    raise
    raise AssertionError


def run_tests(database: Database, settings: Settings, tell: Callable[[int, int], None]) -> Report:
    """What they say of all drafts; without tests, or where the drafts change nothing, no models are opened."""
    now = SystemClock().now()

    def answerer() -> Answerer:
        from knowledge_base.trials.answerer import open_answerer

        return open_answerer(settings, database)

    with database.read() as tx:
        moves = releases.pending_moves(tx)
        if all(move.old == move.new for move in moves):
            return Report(releases.current(tx), frozenset(moves), (), 0.0)
        return tried(tx, moves, now, answerer, tell)


def failed(outcome: Outcome) -> str:
    """A test that fails, with the unit that it is about."""
    test = outcome.test
    unit = test.unit or test.expect.unit
    faults = "; ".join(map(told, outcome.faults))
    return f"test {test.id} ({unit or 'regression set'}): {test.turns[-1]}: {faults}"
