"""The sentences about applications: each that code asks for exists, can be filled in, and reads as one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from string import Formatter
from typing import Any

import pytest
import yaml

from actions.applications.sentences import FILE, in_words, law, sentence
from actions.portal.application import State
from foundation.settings import ROOT

CONTENT: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
PIECES = re.compile(
    "day|state|span|wait|laws|option|heading|dated|on_day|already|separator|hidden|cut|nameless"
    r"|choose(_some)?$|notice|correct\.(several|line|noted)"
)
"""What stands within a sentence, or before a list."""
NO_ONE_TO_ASK = {"three_failures", "locked", "mine_empty", "code_not_offered", "reminder_not_offered", "reminder_ended",
                 "closed.otherwise"}  # fmt: skip
DOUBLE = re.compile("[，。；：、！？]{2}")


def flat(content: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        assert isinstance(name, str), f"{above}{name}: YAML reads this name as something else"
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


SENTENCES = dict(flat({name: value for name, value in CONTENT.items() if name != "laws"}))


def fields(name: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(SENTENCES[name]) if field}


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Each `sentence(…)` about applications: where, the name (`*` for what is put in), the values (None: unknown)."""
    for path in sorted((ROOT / "actions").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if re.search(r"from actions\.applications\.sentences import [^\n]*\bsentence\b", source) is None:
            continue  # its sentences are of another file
        for node in ast.walk(ast.parse(source)):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence" and node.args):
                continue
            given = {str(keyword.arg) for keyword in node.keywords if keyword.arg}
            whole = all(keyword.arg for keyword in node.keywords)
            first = node.args[0]
            for one in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(one, ast.Constant):
                    yield f"{path.name}:{node.lineno}", str(one.value), given if whole else None
                elif isinstance(one, ast.JoinedStr):
                    name = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in one.values)
                    yield f"{path.name}:{node.lineno}", name, given if whole else None


def test_every_sentence_asked_for_exists_and_gets_its_values() -> None:
    found = list(calls())
    assert len(found) > 40
    for where, name, given in found:
        pattern = re.compile(re.escape(name).replace(r"\*", "[a-z_]+"))
        fitting = [known for known in SENTENCES if pattern.fullmatch(known)]
        assert fitting, f"{where} asks for {name}"
        if given is not None and "*" not in name:
            assert fields(name) <= given, f"{where} gives {given} to {name}"


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_each_can_be_filled_in(name: str) -> None:
    text = sentence(name, **dict.fromkeys(fields(name), "某"))
    assert text.strip() == text and text
    assert "{" not in text and not DOUBLE.search(text) and not re.search("[,;:!?]", text)
    assert text.count("“") == text.count("”") and text.count("（") == text.count("）")
    if not PIECES.match(name):
        assert all(line[-1] in "。？：" or "某" in line for line in text.split("\n")), text


@pytest.mark.parametrize(
    "name", sorted(name for name in SENTENCES if name in NO_ONE_TO_ASK or name.startswith("trouble."))
)
def test_who_cannot_be_helped_here_is_told_who_can(name: str) -> None:
    assert "{hotline}" in SENTENCES[name]


@pytest.mark.parametrize("name", sorted(name for name in SENTENCES if re.match("ask_|waiting_", name)))
def test_the_form_can_be_left_or_the_code_asked_for_again(name: str) -> None:
    assert "“算了”" in SENTENCES[name] or "“再发一次”" in SENTENCES[name]


def test_every_state_has_a_name() -> None:
    assert {name.partition(".")[2] for name in SENTENCES if name.startswith("state.")} == {one.value for one in State}


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("no_such_sentence")
    with pytest.raises(KeyError):
        sentence("locked", hotline="12345")


def test_the_law_is_cited_by_title_article_and_date() -> None:
    for name in CONTENT["laws"]:
        cited = law(name)
        assert cited.keys() == {"title", "article", "number", "url", "date"}
        assert cited["title"].startswith("中华人民共和国") and cited["article"].startswith("第")
        assert date.fromisoformat(cited["date"]) < date(2026, 11, 1)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 26), "11月26日"),
        (date(2026, 11, 23), "今天（11月23日）"),
        (date(2027, 1, 5), "2027年1月5日"),
        (date(2025, 12, 31), "2025年12月31日"),
    ],
)
def test_days_in_words(day: date, said: str) -> None:
    assert in_words(day, date(2026, 11, 23)) == said
