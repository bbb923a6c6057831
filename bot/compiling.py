"""Bytecode of the program, made when it is set up.

Else the first start would compile for two seconds, and every other too where Python must not write: under
PYTHONDONTWRITEBYTECODE, or in folders that are read-only to the services.
"""

from __future__ import annotations

import compileall
from importlib.util import find_spec
from pathlib import Path

from foundation.settings import ROOT

PACKAGES = ("foundation", "knowledge_base", "desk", "insights", "channels", "actions", "bot", "console")
LIBRARIES = ("jieba",)
"""Those that come as source and not as a wheel, and so without bytecode."""


def compile_all() -> None:
    """Compile what has changed; what cannot be written is compiled at each start, as ever."""
    for folder in folders():
        compileall.compile_dir(folder, quiet=2)


def folders() -> list[Path]:
    found = [ROOT / name for name in PACKAGES]
    for name in LIBRARIES:
        spec = find_spec(name)
        found += map(Path, (spec.submodule_search_locations if spec else None) or ())
    return found
