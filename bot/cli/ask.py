"""`zhengwu ask`: one conversation from the shell."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import typer

from foundation import log
from foundation.settings import get_settings
from knowledge_base.regions import CODE


def ask(
    turns: list[str] = typer.Argument(..., metavar="TURN...", help="what the citizen says, turn by turn"),
    as_json: bool = typer.Option(False, "--json", help="one JSON line per turn"),
    as_of: str = typer.Option(None, metavar="DATE", help="answer as on this day, YYYY-MM-DD"),
    region: str = typer.Option(None, metavar="CODE", help="the citizen's region, a division code"),
) -> None:
    """Hold one conversation and print the answers. Nothing is stored."""
    metadata: dict[str, Any] = {}
    if as_of:
        try:
            metadata["as_of"] = date.fromisoformat(as_of).isoformat()
        except ValueError:
            raise typer.BadParameter(f"{as_of!r} is not a date; write it as 2026-12-31", param_hint="--as-of") from None
    if region:
        if not CODE.fullmatch(region):
            raise typer.BadParameter(
                f"{region!r} is not a division's code; write its 6, 9 or 12 digits", param_hint="--region"
            )
        metadata["region"] = region

    log.configure("WARNING")  # before Rasa, which would print what it does among the answers
    from bot.conversation import Rehearsal, answer_of, ready, text_of, with_portal
    from knowledge_base.library import open_library

    ready(open_library())
    with with_portal(get_settings()) as settings:
        results = asyncio.run(Rehearsal(settings).converse(turns, metadata))
    for turn, result in zip(turns, results):
        if as_json:
            line = {"turn": turn, "text": text_of(result), "answer": answer_of(result)}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            typer.echo(f"> {turn}\n{text_of(result)}\n{footer(answer_of(result))}\n")


def footer(answer: dict[str, Any]) -> str:
    """Where an answer comes from, in one line."""
    sources = "；".join("".join(filter(None, (f"《{one['title']}》", one.get("article")))) for one in answer["sources"])
    parts = (
        f"依据：{sources}" if sources else None,
        f"核对日期：{answer['verified_on']}" if answer["verified_on"] else None,
        f"咨询记录号：{answer['record']}" if answer["record"] else None,
    )
    return "  ".join(filter(None, parts))
