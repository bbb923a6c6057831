from __future__ import annotations

import re
from string import Formatter
from typing import Any

import yaml

from channels.messages import SENTENCES, entry

FILES = [path.read_text(encoding="utf-8") for path in SENTENCES.parent.rglob("*.py")]
CODE = "\n".join(text for text in FILES if "from channels.messages import" in text)
"""What takes its sentences from here; rendering and the platforms have words of their own."""
FILLED = {"field", "limit", "seconds", "hotline", "minutes", "channel", "left"}


def leaves(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {name: text for key, inner in value.items() for name, text in leaves(inner, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {
            name: text for number, inner in enumerate(value) for name, text in leaves(inner, f"{path}.{number}").items()
        }
    return {path.lstrip("."): str(value)}


def test_every_sentence_that_code_names_exists() -> None:
    names = set(re.findall(r'(?:sentence|entry)\("([a-z_.]+)"', CODE))
    names |= {f"pages.{name}" for name in re.findall(r'(?:page|answer)\((?:request, )?"([a-z_]+)"', CODE)}
    assert len(names) > 12
    for name in names:
        entry(name)


def test_braces_are_those_that_code_fills() -> None:
    for text in leaves(yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))).values():
        assert {field for _, field, _, _ in Formatter().parse(text) if field} <= FILLED


def test_no_chinese_sentence_stands_in_scripts() -> None:
    """Of Python code, knowledge_base's tests of phrases say it."""
    for path in SENTENCES.parent.rglob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"""["'`][^"'`]*[\u4e00-\u9fff]{3,}[^"'`]*["'`]""", line):
                assert "label" in line, f"{path.name}: {line.strip()}"  # the widget's, which the embedding page sets
