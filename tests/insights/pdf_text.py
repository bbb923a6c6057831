"""Reads the texts of a PDF back, as a reader does that knows the font's encoding (Unicode, two bytes a character)."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode

STREAM = re.compile(rb"(<<(?:(?!stream).)*?>>)\s*stream\r?\n(.*?)endstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)\s*Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[str]:
    """The texts of each page, in the order in which they are drawn, one to a line."""
    assert pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-16:]
    assert b"/UniGB-UCS2-H" in pdf
    found = []
    for head, data in STREAM.findall(pdf):
        if b"/ASCII85Decode" in head:
            data = a85decode(data.strip().removesuffix(b"~>"))
        texts = SHOWN.findall(zlib.decompress(data))
        if texts:
            found.append("\n".join(_bytes(text).decode("utf-16-be") for text in texts))
    return found


def count(pdf: bytes) -> int:
    """How many pages it has, as its catalogue says."""
    return int(re.findall(rb"/Count (\d+)", pdf)[0])


def _bytes(text: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if code.isdigit() else NAMED.get(code, code)

    return ESCAPED.sub(plain, text)
