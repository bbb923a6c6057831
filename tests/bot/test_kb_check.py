"""`zhengwu kb check`: its lines, and that addresses are tried only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main as cli
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import get_settings
from knowledge_base.model import Faq
from knowledge_base.store import releases


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database with one answer that is amiss in three ways, and its settings in the environment."""
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    monkeypatch.setenv("ZHENGWU_DATABASE_URL", url)
    monkeypatch.setenv("ZHENGWU_LINK_HOSTS", "")
    upgrade(url)
    database = Database(url)
    with database.write() as tx:
        unit = Faq(id="q", question="在哪看", answer="请补正。看 http://127.0.0.1:9/x 。")
        releases.save_drafts(tx, [unit], OPERATOR, SystemClock().now())
    database.close()
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def test_the_report_has_a_line_for_each_and_is_no_failure(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["kb", "check"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "warning: faq:q: sources: 没有依据。请填写依据的法规或通知。"
    assert [line.split(":")[0] for line in lines] == ["warning", "note"]
    assert "0 block, 1 warnings, 1 notes" in said.err


def test_addresses_are_tried_when_asked_for_and_known_afterwards(
    content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(["kb", "check", "--links"]) == 0
    said = capsys.readouterr()
    assert "1 addresses tried, 1 do not open" in said.err and "指向内部网络" in said.out
    assert cli(["kb", "check"]) == 0
    assert "指向内部网络" in capsys.readouterr().out
