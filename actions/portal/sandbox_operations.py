"""What the sandbox answers to each operation of the contract, once a request is let in."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from actions.portal.sandbox_applications import Applications, Record
from actions.portal.sandbox_codes import LIFE, PAUSE, Codes, Rate
from actions.portal.sandbox_problems import Refused
from foundation.clock import Clock

TOKEN_LIFE = timedelta(days=90)
WRONG_PER_HOUR = 20
"""Wrong proofs for a number, whether it exists or not."""
SUMMARY = ("number", "state", "item_name", "state_text", "submitted_at")

Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON."""


class Operations:
    """One method for each operation, of the same name: the request's JSON and Authorization header in, an Answer out.

    Each raises Refused, TooMany or Spent.
    """

    def __init__(self, applications: Applications, codes: Codes, clock: Clock, secret: str) -> None:
        self._applications = applications
        self._codes = codes
        self._clock = clock
        self._secret = secret
        self._wrong = Rate(clock, WRONG_PER_HOUR)

    def lookup(self, body: dict[str, Any], authorization: str | None) -> Answer:
        if (authorization is None) == ("proof" not in body):
            raise Refused("invalid-request")
        subject = None if authorization is None else self._person(authorization)
        number = body["number"].upper()
        record = self._applications.find(number)
        self._wrong.check(number)
        if subject is not None:
            proved = record is not None and record.subject == subject
        else:
            proved = self._proves(body["proof"], number, record)
        if record is None or not proved:
            self._wrong.count(number)
            raise Refused("not-matched")
        return 200, self._told(record)

    def watched(self, body: dict[str, Any], authorization: str | None) -> Answer:
        for record in self._applications.all():
            if self._opens(body["watch_token"], record.number):
                return 200, self._told(record)
        raise Refused("access-expired")

    def mine(self, body: dict[str, Any], authorization: str | None) -> Answer:
        records = self._applications.of(self._person(authorization))
        return 200, {
            "applications": [{key: one.told[key] for key in SUMMARY if key in one.told} for one in records[:100]]
        }

    def send_code(self, body: dict[str, Any], authorization: str | None) -> Answer:
        number = body["number"].upper()
        record = self._applications.find(number)
        request_id = self._codes.send(number, record.phone if record else None)
        times = {"expires_in": round(LIFE.total_seconds()), "resend_after": round(PAUSE.total_seconds())}
        return 202, {"request_id": request_id, **times}

    def health(self, body: dict[str, Any], authorization: str | None) -> Answer:
        return 200, {"status": "ok", "time": self._clock.now().isoformat()}

    def _person(self, authorization: str | None) -> str:
        """Whose access token it is: any that ends with a dot and the person's subject, as the stand-in provider of the
        tests issues them, or the subject alone."""
        scheme, _, token = (authorization or "").partition(" ")
        subject = token.strip().rpartition(".")[2]
        if scheme.lower() != "bearer" or not self._applications.knows(subject):
            raise Refused("access-expired")
        return subject

    def _proves(self, proof: dict[str, Any], number: str, record: Record | None) -> bool:
        if proof["kind"] == "code":
            return self._codes.right(proof["request_id"], number, proof["value"])
        # The same work for a number that does not exist and for a business as for a wrong proof.
        on_file = (record.id_last4 if record else None) or "----"
        return hmac.compare_digest(proof["value"].encode(), on_file.encode())

    def _told(self, record: Record) -> dict[str, Any]:
        return {**record.told, "watch_token": self._token(record.number, self._clock.now())}

    def _token(self, number: str, issued: datetime) -> str:
        """Good after a restart as well: nothing has to be kept of it."""
        stamp = f"{int(issued.timestamp()):x}"
        mac = hmac.new(self._secret.encode(), f"watch {stamp} {number}".encode(), "sha256")
        return f"w1.{stamp}.{mac.hexdigest()}"

    def _opens(self, token: str, number: str) -> bool:
        stamp = token.split(".")[1] if token.count(".") == 2 else ""
        try:
            issued = datetime.fromtimestamp(int(stamp, 16), self._clock.now().tzinfo)
        except (ValueError, OverflowError, OSError):
            return False
        same = hmac.compare_digest(token.encode(), self._token(number, issued).encode())
        return same and issued > self._clock.now() - TOKEN_LIFE
