"""`zhengwu backup` and `zhengwu restore`: archives of the database."""

from __future__ import annotations

from pathlib import Path

import typer

from bot import archives
from bot.cli.opening import fail
from foundation.clock import CHINA, SystemClock
from foundation.errors import ZhengwuError
from foundation.settings import get_settings


def backup(
    folder: Path = typer.Argument(Path("backups"), help="where to write it, beside the list of erasures"),
) -> None:
    """Write an archive of the database, while the services run. The key in .env is not in it: keep that elsewhere."""
    try:
        written = archives.make(get_settings(), folder, SystemClock().now())
    except ZhengwuError as error:
        raise fail(error) from error
    typer.echo(f"{written} ({written.stat().st_size >> 10} KB)")


def restore(
    archive: Path = typer.Argument(..., help="an archive of `zhengwu backup`"),
    yes: bool = typer.Option(False, "--yes", help="do not ask"),
) -> None:
    """Replace the database by an archive's, erased again of everybody who was erased since. Stop the services first."""
    settings = get_settings()
    if not yes:
        typer.confirm(f"replace what is in the database by {archive}?", abort=True)
    try:
        restored = archives.restore(settings, archive, SystemClock().now())
    except ZhengwuError as error:
        raise fail(error) from error
    typer.echo(f"restored as of {restored.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}")
    typer.echo(f"erased again: {restored.erased} citizens")
