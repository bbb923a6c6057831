"""What Rasa and its libraries must find before they are imported: in the environment, and in the way of importing."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bot.postponed import postpone

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # Processes share the cores among themselves; threads inside each would only fight.
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


def quieten() -> None:
    """Set them for this process and its children, where an operator has not set them already; bring in less of Rasa."""
    postpone()
    if (setuptools := sys.modules.get("_distutils_hack")) is not None:
        setuptools.remove_shim()  # it comes as a whole where Sanic wants a function of distutils, which Python has
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


@contextmanager
def importing() -> Iterator[None]:
    """While much is imported: without the collector, which would look through it all again and again, for nothing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
