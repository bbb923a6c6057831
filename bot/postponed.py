"""Modules that Rasa imports and our processes hardly ever use, run only when something of them is used.

`rasa.utils.train_utils` brings TensorFlow: 200 MB and half of the start of a worker, for policies and classifiers that
learn with it, of which we have none; `rasa.core.test` what draws charts of tests. `rasa.core.channels` brings the
libraries of a dozen messengers, and `rasa.cli.utils` what Rasa's own commands need, for half of the start of the
gateway. With `pkg_resources` jieba reads its dictionary where there is no copy in `/tmp` yet. Whoever names one of
those in `config.yml` gets it as ever, a moment later.

`importlib.util.LazyLoader` is not enough: a second `import` runs what it has put off, and a package it runs at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

POSTPONED = ("rasa.utils.train_utils", "rasa.core.channels", "rasa.core.test", "rasa.cli.utils", "pkg_resources")
WITHOUT = {"rasa.core.channels": "rasa.core.channels.channel"}
"""The module that a package takes names from which Rasa asks for everywhere: those are had without running it."""


def postpone() -> None:
    """From now on in this process; what is imported already stays."""
    if Postponing not in sys.meta_path:
        sys.meta_path.insert(0, Postponing)


class Postponing(PathFinder):
    """Finds the modules to be put off, and no others."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = super().find_spec(fullname, path, target) if fullname in POSTPONED else None
        if spec is not None and spec.loader is not None:
            spec.loader = Later(spec.loader)
        return spec


class Later(Loader):
    """Leaves a module empty until it is asked for a name that it does not have yet."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._running = RLock()

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        def missing(name: str) -> Any:
            if name.startswith("__"):  # asked of every module, by whoever walks through them
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            source = WITHOUT.get(module.__name__)
            if source is not None and hasattr(found := import_module(source), name):
                return getattr(found, name)
            with self._running:
                if module.__dict__.pop("__getattr__", None) is not None:
                    try:
                        self._loader.exec_module(module)
                    except BaseException:
                        module.__dict__["__getattr__"] = missing
                        raise
            return getattr(module, name)

        module.__dict__["__getattr__"] = missing
