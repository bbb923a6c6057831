"""Why a look-up is allowed: what the citizen gave as proof, and what the portal gave in return."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LastFour:
    """The last four characters of the applicant's ID card number; the last may be X."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class OneTimeCode:
    """The code that was sent to the phone on file, and the request that sent it."""

    request_id: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class WatchToken:
    """What the portal gave after a successful look-up, for asking again for the same application."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    """A person signed in at the office's identity service; the access token that service gave us."""

    token: str = field(repr=False)
