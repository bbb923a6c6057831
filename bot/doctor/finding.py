"""What a check finds, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from foundation.errors import ZhengwuError
from foundation.settings import Settings

Check = Callable[[Settings], str]
"""Returns what was seen where it is as it should be; raises Sick, Doubtful or a ZhengwuError where not. It changes
nothing, shows no secret and ends within a few seconds."""
SETUP = "run `make setup`"


class Finding(NamedTuple):
    """One check: what was looked at, whether it is as it should be, what was seen; the cure where `seen` lacks it.

    One that is good and has a cure is good enough to go on, and wants looking at.
    """

    subject: str
    good: bool
    seen: str
    cure: str = ""


class Sick(Exception):
    """A check failed: what was seen, and the cure."""

    good = False

    def __init__(self, seen: str, cure: str) -> None:
        self.seen, self.cure = seen, cure
        super().__init__(seen)


class Doubtful(Sick):
    """What was seen stops nothing, but somebody should look at it."""

    good = True


def look(subject: str, check: Check, settings: Settings) -> Finding:
    """Run one check, whatever becomes of it."""
    try:
        return Finding(subject, True, check(settings))
    except Sick as sick:
        return Finding(subject, sick.good, sick.seen, sick.cure)
    except ZhengwuError as error:  # its text names the cure
        return Finding(subject, False, " ".join(str(error).split()))
    except Exception as error:  # whatever it is, the other checks still tell something
        return Finding(subject, False, f"{type(error).__name__}: {error}", "a fault of the program: report this line")
