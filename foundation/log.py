"""Logging: one line of key=value pairs to stderr, with nothing personal in it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from foundation.log_files import DailyFile
from foundation.masking import redact
from foundation.settings import get_settings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISY = (
    "rasa", "sanic.root", "sanic.error", "sanic.server", "tensorflow", "absl", "h5py", "matplotlib", "jieba",
    "urllib3", "asyncio", "sqlalchemy", "websockets", "apscheduler", "pykwalify", "alembic", "multipart", "py.warnings",
)  # fmt: skip
_SILENT = ("sanic.access", "uvicorn.access")
"""Access logs carry addresses and session ids."""


class LineFormatter(logging.Formatter):
    """`2026-11-23T10:20:57.123Z level=INFO logger=channels.gateway event="message stored" channel=rest`

    Extras follow the event; a traceback stands on the same line. Identifiers are redacted from all of it.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {"event": record.getMessage()}
        fields |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = f"{stamp}.{int(record.msecs):03d}Z level={record.levelname} logger={record.name}"
        return f"{head} " + " ".join(f"{key}={_quoted(redact(str(value)))}" for key, value in fields.items())


def _quoted(value: str) -> str:
    plain = value and value.isprintable() and not any(c in ' "=' for c in value)
    if plain:
        return value
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in json.dumps(value, ensure_ascii=False))


def configure(level: str = "INFO", folder: Path | None = None, keep_days: int | None = None) -> None:
    """Send our records to stderr and keep the libraries quiet. Call once, at the start of a process.

    Args:
        folder: of files that take the records too, one a day.
        keep_days: for how long these are kept; None, for good.

    Sanic must be built with `configure_logging=False`, or it adds handlers of its own.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        if isinstance(old, DailyFile):
            old.close()
    handlers = [logging.StreamHandler(sys.stderr), *([DailyFile(folder, keep_days)] if folder else [])]
    for handler in handlers:
        handler.setFormatter(LineFormatter())
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR if name == "py.warnings" else logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).disabled = True
    _quiet_structlog()


def _quiet_structlog() -> None:
    """Rasa prints message texts through structlog, unconfigured even at debug: keep warnings, and their names only."""
    import structlog

    structlog.configure(
        processors=[_name_only],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _name_only(logger: Any, method: str, event: Any) -> tuple[tuple[str], dict[str, Any]]:
    return (str(event.get("event")),), {"exc_info": event.get("exc_info")}


@lru_cache(maxsize=1)
def _pepper() -> bytes:
    return get_settings().secret_key.get_secret_value().encode()[:64]


def who(sender: str) -> str:
    """Eight digits that stand for a sender in logs: the same in every process of an installation, not reversible."""
    return hashlib.blake2b(sender.encode("utf-8", "replace"), key=_pepper(), digest_size=4).hexdigest()
