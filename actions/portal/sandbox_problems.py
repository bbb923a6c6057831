"""The sandbox's refusals: RFC 9457 problem documents, as the contract lists them."""

from __future__ import annotations

import json

from starlette.responses import Response

PROBLEMS = {
    "invalid-request": (400, "The request is not what the contract says"),
    "signature": (401, "Unknown key, wrong signature, or a nonce seen before"),
    "clock-skew": (401, "The timestamp is more than 300 seconds off"),
    "access-expired": (403, "The token is not valid any more"),
    "not-matched": (404, "No such number, or a wrong proof"),
    "code-expired": (410, "The request of a code is too old, used up, or tried too often"),
    "too-many-attempts": (429, "Too many attempts"),
    "unavailable": (503, "Not available at the moment"),
}


class Refused(Exception):
    """A problem document is the answer; `name` is one of PROBLEMS, `retry_after` in seconds."""

    def __init__(self, name: str, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.retry_after = retry_after
        self.status = status or PROBLEMS[name][0]
        """Other than the problem's own where HTTP has a better one: 404 for an unknown address, 405."""

    def response(self) -> Response:
        """The same bytes whoever asks for whatever, so that nothing is learned from them."""
        document = {"type": f"urn:zhengwu:problem:{self.name}", "title": PROBLEMS[self.name][1], "status": self.status}
        headers = {} if self.retry_after is None else {"Retry-After": str(max(1, round(self.retry_after)))}
        return Response(json.dumps(document), self.status, headers, media_type="application/problem+json")
