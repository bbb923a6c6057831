"""What is counted, in words: channels by names.yml, regions and units by what whoever asks knows of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foundation.channel_names import channel_name
from foundation.words import Words

WORDS = Words(Path(__file__).with_name("names.yml"))
Unit = tuple[str, str]
"""Kind and id; both empty where nothing was spoken of that has a name."""
NO_UNIT: Unit = ("", "")


def _unknown(keys: Collection[Unit]) -> Mapping[Unit, str]:
    return {}


@dataclass(frozen=True)
class Names:
    regions: Mapping[str, str] = field(default_factory=dict)
    """By code."""
    titles: Callable[[Collection[Unit]], Mapping[Unit, str]] = _unknown
    """Looks units up; those that are gone for good are named by their ids."""

    def channel(self, code: str) -> str:
        if code == "shell":
            return WORDS.say("shell")
        return channel_name(code) or WORDS.say("no_channel")

    def region(self, code: str) -> str:
        return self.regions.get(code, code) or str(WORDS.entry("no_region"))

    def department(self, name: str) -> str:
        return name or str(WORDS.entry("no_department"))

    def units(self, keys: Collection[Unit]) -> dict[Unit, str]:
        """The titles of all of these."""
        known = self.titles([key for key in keys if key != NO_UNIT])
        return {key: known.get(key) or key[1] or str(WORDS.entry("no_unit")) for key in keys}

    def kind(self, kind: str) -> str:
        return str(WORDS.entry("kinds").get(kind, kind))
