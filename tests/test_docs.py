"""What the documentation says must be so: links, verbs, commands, dependencies, examples."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.cli.main import COMMANDS
from foundation.migrate import table_modules
from foundation.settings import ROOT, Settings
from knowledge_base.importing.columns import catalogue
from knowledge_base.model import KINDS, parse_unit
from knowledge_base.model.registry import TYPES
from knowledge_base.model.unit import Unit

README = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")}
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTENT = (ROOT / "docs" / "content.md").read_text(encoding="utf-8")
MADE = re.compile(r"(?:^|&& |[A-Z]=\S+ )make ([a-z][a-z-]*)", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

INDEXES = re.compile(
    r"(?:pypi|python[h]osted|test\.pypi|anaconda|conda\.io|tuna\.tsinghua|mirrors\.\w+)\.(?:org|com|cn|edu|io)|"
    r"registry\.npm|npmmirror|simple/\s*$|--(?:extra-)?index-url",
    re.IGNORECASE | re.MULTILINE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home/\w+|root|work|Users/\w+|tmp/\w+)(?:/|\b)")
"""Folders of one particular machine. /srv, /usr, /etc and /path/to are everybody's."""


@cache
def tracked() -> list[Path]:
    """The project's own text files: those that Git tracks, or would."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.skip("this is no Git checkout")
    files = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    binary = {".png", ".jpg", ".xlsx", ".gz", ".npz", ".ico"}
    return [file for file in files if file.is_file() and file.suffix not in binary]


def documents() -> list[Path]:
    return [file for file in tracked() if file.suffix == ".md"]


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """The fragments that GitHub makes of headings."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def named_in_tables(text: str) -> set[str]:
    """The names in backticks in the first cell of a table's rows."""
    cells = re.findall(r"^\| *(`[^|]*?) *\|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def normalised(requirement: str) -> str:
    """A requirement's name as package indexes compare it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def declared() -> set[str]:
    """The dependencies of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert len(lists) == 2
    return {normalised(one) for block in lists for one in re.findall(r'^ *"([^"]+)"', block, re.MULTILINE)}


def test_relative_links_lead_somewhere() -> None:
    broken = []
    for document in documents():
        for link in re.findall(r"\]\(([^)\s]+)\)", without_code(document.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, fragment = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists():
                broken.append(f"{document.relative_to(ROOT)}: {link}")
            elif fragment and fragment not in anchors(target.read_text(encoding="utf-8")):
                broken.append(f"{document.relative_to(ROOT)}: {link} (no such heading)")
    assert not broken


def test_every_dependency_has_its_reason() -> None:
    explained = {normalised(name) for name in named_in_tables((ROOT / "docs/dependencies.md").read_text("utf-8"))}
    assert explained == declared()


def test_make_verbs_exist() -> None:
    rules = re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    verbs = {verb for rule in rules for verb in rule.split()}
    for document in documents():
        text = document.read_text(encoding="utf-8")
        code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(body for _, body in FENCE.findall(text))])
        assert set(MADE.findall(code)) <= verbs, document


def test_commands_exist() -> None:
    for document in documents():
        text = document.read_text(encoding="utf-8")
        code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *(body for _, body in FENCE.findall(text))])
        commands = set(re.findall(r"(?<![\w=/.:-])(?:\.venv/bin/)?zhengwu ([a-z-]+)", code))
        assert commands <= COMMANDS.keys(), document


@pytest.mark.parametrize("name", README)
def test_the_readme_is_of_both_languages_alike(name: str) -> None:
    commands = {
        other: [
            line.split("#")[0].strip()
            for kind, body in FENCE.findall(text)
            if kind == "sh"
            for line in body.split("\n")
        ]
        for other, text in README.items()
    }
    ours = {line for line in commands[name] if line and not line.startswith(("git clone", "sudo"))}
    others = {line for other, lines in commands.items() if other != name for line in lines}
    missing = ours - others
    assert not missing - {".venv/bin/zhengwu doctor"}


def test_settings_named_in_documents_exist() -> None:
    known = {f"ZHENGWU_{field.upper()}" for field in Settings.__fields__} | {"ZHENGWU_PYTHON"}
    for document in documents():
        named = set(re.findall(r"ZHENGWU_(?!TEST_)[A-Z_]*[A-Z]", document.read_text(encoding="utf-8")))
        assert named <= known, document


def test_modules_named_in_the_architecture_exist() -> None:
    paths = re.findall(r"`((?:foundation|knowledge_base|channels|actions|bot|data)/[\w/.]*)`", ARCHITECTURE)
    assert paths and all((ROOT / path).exists() for path in paths), [p for p in paths if not (ROOT / p).exists()]


def test_every_table_is_in_the_architecture() -> None:
    tables = ARCHITECTURE.partition("## Tables")[2]
    named = named_in_tables(tables)
    for module in table_modules():
        source = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
        assert set(re.findall(r'= Table\(\s*"(\w+)"', source)) <= named, module


def test_every_decision_is_in_their_index() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    missing = [file.name for file in decisions.glob("[0-9]*.md") if f"({file.name})" not in index]
    assert not missing, "add a line to docs/decisions/README.md"


def test_every_field_of_the_content_model_is_described() -> None:
    names = set(re.findall(r"\b[a-z][a-z_]+\b", CONTENT))
    models: list[type[Unit]] = [Unit, *TYPES.values()]
    for model in models:
        assert set(model.__fields__) <= names, model.__name__
    assert set(KINDS) <= names


def test_headings_named_for_tables_are_understood() -> None:
    section = CONTENT.partition("## Tables")[2]
    for kind, table in re.findall(
        r"^\| (FAQ|service item) \| headings \|\n\| --- \| --- \|\n((?:\|.*\n)+)", section, re.MULTILINE
    ):
        fields = catalogue()["faq" if kind == "FAQ" else "item"]
        assert named_in_tables(table) == set(fields), kind
        known = {heading for headings in fields.values() for heading in headings}
        shown = re.sub(r"\([^)]*\)", "", " ".join(row.split("|")[2] for row in table.strip().split("\n")))
        assert set(re.findall(r"[\u4e00-\u9fff]+", shown)) <= known


def test_the_examples_are_good_content() -> None:
    found = 0
    for text in (*README.values(), CONTENT):
        for kind, body in FENCE.findall(text):
            if kind == "yaml":
                raw = yaml.safe_load(body)
                parse_unit(raw if "kind" in raw else {"kind": "item", "id": "x", "name": "x", **shared(raw)})
                found += 1
    assert found == 6


def shared(raw: dict[str, object]) -> dict[str, object]:
    """A fragment of an item."""
    assert raw.keys() <= {"situations", "aspects"}
    return raw


def test_no_index_host_and_no_path_of_one_machine() -> None:
    here = Path(__file__)
    found = []
    for file in tracked():
        if file == here:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            if INDEXES.search(line) or (
                MACHINE_PATHS.search(line) and file.suffix in {".md", ".lock", ".toml", ".yml", ".sh"}
            ):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found
