"""`zhengwu retention`, `export-data`, `erase`, `scan`, `backup`, `restore`, as an operator types them."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import backup, opening, retention, rights, scan
from bot.cli.main import main
from foundation import outbox
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.dialogue import append, heard
from foundation.settings import Settings

Run = Callable[..., int]


@pytest.fixture
def zhengwu(settings: Settings, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    placed = settings.copy(update={"database_url": database_url})
    for module in (backup, opening, retention, rights, scan):
        monkeypatch.setattr(module, "get_settings", lambda: placed)
    return lambda *arguments: main(list(arguments))


def said(database: Database, conversation: str, text: str, days: int = 0) -> None:
    at = SystemClock().now() - timedelta(days=days)
    with database.write() as tx:
        append(tx, conversation, [heard(text, "web", at)])
        outbox.add(tx, conversation, "web", [{"text": "好"}], at)


def test_retention_says_first_and_does_then(
    zhengwu: Run, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    said(database, "web:a", "很久以前", days=200)
    said(database, "web:a", "昨天", days=1)
    for arguments in (("--dry-run",), ()):
        assert zhengwu("retention", *arguments) == 0
        lines = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
        assert (lines["tracker_events"], lines["outbox"], lines["audit"]) == ("1", "1", "—")
    assert zhengwu("retention") == 0
    assert "tracker_events               0  删除  180 天" in capsys.readouterr().out


def test_a_copy_and_an_erasure(
    zhengwu: Run, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(database, "web:a", "开饭店")
    said(database, "web:b", "别人的")
    file = tmp_path / "copy.zip"
    assert zhengwu("export-data", "web:a", "--out", str(file)) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as packed:
        content = packed.read("data.json").decode()
        assert json.loads(content)["stores"].keys() == {"tracker_events", "outbox"}
    assert "开饭店" in content and "别人的" not in content
    assert "对话内容（号码已隐藏）：1 条" in capsys.readouterr().out


def test_erase_leaves_nothing_and_scan_finds_what_is_planted(
    zhengwu: Run, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    said(database, "wechat:oCitizen1", "开饭店")
    assert zhengwu("scan", "--citizen", "wechat:oCitizen1") == 1
    assert "outbox.conversation" in capsys.readouterr().out
    assert zhengwu("erase", "wechat:oCitizen1", "--yes") == 0
    told = capsys.readouterr().out
    assert "tracker_events" in told and "诉求单" in told
    assert zhengwu("scan", "--citizen", "wechat:oCitizen1") == 0
    assert zhengwu("scan") == 0
    said(database, "web:b", "13912345678")
    capsys.readouterr()
    assert zhengwu("scan") == 1
    told = capsys.readouterr().out
    assert "tracker_events.body" in told and "13912345678" not in told


@pytest.mark.parametrize("citizen", ["", "web", ":", "web:", "WEB:a", "web: a"])
def test_whoever_is_not_named_is_not_erased(zhengwu: Run, citizen: str) -> None:
    assert zhengwu("erase", citizen, "--yes") == 2


def test_backup_erase_restore(
    zhengwu: Run, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(database, "wechat:oCitizen1", "开饭店")
    assert zhengwu("backup", str(tmp_path / "backups")) == 0
    assert zhengwu("erase", "wechat:oCitizen1", "--yes") == 0
    database.close()
    [archive] = (tmp_path / "backups").glob("*.tar")
    capsys.readouterr()
    assert zhengwu("restore", str(archive), "--yes") == 0
    assert "erased again: 1 citizens" in capsys.readouterr().out
    assert zhengwu("scan", "--citizen", "wechat:oCitizen1") == 0
    assert zhengwu("restore", str(tmp_path / "nothing.tar"), "--yes") == 1
