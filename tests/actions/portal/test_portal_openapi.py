"""The contract and its mapping say the same: an example of a signature, states, problems, operations, numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from actions.portal.application import State, plausible_number
from actions.portal.mapping import load
from actions.portal.signing import body_digest, canonical, sign
from foundation.settings import ROOT

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "actions/portal/openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
DOCUMENTS = ["actions/portal/openapi.yaml", "docs/portal.md"]


def test_the_example_of_a_signature_is_right() -> None:
    body = b'{"number": "SLS2026-110412-0087"}'
    text = canonical("POST", "/v1/codes", "1795658400", "3q2-7w_Jt0aVbXcZ", body)
    said = CONTRACT["info"]["description"]
    assert f"`{sign('sandbox-secret', text)}`" in said
    assert f"`{body_digest(body)}`" in said and f"`{body_digest(b'')}`" in said


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_example_is_the_same_everywhere(document: str) -> None:
    text = canonical("POST", "/v1/codes", "1795658400", "3q2-7w_Jt0aVbXcZ", b'{"number": "SLS2026-110412-0087"}')
    assert sign("sandbox-secret", text) in Path(ROOT / document).read_text(encoding="utf-8")


def test_states_and_units_are_ours() -> None:
    ours = [state.value for state in State if state is not State.UNKNOWN]
    assert SCHEMAS["State"]["enum"] == ours
    assert load().states == {word: State(word) for word in ours}
    assert SCHEMAS["Span"]["properties"]["unit"]["enum"] == list(load().units)
    assert SCHEMAS["Delivery"]["properties"]["way"]["enum"] == list(load().ways)


def test_every_problem_of_the_contract_is_known() -> None:
    named = set(re.findall(r"`(urn:zhengwu:problem:[a-z-]+)`", CONTRACT["info"]["description"]))
    body = load().errors.body
    assert body is not None and named == set(body.values)
    assert all(urn == f"urn:zhengwu:problem:{problem}" for urn, problem in body.values.items())


def test_operations_and_what_may_be_repeated() -> None:
    said = {
        (method.upper(), path): operation["x-repeatable"]
        for path, methods in CONTRACT["paths"].items()
        for method, operation in methods.items()
    }
    done = {
        (call.method, call.path): call.repeatable for name, call in load().operations.items() if name != "with_code"
    }
    assert done == said
    assert not load().operations["with_code"].repeatable and SCHEMAS["OneTimeCode"]["x-repeatable"] is False


def test_every_field_of_an_application_has_its_place() -> None:
    fields = {**SCHEMAS["Summary"]["properties"], **SCHEMAS["Application"]["allOf"][1]["properties"]}
    assert set(fields) == {name for name, place in load().application if place is not None}


@given(st.from_regex(SCHEMAS["Number"]["pattern"].replace("$", r"\Z")) | st.text(max_size=70))
def test_what_is_plausible_keeps_to_the_contract(number: str) -> None:
    if plausible_number(number):
        assert re.fullmatch(SCHEMAS["Number"]["pattern"], number)
