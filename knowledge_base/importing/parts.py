"""The XML parts of a workbook, an element at a time: what nobody asks for is forgotten, and none is without end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element

from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from knowledge_base.importing.archives import Archive
from knowledge_base.importing.bounds import LARGEST_ELEMENT, MOST_TAGS, TooMuch


class Parts(Archive):
    """A workbook. Of what openpyxl reads whole (the names of its sheets and parts), the size is bounded."""

    def __init__(self, path: Path, largest: int) -> None:
        super().__init__(path.read_bytes())
        if sum(part.file_size for part in self.infolist()) > largest:
            raise TooMuch(f"unpacked it is larger than {largest >> 20} MB; divide it")

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        with self.open(name) as part:
            return _Bounded(part).read(LARGEST_ELEMENT + 1)


def elements(part: IO[bytes], *wanted: str) -> Iterator[Element]:
    """The elements with these names, each whole when it ends and gone when the next one is asked for.

    Args:
        wanted: `parent/name`, in the namespace of sheets.

    Raises:
        TooMuch: one of them, or anything else that has to be there at once, is too large.
    """
    pairs = (name.split("/") for name in wanted)
    parents = {f"{{{SHEET_MAIN_NS}}}{name}": f"{{{SHEET_MAIN_NS}}}{parent}" for parent, name in pairs}
    source: Any = _Bounded(part)
    path: list[Element] = []
    depth = 0
    for event, element in iterparse(source, events=("start", "end")):
        if event == "start":
            path.append(element)
            if not depth and len(path) > 1 and parents.get(element.tag) == path[-2].tag:
                depth = len(path)
            continue
        if len(path) == depth:  # of what was begun as wanted
            yield element
            depth = 0
        path.pop()
        if path and not depth:
            path[-1].remove(element)
            source.forget()


class _Bounded:
    """The bytes of a part, and how many there were since something was forgotten."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part = part
        self.forget()

    def forget(self) -> None:
        self._bytes = self._tags = 0

    def read(self, size: int) -> bytes:
        piece = self._part.read(size)
        self._bytes += len(piece)
        self._tags += piece.count(b"<")
        if self._bytes > LARGEST_ELEMENT or self._tags > MOST_TAGS:
            raise TooMuch("has one row or one list without end; copy the table into a new workbook")
        return piece
