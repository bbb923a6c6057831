"""Why a sign-in came to nothing; `outcome` is the label under which it is counted, the text is for the log.

SignInError
├── Unreachable      no answer in time, none at all, or none that can be read: later
├── Rejected         the service does not take the code
├── Invalid          what the service says is not proven to be its word for us, for this sign-in
└── Misconfigured    the service does not take *us*, or is not what ZHENGWU_SIGNIN_ISSUER says: an operator's matter
"""

from __future__ import annotations

from foundation.errors import BackendError


class SignInError(BackendError):
    """Its text holds no token, no code and nobody's name."""

    outcome = "failed"


class Unreachable(SignInError):
    outcome = "unreachable"


class Rejected(SignInError):
    outcome = "rejected"


class Invalid(SignInError):
    outcome = "invalid"


class Misconfigured(SignInError):
    outcome = "misconfigured"
