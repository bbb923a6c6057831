"""What the sandbox looks at before it answers: who signed a request, and whether it is what the contract says."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator, RefResolver, ValidationError, validators
from starlette.datastructures import Headers

from actions.portal import signing
from actions.portal.sandbox_problems import Refused

CONTRACT = Path(__file__).with_name("openapi.yaml")
LEEWAY = timedelta(seconds=300)
REMEMBERED = timedelta(seconds=600)
"""How long a nonce may not come again: as long as its timestamp can be right."""
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
TIMESTAMP = re.compile(r"[0-9]{1,11}")


@lru_cache(maxsize=1)
def contract() -> Any:
    """openapi.yaml; not to be changed."""
    return yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))


class Door:
    """Lets in whoever has the key, once with each nonce."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key_id, self._secret = key_id, secret
        self._seen: dict[str, datetime] = {}
        """Nonces, the oldest first."""

    def check(
        self, method: str, target: str, headers: Headers, body: bytes, now: datetime, secret: str | None = None
    ) -> None:
        """
        Args:
            target: the path with the query, as in the request line.
            now: what the sandbox takes for the time.
            secret: other than the right one, to refuse what is signed well.

        Raises:
            Refused: signature, clock-skew.
        """
        key, stamp, nonce, signature = (
            headers.get(f"X-Portal-{name}", "") for name in ("Key", "Timestamp", "Nonce", "Signature")
        )
        signed = signing.canonical(method, target, stamp, nonce, body)
        known = signing.verify(signature, secret or self._secret, signed)
        shaped = NONCE.fullmatch(nonce) and TIMESTAMP.fullmatch(stamp)
        if not (known and shaped and key == self._key_id):
            raise Refused("signature")
        if abs(now.timestamp() - int(stamp)) > LEEWAY.total_seconds():
            raise Refused("clock-skew")
        self._once(nonce, now)

    def _once(self, nonce: str, now: datetime) -> None:
        for old, at in list(self._seen.items()):
            if at > now - REMEMBERED:
                break
            del self._seen[old]
        if nonce in self._seen:
            raise Refused("signature")
        self._seen[nonce] = now


class Contract:
    """openapi.yaml, as far as it says what may be sent."""

    def __init__(self) -> None:
        document = contract()
        self._resolver = RefResolver("", document)
        self._schemas = document["components"]["schemas"]
        self.fields = frozenset(name for schema in self._parts("Application") for name in schema["properties"])
        """Of an application."""
        self._bodies: dict[str, dict[str, Any]] = {}
        self.operations: dict[str, tuple[str, str]] = {}
        """Operation → its method and path."""
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                name = operation["operationId"]
                self.operations[name] = (method.upper(), path)
                if "requestBody" in operation:
                    self._bodies[name] = operation["requestBody"]["content"]["application/json"]["schema"]

    def _parts(self, schema: str) -> list[dict[str, Any]]:
        parts = self._schemas[schema]["allOf"]
        return [self._resolver.resolve(one["$ref"])[1] if "$ref" in one else one for one in parts]

    def body(self, operation: str, headers: Headers, body: bytes) -> dict[str, Any]:
        """The request's JSON object, {} where none is asked for. Raises Refused (invalid-request)."""
        if operation not in self._bodies:
            return {}
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused("invalid-request")
        try:
            found: dict[str, Any] = json.loads(body)
            Strict(self._bodies[operation], resolver=self._resolver).validate(found)
        except (ValueError, RecursionError, ValidationError) as error:
            raise Refused("invalid-request") from error
        return found

    def is_application(self, told: dict[str, Any]) -> bool:
        """Whether it may be told of an application."""
        return bool(Strict(self._schemas["Application"], resolver=self._resolver).is_valid(told))


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Any:
    """`$` is the very end in JSON Schema; Python's lets a line feed follow."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError("does not match the pattern")


Strict = validators.extend(Draft4Validator, {"pattern": _pattern})
