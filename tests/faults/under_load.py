"""Citizens write and health is asked, while something happens; then what was promised is looked up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from citizens import Crowd
from probing import Prober
from promises import kept

from foundation.database import Database

NOTICED = 3.0
"""Seconds after which /health has to say that nothing can be answered."""
RECOVERS = 300.0
"""Seconds after which all must work again. With nothing else to do a machine takes one or two."""


@contextmanager
def under_load(database: Database, gateways: Sequence[str], run: str) -> Iterator[tuple[Crowd, Prober]]:
    """The block may do what it likes; at its end everything that it stopped is there again, or about to be."""
    with Prober(gateways) as prober:
        prober.wait_ok(RECOVERS)
        with Crowd(gateways, f"{run}{time.monotonic_ns()}") as crowd:
            crowd.wait_answered(len(crowd.citizens), RECOVERS)
            yield crowd, prober
            recovered = prober.wait_ok(RECOVERS)
            slowest = crowd.wait_answered(2 * len(crowd.citizens), RECOVERS)
        began = time.monotonic()
        prober.wait_ok(RECOVERS)
    prober.check()
    assert {probe.status for probe in prober.between(began, time.monotonic())} == {200}
    answered = kept(database, crowd.citizens)
    tries, longest = max(one.tries for one in crowd.exchanges), max(one.took for one in crowd.exchanges)
    print(
        f"\n{run}: {answered} messages, each answered after {longest:.1f} s and {tries} tries at most; "
        f"ok again after {recovered:.1f} s, {2 * len(crowd.citizens)} more answered in {slowest:.1f} s"
    )


def stay_away(prober: Prober, seconds: float, within: float = NOTICED) -> None:
    """While something is away, for so long at least. From `within` seconds on every gateway has to say that nothing can
    be answered, in /health and in /metrics."""
    began = time.monotonic()
    time.sleep(seconds)
    asked = prober.wait_asked(began + within, 3, RECOVERS)
    wrong = [probe for probe in asked if probe.status != 503 or probe.ready != 0]
    assert not wrong, f"nothing could be answered, and it was said: {wrong[:3]}"
