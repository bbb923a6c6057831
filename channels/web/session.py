"""Who a browser is: a random id that only this server can have issued, so that nobody guesses another's.

No cookie and no address carries it, and the page takes it from nobody but this server: a site that embeds the chat can
neither read it nor put in one that it knows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from secrets import token_urlsafe

from itsdangerous import BadSignature, TimestampSigner

DAY = 24 * 3600
LIFE = 30 * DAY
"""Seconds after which a session that was not used is no longer known."""
SKEW = 3600
"""Seconds by which the clocks of two gateways may differ."""


class Sessions:
    def __init__(self, key: bytes, now: Callable[[], float] = time.time, others: Sequence[bytes] = ()) -> None:
        """`others`: keys whose sessions are known too; what is signed is signed with `key`."""
        self._now = now
        self._signer = _Signer([*others, key], now)

    def issue(self) -> str:
        """A fresh session: the random id, the time and their signature."""
        return self._signer.sign(token_urlsafe(18)).decode()

    def sender(self, session: object) -> str | None:
        """The random id of a session issued here, while it lives; None for anything else."""
        known = self._read(session)
        return known[0] if known else None

    def current(self, session: object) -> str:
        """The session to go on with: this one, signed anew once it is a day old, or a fresh one if it is not known."""
        known = self._read(session)
        if known is None:
            return self.issue()
        return self._signer.sign(known[0]).decode() if known[1] > DAY else str(session)

    def _read(self, session: object) -> tuple[str, float] | None:
        """The id, and the age in seconds."""
        if not isinstance(session, str) or len(session) > 200:
            return None
        try:
            name, issued = self._signer.unsign(session.encode("ascii"), return_timestamp=True)
        except (BadSignature, UnicodeError):
            return None
        age = self._now() - issued.timestamp()
        return (name.decode(), age) if -SKEW <= age <= LIFE else None


class _Signer(TimestampSigner):
    def __init__(self, keys: list[bytes], now: Callable[[], float]) -> None:
        super().__init__(keys, salt="zhengwu.web.session", key_derivation="hmac", digest_method=hashlib.sha256)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now())
