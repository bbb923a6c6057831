"""Looking for personal data where none should be: every table's texts, every log file and export.

What is found is named by its place and kind, never by its value. What the office itself has published, its telephone
numbers above all, is no personal data wherever it is repeated.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, Table, select
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator, TypeEngine

from foundation.database import metadata
from foundation.masking import EMAIL, Found, find
from foundation.words import Words

RULES = Words(Path(__file__).with_suffix(".yml"))
LETTERS = 6
"""Whatever stands in a word with so many letters is part of a random name: digests are full of such numbers."""
_WORD = re.compile(r"[0-9A-Za-z_-]+")
LOCAL = (7, 8)
"""Digits of a telephone number without its area's."""

Look = Callable[[str], Collection[str]]
"""Text → the kinds of what is found in it."""


@dataclass(frozen=True)
class Finding:
    place: str
    """`table.column`, or a file."""
    row: str
    """The primary key, or the line."""
    kind: str

    def __str__(self) -> str:
        return f"{self.place}  {self.row}  {self.kind}"


@dataclass
class Office:
    """The office's own numbers and addresses, in plain spelling."""

    known: set[str] = field(default_factory=set)

    def learn(self, text: str) -> None:
        for one in find(text, whole=False):
            value = _plain(one)
            self.known.update((value, *(value[-digits:] for digits in LOCAL if one.kind == "landline")))

    def is_own(self, one: Found) -> bool:
        return _plain(one) in self.known


def of_office(tx: Connection, more: Collection[str] = ()) -> Office:
    """What the tables of the office say, and what its settings do."""
    office = Office()
    for text in more:
        office.learn(text)
    for table in _tables(RULES.entry("office")):
        for _, _, text in _texts(tx, table):
            office.learn(text)
    return office


def identifiers(office: Office) -> Look:
    """Looks for identifiers, by the shapes that masking knows."""

    def look(text: str) -> list[str]:
        return [one.kind for one in find(text, whole=False) if not office.is_own(one) and not _random(text, one)]

    return look


def traces(user: str) -> Look:
    """Looks for one citizen, by what the channel calls them."""
    return lambda text: ["citizen"] if user in text else []


def tables(tx: Connection, look: Look) -> Iterator[Finding]:
    """Look through every table that is not the office's own. The modules of all packages must have been imported."""
    office = set(RULES.entry("office"))
    for table in metadata.sorted_tables:
        if table.name not in office:
            for column, row, text in _texts(tx, table):
                for kind in look(text):
                    yield Finding(f"{table.name}.{column}", row, kind)


def files(folder: Path, look: Look) -> Iterator[Finding]:
    """Look through the text files of a folder, those that are packed included."""
    rebuilt = {folder / name for name in RULES.entry("rebuilt")}
    for file in sorted(folder.rglob("*")):
        if rebuilt.isdisjoint(file.parents) and file.is_file():
            for name, line, text in _lines(file):
                for kind in look(text):
                    yield Finding(name, f"line {line}", kind)


def _tables(names: Collection[str]) -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name in names]


def _texts(tx: Connection, table: Table) -> Iterator[tuple[str, str, str]]:
    """(column, row, text) of every text in a table, those inside of JSON one by one."""
    machines = set(RULES.entry("machines"))
    keys = list(table.primary_key.columns)
    wanted = [column for column in table.columns if column.name not in machines and _is_text(column.type)]
    if not wanted:
        return
    query = select(*keys, *wanted).execution_options(yield_per=500)
    for row in tx.execute(query):
        name = "/".join(str(value) for value in row[: len(keys)])
        for column, value in zip(wanted, row[len(keys) :]):
            for text in _leaves(value, machines):
                yield column.name, name, text


def _is_text(kind: TypeEngine[Any]) -> bool:
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    return isinstance(plain, (String, JSON))


def _leaves(value: Any, machines: set[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in machines:
                yield str(key)
                yield from _leaves(inner, machines)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, machines)
    elif isinstance(value, int):
        yield str(value)


def _lines(file: Path) -> Iterator[tuple[str, int, str]]:
    """(file, line, text); of a file that cannot be read nothing."""
    text, packed = RULES.entry("text"), RULES.entry("packed")
    try:
        if file.suffix in text:
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from ((str(file), number, line) for number, line in enumerate(lines, 1))
        elif file.suffix in packed:
            with zipfile.ZipFile(file) as inside:
                for name in inside.namelist():
                    content = inside.read(name).decode("utf-8", "replace")
                    yield from ((f"{file}:{name}", number, line) for number, line in enumerate(content.split("\n"), 1))
    except (OSError, zipfile.BadZipFile):
        return


def _random(text: str, one: Found) -> bool:
    """Whether it stands inside of a longer word with letters, as a digest or a message's name."""
    if one.kind == EMAIL:
        return False
    for word in _WORD.finditer(text, max(0, one.start - 80), one.end + 80):
        if word.start() <= one.start and one.end <= word.end():
            around = text[word.start() : one.start] + text[one.end : word.end()]
            return sum(letter.isalpha() for letter in around) >= LETTERS
    return False


def _plain(one: Found) -> str:
    return one.value.lower() if one.kind == EMAIL else re.sub(r"[^0-9A-Z]", "", one.value.upper())
