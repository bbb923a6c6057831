"""`zhengwu kb`, as an operator types it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.kb import app
from foundation import audit
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import get_settings


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'kb.db'}"
    monkeypatch.setenv("ZHENGWU_DATABASE_URL", url)
    monkeypatch.setenv("ZHENGWU_ENV", "development")
    get_settings.cache_clear()
    upgrade(url)
    yield url
    get_settings.cache_clear()


def kb(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "faq.csv"
    path.write_text("id,question,answer\na,甲,一\nb,乙,二\n", "utf-8")
    return path


def test_from_a_table_to_a_release_and_back(table: Path, tmp_path: Path, installation: str) -> None:
    assert "2 units would become drafts (2 faq)" in kb("import", "--dry-run", table).stdout
    assert "2 units are drafts (2 faq), 0 unchanged" in kb("import", table).stdout
    published = kb("publish", "--note", "首版")
    assert (published.exit_code, published.stdout) == (0, "1\n")
    assert "没有核实" in published.stderr
    assert (kb("publish").exit_code, kb("publish").stdout) == (0, "1\n")
    table.write_text("id,question,answer\na,甲,改\n", "utf-8")
    kb("import", table)
    assert kb("publish").stdout == "2\n"
    assert kb("rollback", "1").stdout == "3\n"
    assert kb("rollback", "faq:a").stdout == "4\n"
    assert kb("rollback", "a").stdout == "5\n"
    state = kb("status").stdout
    assert "release: 5" in state and "units: 2 (2 faq)" in state
    assert kb("export", tmp_path / "out").exit_code == 0
    assert "0 units are drafts, 2 unchanged" in kb("import", tmp_path / "out").stdout
    assert "warning: faq:a: sources" in kb("check").stdout
    with Database(installation).read() as tx:
        assert {entry.account for entry in audit.entries(tx)} == {"operator"}


def test_a_number_is_a_release_also_where_a_unit_has_it_as_its_id(table: Path) -> None:
    table.write_text("id,question,answer\n1,甲,一\n1001,乙,二\n", "utf-8")
    kb("import", table)
    kb("publish")
    table.write_text("id,question,answer\n1,甲,改\n1001,乙,改\n", "utf-8")
    kb("import", table)
    kb("publish")
    whole = kb("rollback", "1")
    assert (whole.exit_code, whole.stdout) == (0, "3\n")
    assert "0 added, 2 changed" in whole.stderr and "`zhengwu kb rollback faq:1`" in whole.stderr
    refused = kb("rollback", "1001")
    assert refused.exit_code == 1 and "no release 1001" in refused.stderr
    assert "`zhengwu kb rollback faq:1001`" in refused.stderr
    assert kb("rollback", "faq:1001").stdout == "4\n"
    assert "faq" not in kb("rollback", "2").stderr


def test_bad_rows_refuse_with_1_unless_skipped(table: Path) -> None:
    table.write_text("id,question,answer\na,甲,\nb,乙,二\n", "utf-8")
    refused = kb("import", table)
    assert refused.exit_code == 1
    assert f"{table}:2: answer: is missing" in refused.stderr
    assert kb("import", "--skip-bad-rows", table).exit_code == 0


def test_strict_refuses_with_1(table: Path) -> None:
    kb("import", table)
    refused = kb("publish", "--strict")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "faq:a" in refused.stderr and "faq:b" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("import", "/no/such/file.csv"), 2),
        (("import",), 2),
        (("export", "out", "--format", "pdf"), 2),
        (("rollback", "9"), 1),
        (("rollback", "nobody"), 1),
        (("export", "/dev/null/x", "--release", "7"), 1),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int) -> None:
    assert kb(*arguments).exit_code == code


def test_production_publishes_in_the_console_only(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kb("import", table)
    monkeypatch.setenv("ZHENGWU_ENV", "production")
    get_settings.cache_clear()
    assert (kb("publish").exit_code, "console" in kb("publish").stderr) == (1, True)


def test_a_database_that_was_not_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGWU_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    get_settings.cache_clear()
    assert "zhengwu db upgrade" in kb("status").stderr


def test_a_provincial_export_makes_drafts_of_what_has_changed(tmp_path: Path, installation: str) -> None:
    export = tmp_path / "export.csv"

    def rows(**fees: str) -> None:
        listed = "".join(f"{one},事项{one},{fees.get(one, '40元')}\n" for one in "abc" if fees.get(one) != "")
        export.write_text(f"事项编码,事项名称,收费标准\n{listed}", "utf-8")

    rows()
    assert "3 drafts, 0 removals, 0 left alone, 0 unchanged" in kb("sync", export, "--source", "省平台").stdout
    kb("publish")
    rows(a="20元", c="")
    tried = kb("sync", export, "--source", "省平台", "--dry-run")
    assert "changed: item:a 事项a" in tried.stdout and "金额: '40' -> '20'" in tried.stdout
    assert "missing: item:c 事项c" in tried.stdout and "drafts: 0" in kb("status").stdout
    assert "1 drafts, 0 removals" in kb("sync", export, "--source", "省平台").stdout
    again = kb("sync", export, "--source", "省平台", "--remove-missing")
    assert "0 drafts, 1 removals, 0 left alone, 2 unchanged" in again.stdout
    assert "release: 1" in kb("status").stdout and "drafts: 2 (1 remove a unit)" in kb("status").stdout
    export.write_text("事项编码,事项名称\na b,甲\nd,丁\n", "utf-8")
    refused = kb("sync", export, "--source", "省平台")
    assert refused.exit_code == 1 and "export.csv:2: id:" in refused.stderr and "drafts: 2" in kb("status").stdout
    assert "1 drafts" in kb("sync", export, "--source", "省平台", "--skip-bad-rows").stdout
    assert kb("sync", export, "--source", " ").exit_code == 1
    assert kb("sync", export).exit_code == 2
