"""Voice messages made text by a program of the operator's, where WeChat sends no text of its own.

ZHENGWU_SPEECH_COMMAND is called with the path of the recording (AMR or Speex) as its last argument and prints what was
said, in UTF-8. It has LIMIT seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from channels.delivery.platform import SendError
from channels.wechat.media import File
from foundation.errors import ConfigError

log = logging.getLogger(__name__)

LIMIT = 20.0
AT_ONCE, WAITING = 2, 8
MOST_CHARACTERS = 1000

Download = Callable[[str], Awaitable[File]]


class Speech:
    def __init__(self, command: str, download: Download, limit: float = LIMIT) -> None:
        """Raises ConfigError: there is no such program."""
        self._command = shlex.split(command)
        if not self._command or shutil.which(self._command[0]) is None:
            raise ConfigError("ZHENGWU_SPEECH_COMMAND names no program on this machine: correct it, or leave it empty")
        self._download, self._limit = download, limit
        self._room, self._queued = asyncio.Semaphore(AT_ONCE), 0

    async def text(self, media_id: str, kind: str) -> str | None:
        """What was said in a recording; None where that cannot be found out.

        Args:
            kind: the format as WeChat names it, `amr` or `speex`.
        """
        if self._queued >= AT_ONCE + WAITING:
            return None
        self._queued += 1
        try:
            async with self._room:
                return await self._heard(media_id, kind)
        except SendError as error:
            log.warning("a recording could not be had: %s", error)
        except asyncio.TimeoutError:
            log.warning("ZHENGWU_SPEECH_COMMAND took more than %g s", self._limit)
        except OSError as error:
            log.error("ZHENGWU_SPEECH_COMMAND cannot be run (%s)", type(error).__name__)
        finally:
            self._queued -= 1
        return None

    async def _heard(self, media_id: str, kind: str) -> str | None:
        recording = await self._download(media_id)
        suffix = f".{kind}" if kind.isalnum() and len(kind) < 8 else ".amr"
        with tempfile.TemporaryDirectory(prefix="voice-") as folder:
            path = Path(folder) / f"voice{suffix}"
            path.write_bytes(recording.content)
            said = await self._run(path)
        return said[:MOST_CHARACTERS].strip() or None

    async def _run(self, path: Path) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), self._limit)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            log.warning("ZHENGWU_SPEECH_COMMAND ended with code %d", process.returncode)
            return ""
        return out.decode("utf-8", "replace")
