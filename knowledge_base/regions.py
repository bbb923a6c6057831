"""Administrative divisions 行政区划: which rule holds where. Codes as in GB/T 2260, with 6, 9 or 12 digits."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from foundation.errors import ConfigError
from foundation.settings import get_settings
from knowledge_base.place_names import stands_in

SAMPLE = Path(__file__).with_name("regions.csv")
CODE = re.compile(r"\d{6}(\d{3}|\d{6})?", re.ASCII)
WIDTHS = (9, 6)
"""Digits of the divisions above a street's or a village's."""


@dataclass(frozen=True)
class Regions:
    """The divisions an office knows by name, and its own (`home`)."""

    names: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    home: str | None = None
    strict: bool = False
    """Whether rules of places that have nothing to do with the office's own are left out."""

    def chain(self, code: str) -> tuple[str, ...]:
        """A division and those it lies in, nearest first."""
        found = [code]
        while (above := self.parents.get(found[-1]) or parent_by_digits(found[-1])) and above not in found:
            found.append(above)
        return tuple(found)

    def holds(self, region: str | None, at: str | None) -> bool:
        """Whether a rule of `region` may hold for a citizen at `at`; not known: anywhere the office serves."""
        if region is None:
            return True
        if at is not None:
            return region in self.chain(at)
        if not self.strict or self.home is None:
            return True
        return region in self.chain(self.home) or self.home in self.chain(region)

    def partial(self, region: str | None) -> bool:
        """Whether a rule holds only for some of those whom the office serves, or for none of them."""
        return region is not None and (self.home is None or region not in self.chain(self.home))

    def distance(self, region: str | None, at: str | None) -> int:
        """How far above a citizen a rule stands that holds there: the nearest one wins."""
        chain = self.chain(at or self.home or "")
        return chain.index(region) if region in chain else len(chain)

    def named(self, text: str, names: Mapping[str, str], frequencies: Mapping[str, int]) -> str | None:
        """The one division that a text names, of those under these names: 天河, 天河区; None for none or several.

        Args:
            frequencies: of words in the language at large.
        """
        found = {code for code, name in names.items() if code != self.home and stands_in(name, text, frequencies)}
        above = {one for code in found for one in self.chain(code)[1:]}
        return next(iter(found - above)) if len(found - above) == 1 else None


NOWHERE = Regions()


def parent_by_digits(code: str) -> str | None:
    """The division above by the code alone: 440106 → 440100 → 440000."""
    for width in WIDTHS:
        if len(code) > width:
            return code[:width]
    for kept in (4, 2):
        above = code[:kept].ljust(6, "0")
        if len(code) == 6 and above != code and code[kept:] != "0" * (6 - kept):
            return above
    return None


def read_regions(file: Path, home: str | None = None, strict: bool = False) -> Regions:
    """Read a table with the columns code, name and parent (may be empty).

    Raises:
        ConfigError: the file is missing or has no such columns.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise ConfigError(f"ZHENGWU_REGIONS_FILE {file}: {error.strerror}") from error
    if not rows or not {"code", "name"} <= rows[0].keys():
        raise ConfigError(f"ZHENGWU_REGIONS_FILE {file}: the first line must be code,name,parent")
    return Regions(pairs(rows, "name"), pairs(rows, "parent"), home, strict)


def pairs(rows: Iterable[Mapping[str, str | None]], column: str) -> dict[str, str]:
    return {str(row["code"]).strip(): value for row in rows if (value := (row.get(column) or "").strip())}


@lru_cache(maxsize=1)
def open_regions() -> Regions:
    """The office's divisions, as the settings say."""
    settings = get_settings()
    own = "region" in settings.__fields_set__
    return read_regions(settings.regions_file or SAMPLE, settings.region, strict=own)
