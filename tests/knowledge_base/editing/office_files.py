"""Files as offices have them, as small as they can be, and some that only look like them."""

from __future__ import annotations

import io
import zipfile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def package(*parts: str) -> bytes:
    """A zip with these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        for part in parts:
            content.writestr(part, "<x/>")
    return file.getvalue()


def compound(*streams: str) -> bytes:
    return OLE + b"\x00" * 64 + b"\x00\x00".join(name.encode("utf-16-le") for name in streams)


TYPES = "[Content_Types].xml"
PDF = b"%PDF-1.7\n1 0 obj\n"
GOOD = {
    "pdf": PDF,
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "docx": package(TYPES, "word/document.xml"),
    "xlsx": package(TYPES, "xl/workbook.xml"),
    "doc": compound("Root Entry", "WordDocument"),
    "xls": compound("Root Entry", "Workbook"),
}
BAD = {
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a picture with script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a program": b"MZ\x90\x00",
    "a script": b"#!/bin/sh\nrm -rf /",
    "text": b"hello",
    "an archive": package("a.txt"),
    "half an archive": package(TYPES, "word/document.xml")[:-30],
    "an archive of both": package(TYPES, "word/document.xml", "xl/workbook.xml"),
    "a document with macros": package(TYPES, "word/document.xml", "word/vbaProject.bin"),
    "an old document with macros": compound("WordDocument", "_VBA_PROJECT"),
    "an installer": compound("Root Entry"),
    "a shortcut": b"L\x00\x00\x00\x01\x14\x02\x00",
    "a page behind some space": b"  %PDF-1.7",
}
