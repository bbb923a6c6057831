"""Units as stored JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from knowledge_units import faq, steady, units

from foundation.errors import ContentError
from knowledge_base.model import Unit, parse_unit
from knowledge_base.store import codec


@steady
@given(units())
def test_what_is_loaded_is_what_validation_would_make(unit: Unit) -> None:
    body = json.loads(json.dumps(codec.dump(unit)))
    loaded = codec.load(body)
    assert loaded == unit
    assert loaded == parse_unit(body)
    assert loaded.json() == unit.json()
    assert codec.dump(loaded) == body


@steady
@given(units(), units())
def test_digests_are_equal_exactly_when_units_are(one: Unit, other: Unit) -> None:
    same = type(one) is type(other) and one == other
    assert (codec.digest(codec.dump(one)) == codec.digest(codec.dump(other))) is same


def test_defaults_are_left_out() -> None:
    assert codec.dump(faq("a", "问", "答")) == {"kind": "faq", "id": "a", "question": "问", "answer": "答"}


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 pair"])
def test_what_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(ContentError, match="faq:photo"):
        codec.digest(codec.dump(faq(answer=text)))


def test_a_backslash_before_u0000_is_text() -> None:
    codec.digest(codec.dump(faq(answer=r"写作 \u0000 的文字")))
