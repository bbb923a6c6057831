"""What can be wrong with a look-up, each with its own sentence for the citizen and its own count.

PortalError
├── NotMatched        unknown number, wrong proof or wrong code: nobody may tell which
├── TooManyAttempts   the portal takes no more for now
├── CodeExpired       the one-time code is too old or was used: a new one is needed
├── AccessExpired     a watch token or a sign-in is not valid any more
├── Unavailable       no answer: down or broken. Later
│   ├── TimedOut      no answer in time
│   ├── Busy          too many look-ups at once; the portal was not asked
│   └── Paused        it failed so often just now that it was not asked
├── Malformed         an answer that is not what was agreed
└── Misconfigured     the portal does not take *us*: key, signature, clock, address. An operator's matter
    └── NotOffered    the portal has no such operation: ask `Portal.offers` first
"""

from __future__ import annotations

from foundation.errors import BackendError


class PortalError(BackendError):
    """Its text is for the log and names no number, proof or person."""

    outcome = "error"
    """The label under which it is counted and audited."""


class NotMatched(PortalError):
    outcome = "not_matched"


class TooManyAttempts(PortalError):
    outcome = "limited"

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds, where the portal says so."""


class CodeExpired(PortalError):
    outcome = "code_expired"


class AccessExpired(PortalError):
    outcome = "access_expired"


class Unavailable(PortalError):
    outcome = "unavailable"

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds, where the portal says so."""


class TimedOut(Unavailable):
    outcome = "timeout"


class Busy(Unavailable):
    outcome = "busy"


class Paused(Unavailable):
    outcome = "paused"


class Malformed(PortalError):
    outcome = "malformed"


class Misconfigured(PortalError):
    outcome = "misconfigured"


class NotOffered(Misconfigured):
    outcome = "not_offered"
