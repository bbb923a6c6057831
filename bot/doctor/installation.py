"""Is what was installed there, and may it be read?"""

from __future__ import annotations

import os
import sys

from bot.doctor.finding import SETUP, Sick
from bot.requirements import missing
from foundation.settings import ROOT, Settings


def python(settings: Settings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != (3, 10):
        raise Sick(f"this is Python {version}; Rasa needs 3.10", SETUP)
    return f"{version}, {sys.executable}"


def packages(settings: Settings) -> str:
    absent = missing(ROOT / "requirements.lock")
    if absent:
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        raise Sick(f"not as requirements.lock says: {', '.join(absent[:3])}{more}", SETUP)
    return "all as requirements.lock says"


def settings_file(settings: Settings) -> str:
    file = ROOT / ".env"
    if not file.exists():
        return "there is none; the environment and the defaults hold"
    if file.stat().st_mode & 0o077:
        raise Sick(f"{file} holds secrets and others may read it", f"chmod 600 {file}")
    if not os.access(file, os.R_OK):
        raise Sick(f"{file} cannot be read by this user", f"give it to the user that runs the services: chown … {file}")
    return str(file)


def key(settings: Settings) -> str:
    settings.key()
    return "64 hexadecimal digits"
