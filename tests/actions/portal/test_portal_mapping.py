"""Mapping files: what is right is read, what is wrong is named with file and place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.portal.application import State
from actions.portal.mapping import BUILT_IN, load
from foundation.errors import ConfigError
from foundation.settings import ROOT

EXAMPLE = re.search(r"^```yaml\n(.*?)^```$", (ROOT / "docs/portal.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ours.yml"


def changed(file: Path, place: str, value: Any) -> Path:
    """The built-in mapping with one thing changed; None takes it out."""
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    *path, last = place.split("/")
    part = content
    for step in path:
        part = part.setdefault(step, {})
    if value is None:
        del part[last]
    else:
        part[last] = value
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def test_the_example_in_the_documentation_is_good(file: Path) -> None:
    assert EXAMPLE is not None
    file.write_text(EXAMPLE[1], encoding="utf-8")
    mapping = load(file)
    assert mapping.states["07/2"] is State.REFUSED  # type: ignore[index]
    assert mapping.operations.keys() == {"with_last_four", "send_code", "with_code", "watched"}


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("operations/with_last_four/json/proof/value", "1234", "operations.with_last_four: {proof} is sent nowhere"),
        ("operations/with_last_four/json/number", "x", "operations.with_last_four: {number} is sent nowhere"),
        ("operations/watched/json/watch_token", "{number}", "operations.watched.json: {number} has no value here"),
        ("operations/mine/headers/Authorization", "Bearer {tokn}", "operations.mine.headers: {tokn} has no value here"),
        ("operations/mine/query", {"secret": "{secret}"}, "operations.mine.query: {secret} has no value here"),
        ("operations/mine/form", {}, "operations.mine: a GET has neither"),
        ("operations/send_code/form", {"a": "b"}, "operations.send_code: there is either `form` or `json`"),
        ("operations/send_code/repeatable", True, "operations.send_code.repeatable: this operation must never"),
        ("operations/with_code/repeatable", True, "operations.with_code.repeatable: this operation must never"),
        ("operations/with_code", None, "send_code and with_code need each other"),
        ("operations/lookup", {"path": "/"}, "operations"),
        ("operations/health/method", "DELETE", "operations.health.method"),
        ("operations/health/path", "v1/health", "operations.health.path"),
        ("operations/health/path", "/../health", "operations.health.path"),
        ("operations/health/path", "/health?a=1", "operations.health.path"),
        ("operations/health/path", "/{token}", "operations.health.path: {token} has no value here"),
        ("operations/health/headers", {"Host": "a"}, "operations.health.headers: 'Host' cannot be set"),
        ("operations/health/headers", {"X A": "a"}, "operations.health.headers: 'X A' cannot be set"),
        ("operations/health/headers", {"X-A": "a\r\nX-B: b"}, "operations.health.headers.X-A: must be text"),
        ("operations/health/headers", {"X-A": "值"}, "operations.health.headers.X-A: must be text"),
        ("operations/health/timeout", 9, "operations.health.timeout: extra fields not permitted"),
        ("signature/algorithm", "md5", "signature.algorithm"),
        ("signature/timestamp", "minutes", "signature.timestamp: 'minutes' must be"),
        ("signature/canonical", "{secret}", "signature.canonical: {secret} has no value here"),
        ("signature/headers", {"X-Key": "{key}"}, "signature: {signature} is sent nowhere"),
        ("states/01", "done", "states.01"),
        ("states/01", "unknown", "states.01: unknown is what"),
        ("units/days", "days", "units.days"),
        ("application/state", None, "application.state: field required"),
        ("application/handler", "a", "application.handler: extra fields not permitted"),
        ("application/phone", "a..b", "application.phone: must be a place"),
        ("application/phone", ["a"], "application.phone: must be a place"),
        ("application/watch_token", None, "operations.watched needs application.watch_token"),
        ("summary", None, "operations.mine needs the section summary"),
        ("errors/body/values/x", "wrong-proof", "errors.body.values.x"),
        ("errors/status", {"not found": "not-matched"}, "errors.status"),
        ("formats/times", ["YYYY"], "formats.times.0: 'YYYY' must be"),
        ("formats/zone", "Asia/Shanghai", "formats.zone: 'Asia/Shanghai' must be"),
        ("success", {"path": "code", "values": [0]}, "success.values.0: must stand in quotes (YAML read it as 0)"),
        ("absent", [False], "absent.0: must stand in quotes (YAML read it as False)"),
        ("name", "a b", "name"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_place(file: Path, place: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(changed(file, place, value))
    assert str(file) in str(caught.value) and said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("states:\n  a: review\n  a: granted\n", "'a' stands twice"),
        ("a: [", "line 1"),
        ("- a", "dict"),
        ("", "field required"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("? [a]\n: b", "unhashable"),
        ("\0", "not YAML"),
    ],
)
def test_what_is_no_mapping(file: Path, text: str, said: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    if said != "field required":
        assert said in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("word", "read"), [("01", "1"), ("no", "False"), ("1.0", "1.0"), ("2026-11-26", "datetime.date")]
)
def test_words_without_quotes(file: Path, word: str, read: str) -> None:
    text = BUILT_IN.read_text(encoding="utf-8")
    file.write_text(text.replace("  submitted: submitted", f"  {word}: submitted"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert f"{file}: states: must stand in quotes (YAML read it as {read}" in str(caught.value)


def test_files_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(file)
    file.write_bytes(b"name: \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(file)


def test_what_a_portal_lacks_is_left_out(file: Path) -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    content["operations"] = {"with_last_four": content["operations"]["with_last_four"]}
    for section in ("signature", "summary", "code", "units", "ways"):
        del content[section]
    content["application"] = {"state": "s", "item_name": "n"}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert load(file).operations.keys() == {"with_last_four"}
