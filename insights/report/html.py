"""The report as HTML: a part for a page, or a whole document that needs nothing else."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from insights.report.layout import Laid

HERE = Path(__file__).parent
STYLE = HERE / "report.css"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def body(laid: Laid) -> str:
    """The report without a document around it; report.css is its style."""
    return _environment().get_template("report.html").render(laid=laid)


def document(laid: Laid) -> str:
    """A file of its own, style included, without scripts or outside addresses."""
    style = STYLE.read_text(encoding="utf-8")
    return _environment().get_template("document.html").render(laid=laid, style=style)
