"""The assistant's sentences: every one that code asks for exists, can be filled in, and stands in YAML only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml

from foundation.settings import ROOT
from knowledge_base.answering import engine
from knowledge_base.answering.phrases import FILE, aspect_name, has_phrase, phrase
from knowledge_base.model.item import ASPECTS

HAN = re.compile("[㐀-鿿]")
CODE = ("knowledge_base/answering", "actions", "bot", "channels")
FOR_OPERATORS = (
    *("bot/cli", "bot/progress.py", "bot/conversation.py", "bot/doctor/", "bot/scoring.py"),
    *("channels/wechat/account.py", "channels/wechat/api.py", "channels/wechat/errors.py", "channels/wecom/"),
    *("channels/wechat/simulator/", "actions/portal/sandbox"),
)
"""What they print is read by the person who runs the command, and names pages of the platforms' consoles."""
LANGUAGE = {
    "bot/production.py": "by which content and settings of the sample city are known",
    "knowledge_base/answering/choice.py": "patterns of how a choice is said",
    "knowledge_base/answering/clauses.py": "how questions are asked and taken back",
    "knowledge_base/answering/follow_up.py": "how a message leans on another",
    "knowledge_base/answering/days.py": "how days are called",
    "knowledge_base/answering/learning.py": "no sentence to a citizen",
    "knowledge_base/answering/looking_up.py": "how one asks to see something",
    "actions/applications/numbers.py": "what stands before and after the number of an application",
    "actions/complaints/hearing.py": "how a complaint is begun, and how its questions are answered",
    "channels/wechat/fields.py": "how platforms write dates and amounts",
    "channels/wechat/messages.py": "which of the words for going on is never a question",
}
WORDS_OF_THE_MODEL = {"工作日", "自然日", "零", "行政给付", "行政许可"}
"""Values that are compared with, never said."""


def flat(content: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


PHRASES = dict(flat(yaml.safe_load(FILE.read_text(encoding="utf-8"))))


def sources() -> list[Path]:
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Each `phrase(…)` in the code: where, the name (`*` for what is put in), the values given (None: unknown)."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "phrase" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    name = str(first.value)
                elif isinstance(first, ast.JoinedStr):
                    name = "".join(one.value if isinstance(one, ast.Constant) else "*" for one in first.values)
                else:
                    continue
                keywords = [keyword.arg for keyword in node.keywords]
                given = None if None in keywords else {str(keyword) for keyword in keywords}
                yield f"{path.relative_to(ROOT)}:{node.lineno}", name, given


def test_every_phrase_asked_for_exists_and_gets_its_values() -> None:
    found = list(calls())
    assert len(found) > 20
    for where, name, given in found:
        pattern = re.compile(re.escape(name).replace(r"\*", "[a-z_]+"))
        fitting = [text for known, text in PHRASES.items() if pattern.fullmatch(known)]
        assert fitting, f"{where} asks for {name}"
        if given is not None and "*" not in name:
            wanted = {field for _, field, _, _ in Formatter().parse(fitting[0]) if field}
            assert wanted <= given, f"{where} gives {given} to {name}"


def test_every_kind_of_talk_and_aspect_has_words() -> None:
    assert all(has_phrase(kind) for kind in engine.SMALLTALK)
    assert all(aspect_name(aspect) for aspect in ASPECTS)


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_each_can_be_filled_in(name: str) -> None:
    fields = {field for _, field, _, _ in Formatter().parse(PHRASES[name]) if field}
    text = phrase(name, **dict.fromkeys(fields, "…"))
    assert text.strip() and "{" not in text and "}" not in text


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrase("no_such_phrase")
    with pytest.raises(KeyError):
        phrase("handover")


def test_a_person_is_never_far() -> None:
    for name in ("fallback", "greet", "bot_challenge", "expired", "aspect_missing"):
        assert "0" in PHRASES[name]


def test_sentences_stand_in_yaml_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sources()
        if not path.relative_to(ROOT).as_posix().startswith(FOR_OPERATORS)
        and path.relative_to(ROOT).as_posix() not in LANGUAGE
        for line, text in chinese(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def chinese(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings with Chinese characters that are neither documentation nor patterns."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
            skipped |= {id(child) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in skipped:
            continue
        if HAN.search(node.value) and node.value not in WORDS_OF_THE_MODEL:
            yield node.lineno, node.value
