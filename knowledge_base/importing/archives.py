"""Zip files, as which many small files, and workbooks, come."""

from __future__ import annotations

import io
import zipfile

from knowledge_base.importing.bounds import MOST_PARTS, TooMuch

ENTRY = b"PK\x01\x02"
"""With this begins what a zip says of each of its files."""


class Archive(zipfile.ZipFile):
    """A zip with a bound on its files, which are counted before each of them becomes an object.

    Raises:
        TooMuch: it has more.
        Exception: whatever zipfile raises for a broken file.
    """

    def __init__(self, content: bytes) -> None:
        if content.count(ENTRY) > MOST_PARTS:
            raise TooMuch(f"is a zip of more than {MOST_PARTS} files; divide it")
        super().__init__(io.BytesIO(content))
