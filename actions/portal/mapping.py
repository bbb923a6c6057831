"""How a portal's operations, fields, states and signatures correspond to ours: a YAML file, data alone.

docs/portal.md explains it to the operator who writes one; `mappings/zhengwu.yml` is that of our own contract.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, root_validator, validator

from actions.portal import formats
from actions.portal.application import State, Unit
from actions.portal.mapping_checks import PATH, Dotted, Header, Word, check_template, header_names, read_yaml
from actions.portal.mapping_fields import ApplicationFields, CodeFields, Strict, SummaryFields
from actions.portal.portal import Operation
from actions.portal.signing import Algorithm, Encoding
from foundation.errors import ConfigError

BUILT_IN = Path(__file__).with_name("mappings") / "zhengwu.yml"

Problem = Literal[
    "not-matched", "too-many-attempts", "code-expired", "access-expired", "invalid-request", "signature", "clock-skew",
    "unavailable",
]  # fmt: skip
"""Our names of what can go wrong; the last part of the contract's `urn:zhengwu:problem:…`."""
Way = Literal["window", "post"]

REQUEST_NAMES = frozenset({"key", "timestamp", "nonce"})
"""What every request may carry; headers may also carry `secret`."""
SIGNED_NAMES = frozenset({"method", "path", "target", "body", "body_digest", "params", "key", "timestamp", "nonce"})
VALUES: dict[Operation, tuple[frozenset[str], frozenset[str]]] = {
    "with_last_four": (frozenset({"number", "proof"}), frozenset()),
    "with_code": (frozenset({"number", "proof"}), frozenset({"request_id"})),
    "signed_in": (frozenset({"number", "token"}), frozenset()),
    "send_code": (frozenset({"number"}), frozenset()),
    "watched": (frozenset({"token"}), frozenset()),
    "mine": (frozenset({"token"}), frozenset()),
    "health": (frozenset(), frozenset()),
}
"""What an operation must send, and what it may: a look-up that sends no proof would tell anybody everything."""
NEVER_REPEATED = frozenset({"with_code", "send_code"})


class ByBody(Strict):
    """A place in an answer's body, and what the words there mean."""

    path: Dotted
    values: dict[Word, Problem]


class Errors(Strict):
    body: ByBody | None = None
    status: dict[int, Problem] = {}
    retry_after: Dotted | None = None
    """Where the body has the seconds to wait, if not in the header `Retry-After`."""


class Success(Strict):
    path: Dotted
    values: list[Word]


class Call(Strict):
    """One operation: what is sent where, and where its answer lies."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    path: str = Field(regex=PATH)
    repeatable: bool = False
    query: dict[str, str] = {}
    headers: dict[str, Header] = {}
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = Field(None, alias="json")
    root: Dotted = Dotted("")
    """Where in the answer the application (or the list, or the code's request) lies."""
    errors: Errors = Errors()
    """Come before the portal's own."""

    _names = validator("headers", allow_reuse=True)(header_names)

    @root_validator(skip_on_failure=True)
    def _one_body(cls, values: dict[str, Any]) -> dict[str, Any]:
        if values["form"] is not None and values["body"] is not None:
            raise ValueError("there is either `form` or `json`")
        if values["method"] == "GET" and (values["form"] is not None or values["body"] is not None):
            raise ValueError("a GET has neither `form` nor `json`")
        return values


class Signature(Strict):
    algorithm: Algorithm = "hmac-sha256"
    encoding: Encoding = "hex"
    timestamp: str = formats.SECONDS
    canonical: str
    headers: dict[str, Header] = {}
    params: dict[str, str] = {}
    """Go where the operation's own parameters go: into its form, its JSON, or else the query."""

    _timestamp = validator("timestamp", allow_reuse=True)(formats.checked)
    _names = validator("headers", allow_reuse=True)(header_names)


class Formats(Strict):
    zone: str = "+08:00"
    times: list[str] = [formats.ISO]
    days: list[str] = [formats.ISO]

    @validator("times", "days", each_item=True)
    def _forms(cls, form: str) -> str:
        return formats.checked(form)

    @validator("zone")
    def _zone(cls, zone: str) -> str:
        formats.offset(zone)
        return zone


class Mapping(Strict):
    name: str = Field(regex=r"^[A-Za-z0-9_.-]{1,40}$")
    signature: Signature | None = None
    operations: dict[Operation, Call]
    success: Success | None = None
    errors: Errors = Errors()
    absent: list[Word] = []
    """Words that stand for nothing in any field: "-", "无"; the empty one always does."""
    formats: Formats = Formats()
    states: dict[Word, State]
    units: dict[Word, Unit] = {}
    ways: dict[Word, Way] = {}
    application: ApplicationFields
    summary: SummaryFields | None = None
    code: CodeFields = CodeFields()

    @validator("states", each_item=True)
    def _known(cls, state: State) -> State:
        if state is State.UNKNOWN:
            raise ValueError("unknown is what a word means that does not stand here")
        return state

    @root_validator(skip_on_failure=True)
    def _complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        operations: dict[Operation, Call] = values["operations"]
        if ("send_code" in operations) != ("with_code" in operations):
            raise ValueError("operations: send_code and with_code need each other")
        if not operations.keys() & {"with_last_four", "with_code"}:
            raise ValueError("operations: with_last_four or with_code is needed")
        if "mine" in operations and values["summary"] is None:
            raise ValueError("operations.mine needs the section summary")
        if "watched" in operations and not (values["application"].watch_token and values["application"].number):
            raise ValueError("operations.watched needs application.watch_token and application.number")
        return values

    @root_validator(skip_on_failure=True)
    def _templates(cls, values: dict[str, Any]) -> dict[str, Any]:
        signature: Signature | None = values["signature"]
        for operation, call in values["operations"].items():
            check_call(operation, call)
        if signature is not None:
            check_signature(signature)
        return values


def check_call(operation: Operation, call: Call) -> None:
    """Make sure that an operation sends what it must and nothing that it has not.

    Raises:
        ValueError: it does not.
    """
    where = f"operations.{operation}"
    must, may = VALUES[operation]
    allowed = must | may | REQUEST_NAMES
    used = check_template(f"{where}.path", call.path, frozenset({"number"}) & must)
    used |= check_template(f"{where}.headers", call.headers, allowed | {"secret"})
    for place, templates in (("query", call.query), ("form", call.form), ("json", call.body)):
        used |= check_template(f"{where}.{place}", templates, allowed)
    if missing := sorted(must - used):
        raise ValueError(f"{where}: {{{missing[0]}}} is sent nowhere")
    if call.repeatable and operation in NEVER_REPEATED:
        raise ValueError(f"{where}.repeatable: this operation must never be repeated")


def check_signature(signature: Signature) -> None:
    """Make sure that a signature is made of what there is, and sent.

    Raises:
        ValueError: it is not.
    """
    check_template("signature.canonical", signature.canonical, SIGNED_NAMES)
    used = check_template("signature.headers", signature.headers, REQUEST_NAMES | {"signature"})
    used |= check_template("signature.params", signature.params, REQUEST_NAMES | {"signature"})
    if "signature" not in used:
        raise ValueError("signature: {signature} is sent nowhere")


def load(path: Path | None = None) -> Mapping:
    """Read a mapping file; None is that of our own contract.

    Raises:
        ConfigError: it cannot be read or says what cannot be; the text names the file and the place.
    """
    file = path or BUILT_IN
    found = read_yaml(file)
    try:
        return Mapping.parse_obj(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("__root__", "__key__"))
        raise ConfigError(f"{file}: {where + ': ' if where else ''}{first['msg']}") from error
