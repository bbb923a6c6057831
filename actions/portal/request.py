"""What is sent: an operation of the mapping with its values filled in, and signed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from actions.portal import formats
from actions.portal.mapping import Call, Mapping, Signature
from actions.portal.signing import body_digest, sign
from actions.portal.templates import fill, fill_all, names


@dataclass(frozen=True)
class Credentials:
    """What the portal gave to this office."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    method: str
    target: str = field(repr=False)
    """The path with the query, as it stands in the request line."""
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def build(
    mapping: Mapping, call: Call, values: Values[str, str], credentials: Credentials, now: datetime, nonce: str, *,
    prefix: str = "",
) -> Request:  # fmt: skip
    """The request for an operation.

    Args:
        values: number, proof, request_id, token, as the operation needs.
        prefix: the path of the portal's base address.
    """
    signature = mapping.signature
    form = signature.timestamp if signature else formats.SECONDS
    zone = formats.offset(mapping.formats.zone)
    filled = {**values, "key": credentials.key, "timestamp": formats.written(now, form, zone), "nonce": nonce}
    draft = _Draft(call, filled, credentials.secret, prefix)
    if signature is not None:
        _sign(draft, signature, filled, credentials.secret)
    return draft.request()


class _Draft:
    """A request whose parameters may still grow."""

    def __init__(self, call: Call, values: Values[str, str], secret: str, prefix: str) -> None:
        self.method = call.method
        self.path = prefix + fill(call.path, values, lambda value: quote(value, safe=""))
        self.query: dict[str, str] = fill_all(call.query, values)
        self.form: dict[str, str] | None = fill_all(call.form, values)
        self.json: dict[str, Any] | None = fill_all(call.body, values)
        self.headers = {name: _header(text, {**values, "secret": secret}) for name, text in call.headers.items()}

    @property
    def params(self) -> dict[str, Any]:
        """Where further parameters go."""
        if self.form is not None:
            return self.form
        return self.query if self.json is None else self.json

    @property
    def target(self) -> str:
        return f"{self.path}?{_encoded(self.query)}" if self.query else self.path

    def body(self) -> bytes:
        if self.form is not None:
            return _encoded(self.form).encode("ascii")
        return b"" if self.json is None else json.dumps(self.json, ensure_ascii=False).encode()

    def signed_params(self) -> str:
        """All parameters that are no structures, by name: `a=1&b=2`, not encoded."""
        every = {**self.query, **(self.form or {}), **(self.json or {})}
        return "&".join(f"{name}={every[name]}" for name in sorted(every) if type(every[name]) in (str, int))

    def request(self) -> Request:
        headers = {"Accept": "application/json, application/problem+json", **self.headers}
        if self.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        elif self.json is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Request(self.method, self.target, headers, self.body())


def _sign(draft: _Draft, signature: Signature, values: Values[str, str], secret: str) -> None:
    """Add the signature's parameters and headers. Signed is what there is without the signature itself."""
    late = {name for name, text in signature.params.items() if "signature" in names(text)}
    draft.params.update({name: fill(text, values) for name, text in signature.params.items() if name not in late})
    body = draft.body()
    text = fill(
        signature.canonical,
        {
            **values,
            "method": draft.method,
            "path": draft.path,
            "target": draft.target,
            "body": body.decode(),
            "body_digest": body_digest(body, signature.algorithm),
            "params": draft.signed_params(),
        },
    )
    values = {**values, "signature": sign(secret, text, signature.algorithm, signature.encoding)}
    draft.params.update({name: fill(signature.params[name], values) for name in late})
    draft.headers |= {name: _header(text, values) for name, text in signature.headers.items()}


def _encoded(params: Values[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="")


def _header(template: str, values: Values[str, str]) -> str:
    """A header's value; what is no printable ASCII in it is percent-encoded, so that a line ends where we end it."""
    text = fill(template, values)
    return text if re.fullmatch("[ -~]*", text) else quote(text, safe=" ")
