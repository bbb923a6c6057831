"""The office as old answers are worded again for it, to be compared with what it says now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console.house import House
from foundation.clock import local_today

if TYPE_CHECKING:
    from knowledge_base.answering.occasion import Occasion


def occasion_of(here: House) -> Occasion:
    """Today, at this office."""
    from knowledge_base.answering.occasion import occasion_at

    return replace(occasion_at(here.settings, local_today(here.clock)), asks_back=False)
