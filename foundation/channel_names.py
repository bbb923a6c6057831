"""What channels are called in words, by the code that begins a conversation's key (channel_names.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from foundation.words import Words

CHANNEL_NAMES: Mapping[str, str] = MappingProxyType(Words(Path(__file__).with_suffix(".yml")).content)
"""In the order in which they are offered."""


def channel_name(code: str) -> str:
    """A channel in words; one that is not known is called by its code."""
    return CHANNEL_NAMES.get(code, code)
