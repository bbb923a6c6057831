"""What a file is by its content, whatever its name says; only what citizens may be given is known."""

from __future__ import annotations

import io
import zipfile

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "png": "image/png",
}
"""By the ending of a file's name."""
BEGINNINGS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of the older Office files; the names of their streams are UTF-16."""
STREAMS = {"WordDocument": "doc", "Workbook": "xls"}
MACROS = "_VBA_PROJECT"
PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
MOST_PARTS = 5000


def kind_of(content: bytes) -> str | None:
    """The ending of the type that a content is; None for any other, and for Office files with macros."""
    for beginning, ending in BEGINNINGS.items():
        if content.startswith(beginning):
            return ending
    if content.startswith(COMPOUND):
        return _compound(content)
    return _package(content) if content.startswith(b"PK\x03\x04") else None


def _compound(content: bytes) -> str | None:
    if MACROS.encode("utf-16-le") in content:
        return None
    found = [ending for name, ending in STREAMS.items() if name.encode("utf-16-le") in content]
    return found[0] if len(found) == 1 else None


def _package(content: bytes) -> str | None:
    """Only the list of parts is read: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return None
    if len(names) > MOST_PARTS or "[Content_Types].xml" not in names:
        return None
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
        return None
    found = [ending for part, ending in PARTS.items() if part in names]
    return found[0] if len(found) == 1 else None
