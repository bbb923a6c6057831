"""What Rasa and its libraries must find in the environment before they are imported."""

from __future__ import annotations

import os

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    # Processes share the cores among themselves; threads inside each would only fight.
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


def quieten() -> None:
    """Set them for this process and its children, where an operator has not set them already."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
