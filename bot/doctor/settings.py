"""Reads the settings although some are wrong: each mistake is told, and its default stands in for the other checks."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import ValidationError

from bot.doctor.finding import Doubtful, Finding, Sick
from foundation.settings import ROOT, Settings

FILE = ROOT / ".env"
SUBJECT, PREFIX = "settings", "ZHENGWU_"
ELSEWHERE = frozenset({"ZHENGWU_PYTHON"})
"""Names that are read by other programs than the services."""


def read(file: Path = FILE) -> tuple[Settings, list[Finding]]:
    """The settings with the default in place of what cannot be read, and what that is."""
    given: dict[str, Any] = {"_env_file": file}
    found: list[Finding] = []
    while True:
        try:
            return Settings(**given), found
        except ValidationError as error:
            for one in error.errors():
                name = str(one["loc"][0])
                cure = "correct it in .env or the environment; the other checks go on with its default"
                found.append(Finding(SUBJECT, False, f"{PREFIX}{name.upper()}: {one['msg']}", cure))
                given[name] = Settings.__fields__[name].get_default()
        except (OSError, UnicodeDecodeError) as error:
            found.append(Finding(SUBJECT, False, *_unreadable(file, error)))
            given["_env_file"] = None


def _unreadable(file: Path, error: OSError | UnicodeDecodeError) -> tuple[str, str]:
    meanwhile = "the other checks go on without it"
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"{file}, line {line}, is not UTF-8", f"save the file as UTF-8; {meanwhile}"
    return f"{file} cannot be read: {error.strerror}", f"give it to the user that runs the services; {meanwhile}"


def settings_file(settings: Settings) -> str:
    """Is .env for its owner alone, is each line one that can be read, and is each name one that somebody knows?"""
    names = [name for name in os.environ if name.startswith(PREFIX)]
    seen = "there is none; the environment and the defaults hold"
    if FILE.exists():
        if FILE.stat().st_mode & 0o077:
            raise Sick(f"{FILE} holds secrets and others may read it", f"chmod 600 {FILE}")
        names += _names(FILE)
        seen = str(FILE)
    known = {f"{PREFIX}{name.upper()}" for name in Settings.__fields__} | ELSEWHERE
    for name in names:
        if name.upper() not in known:
            like = difflib.get_close_matches(name.upper(), known, 1, 0.8)
            raise Doubtful(f"nobody reads {name}", f"is {like[0]} meant?" if like else "see .env.example for the names")
    return seen


def _names(file: Path) -> list[str]:
    """The names of ours that it sets. What stands behind them is not repeated: it may be a secret."""
    try:
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except UnicodeDecodeError as error:
        raise Sick(*_unreadable(file, error)) from error
    for one in bindings:
        if one.error:
            seen = f"{file}, line {one.original.line}, is not NAME=value and is passed over"
            raise Sick(seen, "put a value with blanks or # between single quotes")
    return [one.key for one in bindings if one.key and one.key.upper().startswith(PREFIX)]
