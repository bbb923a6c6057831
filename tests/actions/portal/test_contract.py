"""schemathesis makes requests from openapi.yaml, sensible ones and others; the sandbox answers as the contract says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from sandbox_helpers import HEADERS, PERSON, SECRET, Caller, Signer
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance

from actions.portal.sandbox import background
from actions.portal.sandbox_checks import CONTRACT
from foundation.clock import SystemClock
from foundation.settings import load_settings

CONFIG = SchemathesisConfig.from_dict(
    {"generation": {"deterministic": True, "database": "none", "mode": "all"}, "seed": 20261127}
)
schema = schemathesis.openapi.from_path(CONTRACT, config=CONFIG)


class AsMade(Signer):
    """Signs what was made with all four headers; what was made without one of them, for trial, goes without it."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        lacking = [name for name in HEADERS if name not in request.headers]
        request = super().__call__(request)
        for name in lacking:
            del request.headers[name]
        return request


@pytest.fixture(scope="module")
def portal() -> Iterator[Caller]:
    own = load_settings(_env_file=None, env="development", portal_key_id="zhengwu", portal_secret=SECRET)
    with background(own) as url:
        yield Caller(url, SystemClock())


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_as_the_contract_says(case: schemathesis.Case, portal: Caller) -> None:
    case.call_and_validate(base_url=portal.url, auth=AsMade(), timeout=10, excluded_checks=unwritten(case))


def unwritten(case: schemathesis.Case) -> list[Callable[..., Any]]:
    """What the contract says in words, and OpenAPI cannot."""
    if case.operation.definition.raw["operationId"] == "lookup":
        return [positive_data_acceptance]  # either a proof or a person; a code's request that nobody made is 410
    if "Authorization" not in (case.headers or {}):
        return [missing_required_header]  # a missing token is `access-expired`, 403, as 401 means our own signature
    return []


def test_every_application_is_told_as_the_contract_says(portal: Caller) -> None:
    told = []
    for one in portal.applications():
        if one["business"]:
            request = portal.send_code(one["number"])
            conforms("/v1/codes", "POST", request)
            found = portal.with_code(one["number"], request.json()["request_id"], portal.codes()[-1]["code"])
        else:
            found = portal.lookup(one["number"], one["id_last4"])
        again = portal.post("/v1/applications/watched", {"watch_token": found.json()["watch_token"]})
        assert found.status_code == again.status_code == 200
        assert found.json().keys() == again.json().keys() and found.json()["state"] == one["state"]
        conforms("/v1/applications/lookup", "POST", found)
        conforms("/v1/applications/watched", "POST", again)
        told.append(found.json())
    assert {one["state"] for one in told} == set(schema.raw_schema["components"]["schemas"]["State"]["enum"])
    assert len(told) >= 16


def test_a_persons_applications_are_told_as_the_contract_says(portal: Caller) -> None:
    found = portal.get("/v1/persons/me/applications", Authorization=f"Bearer x.{PERSON}")
    conforms("/v1/persons/me/applications", "GET", found)
    assert len(found.json()["applications"]) >= 3


def conforms(path: str, method: str, response: requests.Response) -> None:
    schema[path][method].validate_response(response)
