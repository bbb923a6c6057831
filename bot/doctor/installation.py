"""Is what was installed there: Python, the packages, the key?"""

from __future__ import annotations

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


def key(settings: Settings) -> str:
    settings.key()
    return "64 hexadecimal digits"
