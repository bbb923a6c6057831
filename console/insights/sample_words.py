"""What the pages of samples say (samples.yml), and their filters for templates."""

from __future__ import annotations

from pathlib import Path

from console.pages import TEMPLATES
from foundation.words import Words

WORDS = Words(Path(__file__).with_name("samples.yml"))

TEMPLATES.globals["sample_words"] = WORDS.entry
TEMPLATES.filters["percent"] = lambda value: "—" if value is None else f"{value:.1%}"
