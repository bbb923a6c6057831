"""Who a browser is: a random id that only this server can have issued, so that nobody guesses another's."""

from __future__ import annotations

import hashlib
from secrets import token_urlsafe

from itsdangerous import BadSignature, Signer


class Sessions:
    def __init__(self, key: bytes) -> None:
        self._signer = Signer(key, salt="zhengwu.web.session", key_derivation="hmac", digest_method=hashlib.sha256)

    def issue(self) -> str:
        """A fresh session: the random id and its signature."""
        return self._signer.sign(token_urlsafe(18)).decode()

    def sender(self, session: object) -> str | None:
        """The random id of a session issued here; None for anything else."""
        if not isinstance(session, str) or len(session) > 200:
            return None
        try:
            return self._signer.unsign(session.encode("ascii")).decode()
        except (BadSignature, UnicodeError):
            return None
