"""Temporary files at the platform (临时素材): kept three days.

Limits of the upload interface: images 2 MB, voices 2 MB, videos 10 MB, thumbnails 64 KB.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from channels.wechat.simulator.refusals import Refusal
from foundation.clock import Clock

KEPT = timedelta(days=3)
LARGEST = {"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10, "file": 20 << 20}
SIGNS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"#!AMR": "audio/amr",
    b"ID3": "audio/mp3",
}


@dataclass(frozen=True)
class File:
    kind: str
    content: bytes
    content_type: str
    until: datetime


class Media:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        self._numbers = count(1)

    def put(self, kind: str, content: bytes) -> str:
        """Keep a file; its media id.

        Raises:
            Refusal: 40004 kind, 40005 content of another kind, 40006 size, 41005 nothing.
        """
        if kind not in LARGEST:
            raise Refusal(40004)
        if not content:
            raise Refusal(41005)
        if len(content) > LARGEST[kind]:
            raise Refusal(40006)
        content_type = type_of(content)
        if kind in ("image", "thumb") and not content_type.startswith("image/"):
            raise Refusal(40005)
        media_id = f"simulated-media-{next(self._numbers):06d}"
        self._files[media_id] = File(kind, content, content_type, self._clock.now() + KEPT)
        return media_id

    def get(self, media_id: object) -> File:
        """A file by its id.

        Raises:
            Refusal: 40007.
        """
        file = self._files.get(str(media_id))
        if file is None or self._clock.now() >= file.until:
            raise Refusal(40007)
        return file


def type_of(content: bytes) -> str:
    return next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), "application/octet-stream")


def silence(seconds: int = 3) -> bytes:
    """A voice message without a sound: AMR-NB, 4.75 kbit/s, 50 frames a second."""
    frame = bytes([0x04]) + bytes(12)
    return b"#!AMR\n" + frame * (50 * seconds)


def picture(width: int = 240, height: int = 160) -> bytes:
    """A PNG to send as a photograph: a sheet of paper with lines."""
    rows = bytearray()
    for y in range(height):
        line = 24 < y < height - 24 and y % 16 < 3
        rows.append(0)
        for x in range(width):
            edge = min(x, y, width - 1 - x, height - 1 - y) < 6
            rows += b"\x9a\xa7\xb3" if line and 28 < x < width - 28 else b"\xd9\xe2\xe9" if edge else b"\xfa\xfa\xf7"
    parts = ((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(rows), 9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
